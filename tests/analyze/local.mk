# What looks at the sources rather than at what they do; part of Makefile.am.

# gcc -fanalyzer, clang-tidy, cppcheck, recursion; TOOLS='gcc cppcheck': these.
analyze:
	FLAGS='$(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(CONFUSE_CFLAGS)' \
	    $(srcdir)/tests/analyze/analyze.py $(srcdir) $(TOOLS)

# What the tests reach, by file; fails where it is too little of the core and
# the scanner. The suite runs on a build of its own, in coverage/. E2E=: without
# the tests of the whole daemon.
E2E = $(e2e_tests)
coverage_of = $(libcore_a_SOURCES) $(filter src/scan%,$(libproto_a_SOURCES))
coverage_by = $(unit_tests) tests/story/test_story tests/random/test_random \
	$(E2E)
coverage:
	builddir='$(abs_builddir)' CORE='$(coverage_of)' \
	    TESTS='$(coverage_by)' $(srcdir)/tests/analyze/coverage.sh

clean-local: clean-analyze
clean-analyze:
	rm -rf analyze coverage
.PHONY: analyze clean-analyze coverage
EXTRA_DIST += .clang-tidy tests/analyze/analyze.py tests/analyze/coverage.sh \
	tests/analyze/known
