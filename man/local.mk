# The pages of libmsync, and a link to its page for each function, so that man
# finds it by its name; part of Makefile.am.

dist_man_MANS += \
	man/libmsync.3 man/msync_ask.3 man/msync_flight.3 \
	man/msync_limit.3 man/msync_lock.3 man/msync_open.3 \
	man/msync_pool.3 man/msync_process.3 man/msync_release.3 \
	man/msync_strerror.3

# "PAGE FUNCTION" for each function in the NAME of a page of another name.
man_links = awk ' \
	FNR == 1 { page = FILENAME; sub(/.*\//, "", page) } \
	/^\.Sh/ { inside = $$2 == "NAME" } \
	inside && $$1 == ".Nm" && $$2 ".3" != page { print page, $$2 }' \
	$(srcdir)/man/msync_*.3

install-data-hook: install-configuration
	@$(man_links) | while read -r page name; do \
	    rm -f "$(DESTDIR)$(man3dir)/$$name.3" && \
	    ln -s "$$page" "$(DESTDIR)$(man3dir)/$$name.3" || exit 1; \
	done
uninstall-hook: uninstall-configuration
	@$(man_links) | while read -r page name; do \
	    rm -f "$(DESTDIR)$(man3dir)/$$name.3"; \
	done
