# Fuzzing, with clang's libFuzzer; part of Makefile.am. The sources are built
# anew for it, below fuzz/, with clang whatever CC is:
#
#	make fuzz-TARGET T=60	one target, for a minute
#	make fuzz T=3600	all of them, JOBS at a time
#	make check-fuzz		all, from a fixed seed and so many runs
#	make fuzz-coverage	what the corpora reach
#	make fuzz-merge		takes what was found over into the corpora
#
# What is found along the way is in fuzz/found/TARGET, and what ended a target
# in fuzz/crash-TARGET-*. tests/fuzz/README tells what to do with it.
fuzz_targets = scan oracle request session reader conf
FUZZ_CC = clang
FUZZ_CFLAGS = -g -O2 -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_cflags = -std=gnu11 -Wall -Wextra -Werror -I$(srcdir)/src \
	-I$(srcdir)/client -I$(srcdir)/tests/unit -I$(srcdir)/tests/fuzz \
	$(DEFS) -DSYSCONFDIR='"$(sysconfdir)"' $(JANSSON_CFLAGS) \
	$(CONFUSE_CFLAGS)
fuzz_libs = $(JANSSON_LIBS) $(CONFUSE_LIBS)

# All of src but what needs an event loop, the reader of the client library,
# and what targets have in common.
fuzz_sources = $(filter %.c,$(libcore_a_SOURCES) $(libproto_a_SOURCES)) \
	$(filter src/conf%.c,$(libserver_a_SOURCES)) src/log.c \
	client/failure.c client/reader.c client/text.c tests/unit/oracle.c \
	tests/fuzz/stand.c tests/fuzz/answers.c
fuzz_programs = $(fuzz_targets:%=fuzz/fuzz_%)
cover_programs = $(fuzz_targets:%=fuzz/cover/fuzz_%)

fuzz/cover/%.o: $(srcdir)/%.c
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(FUZZ_CC) $(fuzz_cflags) -g -O1 -fsanitize=fuzzer-no-link \
	    -fprofile-instr-generate -fcoverage-mapping -MMD -MP -c -o $@ $<
fuzz/%.o: $(srcdir)/%.c
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(FUZZ_CC) $(fuzz_cflags) $(FUZZ_CFLAGS) \
	    -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<
fuzz/cover/libfuzz.a: $(fuzz_sources:%.c=fuzz/cover/%.o)
	$(AM_V_AR)rm -f $@ && $(AR) cr $@ $^
fuzz/libfuzz.a: $(fuzz_sources:%.c=fuzz/%.o)
	$(AM_V_AR)rm -f $@ && $(AR) cr $@ $^
# Sessions are changed step by step.
fuzz/fuzz_session: fuzz/tests/fuzz/mutate.o
fuzz/cover/fuzz_session: fuzz/cover/tests/fuzz/mutate.o
$(cover_programs): fuzz/cover/%: fuzz/cover/tests/fuzz/%.o fuzz/cover/libfuzz.a
	$(AM_V_CCLD)$(FUZZ_CC) -fsanitize=fuzzer -fprofile-instr-generate \
	    -o $@ $^ $(fuzz_libs)
$(fuzz_programs): fuzz/%: fuzz/tests/fuzz/%.o fuzz/libfuzz.a
	$(AM_V_CCLD)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ \
	    $(fuzz_libs)
-include $(wildcard fuzz/src/*.d fuzz/client/*.d fuzz/tests/*/*.d \
	fuzz/cover/src/*.d fuzz/cover/client/*.d fuzz/cover/tests/*/*.d)

# Inputs that a target starts from and the words that it makes more of them
# with.
fuzz_corpus = $(abs_srcdir)/tests/fuzz/corpus
fuzz_dict = $(abs_srcdir)/tests/fuzz/$(if $(filter conf,$*),conf,json).dict
fuzz_flags = -timeout=10 -dict=$(fuzz_dict) -artifact_prefix=fuzz/crash-$*-
T = 60
JOBS = $(shell nproc)

fuzz:
	$(MAKE) -j$(JOBS) -Otarget $(fuzz_targets:%=fuzz-%)
$(fuzz_targets:%=fuzz-%): fuzz-%: fuzz/fuzz_%
	@$(MKDIR_P) fuzz/found/$*
	fuzz/fuzz_$* $(fuzz_flags) -max_total_time=$(T) -print_final_stats=1 \
	    fuzz/found/$* $(fuzz_corpus)/$* >fuzz/$*.log 2>&1 || \
	    { tail -n 60 fuzz/$*.log; exit 1; }
	@grep -E '^(Done|stat::(number|average)|#.*DONE)' fuzz/$*.log | \
	    sed 's/^/$*: /'

# As many runs as take ten seconds, or so; the same ones every time.
runs_scan = 2000000
runs_oracle = 1000000
runs_request = 20000
runs_session = 10000
runs_reader = 600000
runs_conf = 8000
check-fuzz:
	$(MAKE) -j$(JOBS) -Otarget $(fuzz_targets:%=check-fuzz-%)
$(fuzz_targets:%=check-fuzz-%): check-fuzz-%: fuzz/fuzz_%
	@rm -rf fuzz/check/$* && $(MKDIR_P) fuzz/check/$*
	fuzz/fuzz_$* $(fuzz_flags) -seed=1 -runs=$(runs_$*) fuzz/check/$* \
	    $(fuzz_corpus)/$* >fuzz/check-$*.log 2>&1 || \
	    { tail -n 60 fuzz/check-$*.log; exit 1; }
	@sed -n 's/^Done/$*:/p' fuzz/check-$*.log

fuzz-coverage: $(cover_programs)
	FOUND='$(FOUND)' SOURCES='$(filter src/% client/%,$(fuzz_sources))' \
	    $(srcdir)/tests/fuzz/cover.py $(srcdir) $(TARGETS)

# The fewest and smallest inputs that reach what all of them reach.
fuzz-merge: $(fuzz_targets:%=fuzz-merge-%)
$(fuzz_targets:%=fuzz-merge-%): fuzz-merge-%: fuzz/fuzz_%
	@$(MKDIR_P) fuzz/found/$*
	rm -rf fuzz/merged/$* && $(MKDIR_P) fuzz/merged/$*
	fuzz/fuzz_$* -set_cover_merge=1 -use_counters=0 -max_len=2048 fuzz/merged/$* \
	    $(fuzz_corpus)/$* fuzz/found/$* >fuzz/merge-$*.log 2>&1
	rm -rf $(fuzz_corpus)/$* && mv fuzz/merged/$* $(fuzz_corpus)/$*

fuzz-dict: tests/fuzz/test_dict
	tests/fuzz/test_dict json >$(srcdir)/tests/fuzz/json.dict
	tests/fuzz/test_dict conf >$(srcdir)/tests/fuzz/conf.dict

clean-local: clean-fuzz
clean-fuzz:
	rm -rf fuzz
.PHONY: clean-fuzz fuzz fuzz-coverage fuzz-dict fuzz-merge check-fuzz \
	$(fuzz_targets:%=fuzz-%) $(fuzz_targets:%=check-fuzz-%) \
	$(fuzz_targets:%=fuzz-merge-%)

if HAVE_CHECK
check_PROGRAMS += tests/fuzz/test_dict
endif
EXTRA_DIST += tests/fuzz/README tests/fuzz/corpus tests/fuzz/conf.dict \
	tests/fuzz/cover.py tests/fuzz/json.dict tests/fuzz/modules \
	$(fuzz_targets:%=tests/fuzz/fuzz_%.c) tests/fuzz/answers.c \
	tests/fuzz/answers.h tests/fuzz/fuzz.h tests/fuzz/mutate.c \
	tests/fuzz/stand.c tests/fuzz/stand.h
