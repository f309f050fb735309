# sipmoved: one Makefile. `make help` prints the targets that carry a ## text.
MODE    ?= release
CC      := gcc
PKGS    := libre libmicrohttpd sqlite3 libcjson libsodium inih libssl libcrypto zlib libcurl
B       := build/$(MODE)

WARN    := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
           -Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
           -Wcast-align -Wcast-qual -Wwrite-strings -Wundef -Wvla \
           -Wformat=2 -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
# Foreign headers: -isystem, so that our warnings judge our code alone.
FOREIGN  = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS))) \
           -DHAVE_INTTYPES_H -DHAVE_STDBOOL_H -DHAVE_INET6 -DUSE_OPENSSL -DUSE_TLS
INCLUDES := -D_GNU_SOURCE -I. -Iserver
CPPFLAGS += $(INCLUDES) $(FOREIGN)
CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
           -fstack-clash-protection -fcf-protection -fPIE
LDFLAGS_release := -pie -Wl,-z,relro,-z,now,-z,noexecstack
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
           -fno-sanitize-recover=undefined -DSIPMOVED_SANITIZED
LDFLAGS_asan := -fsanitize=address,undefined
CFLAGS_tsan := -O1 -g -fno-omit-frame-pointer -fsanitize=thread -DSIPMOVED_SANITIZED
LDFLAGS_tsan := -fsanitize=thread
CFLAGS  += -std=gnu11 -pthread $(WARN) $(CFLAGS_$(MODE))
LDFLAGS += -pthread $(LDFLAGS_$(MODE))
LDLIBS   = $(shell pkg-config --libs $(PKGS))

SRC     := $(wildcard server/base/*.c server/sip/*.c server/webhook/*.c api/*.c db/*.c) \
           $(filter-out server/main.c,$(wildcard server/*.c))
OBJ     := $(SRC:%.c=$(B)/%.o)
MIGRATIONS := $(sort $(wildcard db/migrations/*.sql))
DOCS    := $(sort $(wildcard api/docs/*))
PORTAL  := $(sort $(wildcard api/portal/*.* api/portal/*/*.*))
GENERATED := $(addprefix $(B)/generated/,migrations.c openapi.c docs.c portal.c)
UNIT    := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZ    := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH   := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))
C_FILES := $(shell find server api db tests -name '*.[ch]')

.PHONY: all setup run check check-trixie asan tsan lint bench faults soak unit tests fuzz clean help \
        format print-%
.DELETE_ON_ERROR:

all: build/sipmoved build/sipmovedctl ## build the program: build/sipmoved, and sipmovedctl
	@: # nothing more to do is nothing to tell

run: ## set up what is missing, build, and serve on loopback with build/data
	@scripts/setup build
	@$(MAKE) --no-print-directory all
	@build/sipmoved serve --data-dir build/data $(RUN_FLAGS)

check: ## set up, build, lint, and run every test; ends with "N passed, N failed"
	@scripts/setup check
	@$(MAKE) --no-print-directory all tests $(B)/bench/bench_pipeline
	@scripts/check lint $(MODE)

asan: ## the same tests in a build with AddressSanitizer and UBSan
	@scripts/setup check
	@$(MAKE) --no-print-directory MODE=asan tests
	@scripts/check asan

tsan: ## the same tests in a build with ThreadSanitizer
	@scripts/setup check
	@$(MAKE) --no-print-directory MODE=tsan tests
	@scripts/check tsan

check-trixie: ## the tests in a Debian 13 made in build/trixie; as root, not part of check
	@scripts/check-trixie

lint: ## format, clang-tidy, cppcheck, layers, style, migrations
	@scripts/check lint

bench: ## load on loopback beside a bare answerer; bounded in time
	@scripts/setup check
	@$(MAKE) --no-print-directory all $(BENCH)
	@tests/bench/run

faults: ## 500 power cuts and hundreds of kills; about a quarter of an hour
	@scripts/setup check
	@$(MAKE) --no-print-directory all tests
	@scripts/faults

soak: ## half an hour of calls, edits, imports and questions to the log
	@scripts/setup check
	@$(MAKE) --no-print-directory all $(B)/bench/sip_load $(B)/bench/fill_moves
	@tests/bench/soak

setup: ## install what building and testing need, from Debian's packages
	@scripts/setup check

fuzz: ## run each fuzzer for FUZZ_SECONDS (60) more
	@scripts/fuzz $(or $(FUZZ_SECONDS),60) $(FUZZ)

format: ## lay the code out by .clang-format
	@clang-format -i $(C_FILES)

clean: ## remove everything that was built, data and all
	rm -rf build

help: ## this text
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## /{printf "  make %-12s %s\n",$$1,$$2}' Makefile

# --- how things are built -----------------------------------------------------

build/sipmoved: build/release/sipmoved
	@ln -sf release/sipmoved $@

# The same program: it looks at its name.
build/sipmovedctl: build/release/sipmoved
	@ln -sf release/sipmoved $@

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/generated/migrations.o: $(MIGRATIONS) scripts/embed
	@mkdir -p $(@D)
	@scripts/embed migrations db/migrations $(MIGRATIONS) > $(@:.o=.c)
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c $(@:.o=.c) -o $@

$(B)/generated/openapi.json: api/openapi.yaml scripts/openapi-json
	@mkdir -p $(@D)
	@scripts/openapi-json $< > $@

$(B)/generated/openapi.o: $(B)/generated/openapi.json scripts/embed
	@scripts/embed openapi_files $(<D) $< > $(@:.o=.c)
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c $(@:.o=.c) -o $@

$(B)/generated/docs.o: $(DOCS) scripts/embed
	@mkdir -p $(@D)
	@scripts/embed -z docs_files api/docs $(DOCS) > $(@:.o=.c)
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c $(@:.o=.c) -o $@

$(B)/generated/portal.o: $(PORTAL) scripts/embed
	@mkdir -p $(@D)
	@scripts/embed -z portal_files api/portal $(PORTAL) > $(@:.o=.c)
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c $(@:.o=.c) -o $@

$(B)/libsipmoved.a: $(OBJ) $(GENERATED:.c=.o)
	@rm -f $@ && ar rcs $@ $^

$(B)/sipmoved: $(B)/server/main.o $(B)/libsipmoved.a
	@echo "  LD    $@"
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(B)/tests/test_%: $(B)/tests/unit/test_%.o $(B)/libsipmoved.a
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -lcmocka -o $@

$(B)/tests/replay_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(B)/libsipmoved.a
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(B)/bench/%: $(B)/tests/bench/%.o $(B)/libsipmoved.a
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

tests: $(B)/sipmoved $(UNIT) $(FUZZ:%=$(B)/tests/replay_%)

unit: $(UNIT) ## build and run the unit tests alone
	@for t in $(UNIT); do $$t || exit 1; done

# What scripts ask: make -s print-INCLUDES
print-%:
	@echo '$($*)'

.SECONDARY:
-include $(shell find build/$(MODE) -name '*.d' 2>/dev/null)
