# libmsync, the C library, and msync, the command line; part of Makefile.am.

# The scanner and the constants are all that it shares with the daemon.
lib_LTLIBRARIES = client/libmsync.la
include_HEADERS = client/msync.h client/msync_libevent.h
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = client/libmsync.pc
client_libmsync_la_SOURCES = \
	client/call.c client/call.h client/call_line.c client/call_wait.c \
	client/calls.c client/calls.h client/calls_flight.c \
	client/calls_turn.c client/do.c client/failure.c client/failure.h \
	client/family.c client/grant.c client/grant.h client/handle.c \
	client/handle.h client/list.h client/loop.c client/open.c \
	client/opts.c client/opts.h client/calls_pool.c client/calls_pool.h \
	client/calls_pool_settle.c \
	client/reader.c client/reader.h client/result.c client/result.h \
	client/sock.c client/sock.h client/text.c client/text.h \
	src/scan.c src/scan_string.c src/scan.h src/scan_bytes.h src/scan_state.h \
	src/wire.h
# Callbacks may leave by a C++ exception: the frames of the library clean up.
client_libmsync_la_CPPFLAGS = -I$(srcdir)/client -I$(srcdir)/src \
	$(HARDEN_CPPFLAGS)
client_libmsync_la_CFLAGS = $(AM_CFLAGS) -fexceptions -fvisibility=hidden
client_libmsync_la_LDFLAGS = $(HARDEN_LIB_LDFLAGS) -version-info 0:0:0 \
	-Wl,--version-script=$(srcdir)/client/libmsync.map
client_libmsync_la_DEPENDENCIES = client/libmsync.map
EXTRA_DIST += client/libmsync.map

bin_PROGRAMS += msync
msync_SOURCES = \
	client/cli.h client/cli_args.c client/cli_base64.c \
	client/cli_base64.h client/cli_chain.c client/cli_chain.h \
	client/cli_child.c client/cli_child.h client/cli_conn.c \
	client/cli_exit.c client/cli_guard.c client/cli_guard.h \
	client/cli_list.c client/cli_list.h client/cli_output.c \
	client/cli_output.h client/cli_pool.c client/cli_pool.h \
	client/cli_procs.c client/cli_procs.h client/cli_refused.c \
	client/cli_say.c client/cli_stop.c client/cli_stop.h \
	client/cli_table.c client/cli_table.h client/cli_text.c \
	client/cli_text.h client/cli_turn.c client/cli_turn.h \
	client/cli_turn_options.c client/cli_value.c client/cli_why.c \
	client/cli_why.h client/cmd.h client/cmd_call.c \
	client/cmd_doctor.c client/cmd_flight.c client/cmd_help.c \
	client/cmd_keys.c client/cmd_latency.c client/cmd_limit.c \
	client/cmd_lock.c client/cmd_ls.c client/cmd_metrics.c \
	client/cmd_monitor.c client/cmd_ping.c client/cmd_pool.c \
	client/cmd_release.c client/cmd_show.c client/cmd_stats.c \
	client/cmd_top.c \
	client/msync.c src/openmetrics.c src/openmetrics.h src/scan.c \
	src/scan_string.c
msync_CPPFLAGS = -I$(srcdir)/client -I$(srcdir)/src $(HARDEN_CPPFLAGS) \
	$(JANSSON_CFLAGS) -DLIBEXECDIR='"$(msyncexecdir)"'
msync_LDADD = client/libmsync.la $(JANSSON_LIBS)
# The library unwinds exceptions; the few that need it here come along.
msync_LDFLAGS = $(AM_LDFLAGS) -static-libgcc

# The screen of "msync top", which msync itself is to start without. All but
# the terminal is in a library that is linked without ncurses.
msyncexecdir = $(libexecdir)/msyncd
if HAVE_NCURSES
msyncexec_PROGRAMS = msync-top
endif
noinst_LIBRARIES += libtop.a
libtop_a_SOURCES = \
	client/top_alloc.h client/top_canvas.c client/top_canvas.h \
	client/top_feed.c client/top_feed.h client/top_layout.c \
	client/top_layout.h client/top_layout_foot.c \
	client/top_layout_head.c client/top_layout_key.c \
	client/top_layout_rows.c client/top_model.c client/top_model.h \
	client/top_model_events.c client/top_model_list.c \
	client/top_model_row.c client/top_order.c client/top_series.c \
	client/top_series.h client/top_table.c client/top_table.h \
	client/top_talk.c client/top_talk.h client/top_text.c \
	client/top_text.h client/top_ui.c client/top_ui.h \
	client/top_ui_prompt.c src/sip.c src/sip.h
msync_top_SOURCES = client/top_main.c client/top_screen.c client/top_screen.h
msync_top_CPPFLAGS = -I$(srcdir)/client $(HARDEN_CPPFLAGS) \
	$(JANSSON_CFLAGS) $(NCURSES_CFLAGS)
msync_top_LDADD = libtop.a $(JANSSON_LIBS) $(NCURSES_LIBS)

bashcompdir = $(datadir)/bash-completion/completions
zshcompdir = $(datadir)/zsh/site-functions
fishcompdir = $(datadir)/fish/vendor_completions.d
dist_zshcomp_DATA = client/completion/_msync
dist_fishcomp_DATA = client/completion/msync.fish
EXTRA_DIST += client/completion/msync.bash
# bash looks for the name of the program.
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(bashcompdir)'
	$(INSTALL_DATA) $(srcdir)/client/completion/msync.bash \
	    '$(DESTDIR)$(bashcompdir)/msync'
uninstall-local:
	rm -f '$(DESTDIR)$(bashcompdir)/msync'
