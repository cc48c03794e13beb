# Programs with libmsync to copy; part of Makefile.am, behind tests/local.mk.
# Their test wants them built; they are not installed.

example_programs = client/examples/loop client/examples/pool \
	client/examples/prefork client/examples/workers
EXTRA_PROGRAMS += $(example_programs)
client_examples_loop_LDADD = client/libmsync.la $(EVENT_LIBS)
client_examples_pool_LDADD = client/libmsync.la
client_examples_prefork_LDADD = client/libmsync.la
client_examples_workers_LDADD = client/libmsync.la
tests/client/test-examples.log: $(example_programs)
