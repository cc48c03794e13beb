# The programs that judge and measure, and the targets that run them; part of
# Makefile.am.

# Tests: the judges of the core, the daemon on a real socket, the documents.
if HAVE_CHECK
check_LIBRARIES = libtest.a
check_PROGRAMS = $(unit_tests) $(e2e_tests) $(client_tests) \
	$(client_memory_tests) \
	tests/cli/test_base64 $(top_tests) tests/story/test_story tests/random/test_random
if HAVE_CXX
check_PROGRAMS += tests/client/test_client_throw
endif
endif

unit_tests = \
	tests/unit/test_admin tests/unit/test_args \
	tests/unit/test_args_members tests/unit/test_blob tests/unit/test_cell \
	tests/unit/test_check tests/unit/test_chore tests/unit/test_claim \
	tests/unit/test_claim_ends tests/unit/test_claim_find \
	tests/unit/test_clock tests/unit/test_conf \
	tests/unit/test_conf_apply tests/unit/test_conf_read \
	tests/unit/test_conn tests/unit/test_conn_bytes \
	tests/unit/test_conn_half tests/unit/test_conn_output \
	tests/unit/test_conn_room \
	tests/unit/test_conn_read tests/unit/test_conn_watch \
	tests/unit/test_core \
	tests/unit/test_core_ends tests/unit/test_core_time \
	tests/unit/test_deadlock tests/unit/test_faults \
	tests/unit/test_flight tests/unit/test_flood \
	tests/unit/test_flight_forget tests/unit/test_flight_kept \
	tests/unit/test_flight_leaders tests/unit/test_heap \
	tests/unit/test_histogram tests/unit/test_http \
	tests/unit/test_ident tests/unit/test_limit \
	tests/unit/test_limit_capacity tests/unit/test_listener \
	tests/unit/test_lock tests/unit/test_lock_abandoned \
	tests/unit/test_log tests/unit/test_main tests/unit/test_mark \
	tests/unit/test_metrics \
	tests/unit/test_notify tests/unit/test_object \
	tests/unit/test_openmetrics tests/unit/test_ops tests/unit/test_ops_all \
	tests/unit/test_ops_pool tests/unit/test_ops_table \
	tests/unit/test_outbox tests/unit/test_outbuf tests/unit/test_page \
	tests/unit/test_pinned tests/unit/test_pool \
	tests/unit/test_pool_costs tests/unit/test_pool_destroy \
	tests/unit/test_pool_items tests/unit/test_pool_terms \
	tests/unit/test_quota tests/unit/test_reply \
	tests/unit/test_reply_page tests/unit/test_reply_watch \
	tests/unit/test_report tests/unit/test_rights \
	tests/unit/test_roster \
	tests/unit/test_rules \
	tests/unit/test_scan \
	tests/unit/test_scan_oracle tests/unit/test_scan_string \
	tests/unit/test_scan_values tests/unit/test_server \
	tests/unit/test_session tests/unit/test_sip tests/unit/test_suggest \
	tests/unit/test_table tests/unit/test_tally tests/unit/test_turn \
	tests/unit/test_verbs tests/unit/test_watch tests/unit/test_xalloc
e2e_tests = \
	tests/e2e/test_bounds tests/e2e/test_bounds_faults \
	tests/e2e/test_bounds_peers tests/e2e/test_bounds_rights \
	tests/e2e/test_burials tests/e2e/test_conf \
	tests/e2e/test_conf_wrong tests/e2e/test_crowd tests/e2e/test_daemon \
	tests/e2e/test_ends tests/e2e/test_errors \
	tests/e2e/test_errors_ranges tests/e2e/test_fifo \
	tests/e2e/test_files tests/e2e/test_framing tests/e2e/test_idle \
	tests/e2e/test_kills \
	tests/e2e/test_list \
	tests/e2e/test_memory tests/e2e/test_ops_common \
	tests/e2e/test_ops_deadlock tests/e2e/test_ops_detached \
	tests/e2e/test_ops_flight tests/e2e/test_ops_flight_leaders \
	tests/e2e/test_ops_lease tests/e2e/test_ops_limit \
	tests/e2e/test_ops_limit_capacity tests/e2e/test_ops_lock \
	tests/e2e/test_ops_lock_ends tests/e2e/test_ops_pool \
	tests/e2e/test_ops_pool_care tests/e2e/test_ops_pool_items \
	tests/e2e/test_partings tests/e2e/test_quota \
	tests/e2e/test_requests tests/e2e/test_rules \
	tests/e2e/test_service tests/e2e/test_shutdown tests/e2e/test_slow \
	tests/e2e/test_stats \
	tests/e2e/test_strict tests/e2e/test_tokens tests/e2e/test_unread tests/e2e/test_values \
	tests/e2e/test_watch
# Of libmsync, a program each.
client_tests = \
	tests/client/test_client_again tests/client/test_client_anyway \
	tests/client/test_client_ask tests/client/test_client_codes \
	tests/client/test_client_ends tests/client/test_client_flight \
	tests/client/test_client_flight_do \
	tests/client/test_client_flight_kept \
	tests/client/test_client_fork_threads tests/client/test_client_gone \
	tests/client/test_client_grants tests/client/test_client_leave \
	tests/client/test_client_leave_thread \
	tests/client/test_client_libevent \
	tests/client/test_client_libevent_ends tests/client/test_client_limit \
	tests/client/test_client_lock tests/client/test_client_lock_ends \
	tests/client/test_client_loop tests/client/test_client_loop_pool \
	tests/client/test_client_lost tests/client/test_client_open \
	tests/client/test_client_opts tests/client/test_client_pipeline \
	tests/client/test_client_pool tests/client/test_client_pool_do \
	tests/client/test_client_pool_ends tests/client/test_client_reconnect \
	tests/client/test_client_refusals \
	tests/client/test_client_samples \
	tests/client/test_client_samples_limit \
	tests/client/test_client_silent tests/client/test_client_starts \
	tests/client/test_client_strangers tests/client/test_client_unwanted \
	tests/client/test_failure tests/client/test_list \
	tests/client/test_opts tests/client/test_reader \
	tests/client/test_reader_spoiled tests/client/test_sock \
	tests/client/test_text
tests_client_test_client_throw_SOURCES = tests/client/test_client_throw.cc
# Of those that look at its memory, too.
client_memory_tests = \
	tests/client/test_client_fork tests/client/test_client_fork_calls \
	tests/client/test_client_fork_do tests/client/test_client_nomem
# Of msync: its units here; cli_scripts are of the whole program.
cli_scripts = \
	tests/cli/test-completion.py tests/cli/test-ends.py \
	tests/cli/test-exits.py tests/cli/test-flight.py \
	tests/cli/test-metrics.py tests/cli/test-metrics-http.py \
	tests/cli/test-latency.py tests/cli/test-ls.py \
	tests/cli/test-manual-examples.py tests/cli/test-misuse.py \
	tests/cli/test-monitor.py tests/cli/test-pool-limit.py \
	tests/cli/test-readme-first.py tests/cli/test-refusals.py \
	tests/cli/test-show.py tests/cli/test-signals.py tests/cli/test-top.py \
	tests/cli/test-stats.py tests/cli/test-stuck-shop.py \
	tests/cli/test-words.py
# Of input that no client should send.
hostile_scripts = \
	tests/hostile/test-bounds.py tests/hostile/test-lines.py \
	tests/hostile/test-scenes.py
EXTRA_DIST += tests/hostile/ROWS tests/hostile/clock.c tests/hostile/lines.py \
	tests/hostile/stage.py tests/hostile/wire.py
EXTRA_DIST += tests/cli/check-metrics.py tests/cli/examples.py tests/cli/fake.py tests/cli/harness.py \
	tests/cli/openmetrics.py tests/cli/recorder.py tests/cli/screen.py tests/cli/shells.py \
	tests/timers/check-cron.sh tests/timers/check-timer.sh \
	tests/timers/in-timer.sh
tests_cli_test_base64_SOURCES = tests/cli/test_base64.c client/cli_base64.c
# Of msync top, all but the terminal.
top_tests = \
	tests/cli/test_top_canvas tests/cli/test_top_events \
	tests/cli/test_top_layout tests/cli/test_top_model \
	tests/cli/test_top_parts tests/cli/test_top_prompt \
	tests/cli/test_top_series tests/cli/test_top_ui
libtest_a_SOURCES = \
	tests/client/evloop.c tests/client/evloop.h \
	tests/client/watch.c tests/client/watch.h \
	tests/client/child.c tests/client/child.h tests/client/handles.c \
	tests/client/handles.h tests/client/objects.c \
	tests/client/objects.h tests/client/others.c \
	tests/client/others.h tests/client/ways.h \
	tests/e2e/crowd.c tests/e2e/fault.c tests/e2e/fault.h \
	tests/e2e/fixture.c tests/e2e/harness.c \
	tests/e2e/launch.c tests/e2e/reap.c tests/e2e/reap.h \
	tests/e2e/scene.c tests/e2e/settings.c tests/unit/guard.c \
	tests/unit/lines.c tests/unit/oracle.c tests/unit/proto.c \
	tests/unit/stage.c \
	tests/unit/toy.c tests/unit/unit.c tests/cli/tops.c \
	tests/cli/tops.h tests/cli/tops_screen.c tests/cli/tops_screen.h \
	tests/client/feed.h \
	tests/e2e/crowd.h \
	tests/e2e/fixture.h tests/e2e/harness.h tests/e2e/launch.h \
	tests/e2e/scene.h tests/e2e/settings.h tests/unit/flights.h tests/unit/guard.h \
	tests/unit/lines.h tests/unit/oracle.h tests/unit/pools.h \
	tests/unit/proto.h \
	tests/unit/confs.h tests/unit/stage.h tests/unit/toy.h tests/unit/unit.h
tests_story_test_story_SOURCES = \
	tests/story/ask.c tests/story/ask.h tests/story/cast.c \
	tests/story/cast.h tests/story/diff.c tests/story/diff.h \
	tests/story/play.c tests/story/play.h tests/story/show.c \
	tests/story/show.h tests/story/test_story.c tests/story/turn.c \
	tests/story/turn.h
tests_random_test_random_SOURCES = \
	tests/random/act.c tests/random/chance.c tests/random/chance.h \
	tests/random/counts.c tests/random/counts.h tests/random/drain.c tests/random/drain_stats.c \
	tests/random/episode.c tests/random/episode.h \
	tests/random/generate.c tests/random/generate.h \
	tests/random/generate_back.c tests/random/heard.c \
	tests/random/heard.h tests/random/heard_list.c \
	tests/random/line.c tests/random/model.c tests/random/model_list.c \
	tests/random/model.h tests/random/model_ask.c \
	tests/random/model_flight.c tests/random/model_limit.c \
	tests/random/model_lock.c tests/random/model_ops.h \
	tests/random/model_stats.c \
	tests/random/model_pool.c tests/random/model_pool_set.c \
	tests/random/model_words.h tests/random/past.c tests/random/past.h \
	tests/random/past_claim.c tests/random/past_claim.h \
	tests/random/past_pool.h tests/random/pick.c tests/random/pick.h \
	tests/random/spoil.c tests/random/test_random.c \
	tests/random/walk.c tests/random/walk.h \
	tests/random/watcher.c tests/random/watcher.h
# For all test programs; libserver is the daemon without its main(), and of
# libmsync the archive is taken, which has its insides, too.
LDADD = libtest.a libtop.a libserver.a libproto.a libcore.a client/libmsync.la \
	$(CHECK_LIBS) $(EVENT_LIBS) $(JANSSON_LIBS) $(CONFUSE_LIBS)

# The library with its malloc(3) and the like replaced by those of
# tests/client/memory.c; nothing else in the program is.
tests/client/libmemory.a: client/libmsync.la
	$(AM_V_GEN)$(OBJCOPY) --redefine-sym malloc=memory_malloc \
	    --redefine-sym calloc=memory_calloc \
	    --redefine-sym realloc=memory_realloc \
	    --redefine-sym strdup=memory_strdup \
	    --redefine-sym free=memory_free client/.libs/libmsync.a $@
client_memory_ldadd = libtest.a tests/client/libmemory.a $(CHECK_LIBS) \
	$(JANSSON_LIBS)
client_kin = \
	tests/client/kin.c tests/client/kin.h tests/client/memory.c \
	tests/client/memory.h tests/client/steps.c tests/client/steps.h
tests_client_test_client_fork_SOURCES = \
	tests/client/test_client_fork.c $(client_kin)
tests_client_test_client_fork_calls_SOURCES = \
	tests/client/test_client_fork_calls.c $(client_kin)
tests_client_test_client_fork_do_SOURCES = \
	tests/client/test_client_fork_do.c $(client_kin)
tests_client_test_client_nomem_SOURCES = \
	tests/client/test_client_nomem.c tests/client/memory.c \
	tests/client/memory.h tests/client/nomem.c tests/client/nomem.h \
	tests/client/nomem_calls.c tests/client/nomem_started.c
tests_client_test_client_fork_LDADD = $(client_memory_ldadd)
tests_client_test_client_fork_calls_LDADD = $(client_memory_ldadd)
tests_client_test_client_fork_do_LDADD = $(client_memory_ldadd)
tests_client_test_client_nomem_LDADD = $(client_memory_ldadd)

# Growth, memory and instruction counts: see tests/bench/README.growth. They
# judge no test run, and are built when they are asked for.
EXTRA_PROGRAMS = tests/bench/growth_client tests/bench/load tests/bench/echo \
	tests/bench/inkernel tests/bench/roundtrip tests/history/history \
	tests/history/judge tests/systemd/confine tests/siege/attack \
	tests/siege/honest
tests_bench_growth_client_SOURCES = \
	tests/bench/growth_client.c tests/bench/growth_crew.c \
	tests/bench/growth_crew.h tests/bench/growth_holds.c \
	tests/bench/growth_jobs.h tests/bench/growth_times.c \
	tests/bench/growth_times.h tests/bench/growth_waits.c
tests_bench_load_SOURCES = \
	tests/bench/load.c tests/bench/load.h tests/bench/load_answer.c \
	tests/bench/load_answer.h tests/bench/load_count.c \
	tests/bench/load_count.h tests/bench/load_drive.c \
	tests/bench/load_flight.c tests/bench/load_judge.c \
	tests/bench/load_net.c tests/bench/load_work.c \
	tests/bench/growth_times.c tests/bench/growth_times.h
tests_bench_echo_SOURCES = \
	tests/bench/echo.c tests/bench/echo.h tests/bench/echo_flight.c
tests_bench_inkernel_SOURCES = \
	tests/bench/inkernel.c tests/bench/growth_times.c \
	tests/bench/growth_times.h
tests_bench_roundtrip_SOURCES = \
	tests/bench/roundtrip.c tests/bench/growth_times.c \
	tests/bench/growth_times.h
tests_history_history_SOURCES = \
	tests/history/history.c tests/history/ask.c tests/history/census.c \
	tests/history/client.c tests/history/daemon.c tests/history/fail.c \
	tests/history/hold.c tests/history/journal.c tests/history/link.c \
	tests/history/plan.c tests/history/reply.c tests/history/torment.c \
	tests/history/value.c tests/history/census.h tests/history/client.h \
	tests/history/daemon.h tests/history/dice.h tests/history/fail.h \
	tests/history/journal.h tests/history/judge.h tests/history/link.h \
	tests/history/record.h tests/history/reply.h \
	tests/history/torment.h tests/history/value.h
tests_history_judge_SOURCES = \
	tests/history/judge.c tests/history/answers.c \
	tests/history/windows.c tests/history/leases.c \
	tests/history/limits.c tests/history/flights.c \
	tests/history/holds.c tests/history/objects.c tests/history/queue.c \
	tests/history/room.c tests/history/tell.c tests/history/load.c tests/history/clocks.c \
	tests/history/count.c tests/history/plan.c tests/history/value.c \
	tests/history/fail.c
tests_siege_attack_SOURCES = \
	tests/siege/attack.c tests/siege/attack.h tests/siege/attack_conns.c \
	tests/siege/attack_few.c tests/siege/attack_lines.c
tests_siege_honest_SOURCES = \
	tests/siege/honest.c tests/siege/honest.h tests/siege/honest_work.c \
	tests/bench/growth_times.c tests/bench/growth_times.h \
	tests/bench/load_answer.c tests/bench/load_answer.h
tests_siege_honest_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/bench
tests_siege_attack_LDADD =
tests_siege_honest_LDADD =
tests_history_history_LDADD =
tests_history_judge_LDADD =
tests_bench_growth_client_LDADD =
tests_bench_load_LDADD =
tests_bench_echo_LDADD =
tests_bench_inkernel_LDADD =
tests_bench_roundtrip_LDADD = client/libmsync.la
tests_systemd_confine_LDADD = -lseccomp

bench_environment = MSYNCD='$(abs_builddir)/msyncd' PYTHONDONTWRITEBYTECODE=1 \
	GROWTH_CLIENT='$(abs_builddir)/tests/bench/growth_client' \
	ROUNDTRIP='$(abs_builddir)/tests/bench/roundtrip'

# Against a bare echo server, Redis and what the kernel has.
bench: msyncd$(EXEEXT) $(filter-out tests/systemd/% tests/siege/%, \
    $(EXTRA_PROGRAMS))
	$(bench_environment) builddir='$(abs_builddir)' \
	    $(srcdir)/tests/bench/bench.py

bench-growth: msyncd$(EXEEXT) tests/bench/growth_client
	$(bench_environment) $(srcdir)/tests/bench/growth.py --rounds 7 --out .

bench-memory: msyncd$(EXEEXT) tests/bench/growth_client
	$(bench_environment) $(srcdir)/tests/bench/memory.py --out .

# What those who look cost those who work.
bench-sight: all tests/bench/growth_client
	$(bench_environment) MSYNC='$(abs_builddir)/msync' \
	    $(srcdir)/tests/bench/sight.py --out . $(SIGHT)

# What libmsync adds to a round trip.
bench-client: msyncd$(EXEEXT) tests/bench/roundtrip
	$(bench_environment) $(srcdir)/tests/bench/client.py

# What msync adds to a command, beside flock(1).
bench-cli: msyncd$(EXEEXT) msync$(EXEEXT)
	$(bench_environment) MSYNC='$(abs_builddir)/msync' \
	    $(srcdir)/tests/bench/cli.py

# What clients notice of an attack on the socket for metrics.
bench-metrics: msyncd$(EXEEXT)
	$(bench_environment) $(srcdir)/tests/bench/metrics.py

# Fails where a request costs a tenth more instructions than is on record.
check-speed: msyncd$(EXEEXT)
	$(bench_environment) $(srcdir)/tests/bench/check-speed.sh

# T=seconds, RUNS=n, SEED=n: many processes quarrel, a judge reads what they
# wrote down of it.
check-history: msyncd$(EXEEXT) tests/history/history tests/history/judge
	MSYNCD='$(abs_builddir)/msyncd' builddir='$(abs_builddir)' T='$(T)' \
	    $(srcdir)/tests/history/check-history.sh

# As root: what msync(1) shows for cron and systemd, under a real cron (three
# minutes), and under a real systemd in a container.
check-cron: all
	MSYNCD='$(abs_builddir)/msyncd' builddir='$(abs_builddir)' \
	    srcdir='$(abs_srcdir)' $(srcdir)/tests/timers/check-cron.sh

check-timer: all
	MSYNCD='$(abs_builddir)/msyncd' builddir='$(abs_builddir)' \
	    srcdir='$(abs_srcdir)' ROOT='$(ROOT)' \
	    $(srcdir)/tests/timers/check-timer.sh

# What Prometheus itself makes of the metrics; wants its package.
check-metrics: msyncd$(EXEEXT) msync$(EXEEXT)
	MSYNCD='$(abs_builddir)/msyncd' builddir='$(abs_builddir)' \
	    srcdir='$(abs_srcdir)' $(srcdir)/tests/cli/check-metrics.py

# The judges have to find every planted fault. JUDGES='random history': which
# of them look for it; otherwise unit, story and random, which are quick.
check-planted:
	JUDGES='$(JUDGES)' $(srcdir)/tests/planted/check-planted.sh

# The daemon under valgrind through the end-to-end suite, but for what valgrind
# cannot do: it has twelve descriptors of its own, while one thread closes
# something the others stand still, and it wants standard streams. (Under
# AddressSanitizer these three run.) Threads that are there at the end have
# stacks, which are only "possibly lost".
valgrind_tests = $(filter-out tests/e2e/test_bounds_faults \
	tests/e2e/test_bounds_rights tests/e2e/test_service,$(e2e_tests))
check-valgrind: all $(check_PROGRAMS)
	$(MAKE) check TESTS='$(valgrind_tests)' MSYNC_TEST_MEMORY=0 \
	    AM_TESTS_ENVIRONMENT='MSYNC_TEST_MEMORY=0; export MSYNC_TEST_MEMORY; \
	    MSYNCD="valgrind -q --leak-check=full --errors-for-leak-kinds=definite \
	    --show-leak-kinds=definite --error-exitcode=99 \
	    $(abs_builddir)/msyncd"; export MSYNCD;'

# The daemon with those system calls only that its unit leaves it.
check-seccomp: all $(check_PROGRAMS) tests/systemd/confine
	$(srcdir)/tests/systemd/allowed.sh systemd/msyncd.service \
	    >tests/systemd/allowed
	$(MAKE) check TESTS='$(e2e_tests)' \
	    AM_TESTS_ENVIRONMENT='MSYNC_TEST_CHOWN=0; export MSYNC_TEST_CHOWN; \
	    MSYNCD="$(abs_builddir)/tests/systemd/confine \
	    $(abs_builddir)/tests/systemd/allowed \
	    $(abs_builddir)/msyncd"; export MSYNCD;'

# Every system call of the daemon fails with each of its errors, once at every
# call of a script: check-faults takes every tenth, faults all of them. Wants
# strace.
faults_environment = MSYNCD='$(abs_builddir)/msyncd' PYTHONDONTWRITEBYTECODE=1

check-faults: msyncd$(EXEEXT)
	$(faults_environment) $(srcdir)/tests/faults/faults.py --every 10

faults: msyncd$(EXEEXT)
	$(faults_environment) $(srcdir)/tests/faults/faults.py

# As root: what honest clients feel of attackers; three minutes.
siege: msyncd$(EXEEXT) tests/siege/attack$(EXEEXT) tests/siege/honest$(EXEEXT)
	$(bench_environment) builddir='$(abs_builddir)' \
	    $(srcdir)/tests/siege/siege.py

# In a real systemd, in a container: wants root, a mirror and some minutes.
check-systemd:
	srcdir='$(abs_srcdir)' $(srcdir)/tests/systemd/check-systemd.sh

# The library under valgrind, in its own test programs and what they fork; the
# daemon runs by itself.
check-valgrind-client: all $(check_PROGRAMS)
	CK_TIMEOUT_MULTIPLIER=10 $(MAKE) check \
	    TESTS='$(filter tests/client/%,$(check_PROGRAMS))' \
	    LOG_COMPILER=valgrind LOG_FLAGS='-q --leak-check=full \
	    --show-leak-kinds=definite --errors-for-leak-kinds=definite \
	    --error-exitcode=99'

.PHONY: bench bench-cli bench-client bench-growth bench-memory bench-metrics \
	bench-sight check-cron check-faults check-history check-metrics \
	check-planted check-seccomp check-speed check-systemd check-timer \
	check-valgrind check-valgrind-client faults siege
