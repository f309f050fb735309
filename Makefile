# sipmoved: one Makefile. `make help` prints the targets that carry a ## text.
MODE    ?= release
CC      ?= gcc
PKGS    := libre libmicrohttpd sqlite3 libcjson libsodium inih libssl zlib
B       := build/$(MODE)

WARN    := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
           -Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
           -Wcast-align -Wcast-qual -Wwrite-strings -Wundef -Wvla \
           -Wformat=2 -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
# Foreign headers: -isystem, so that our warnings judge our code alone.
FOREIGN := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS))) \
           -DHAVE_INTTYPES_H -DHAVE_STDBOOL_H -DHAVE_INET6 -DUSE_OPENSSL -DUSE_TLS
CPPFLAGS += -D_GNU_SOURCE -I. -Iserver $(FOREIGN)
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
LDLIBS  := $(shell pkg-config --libs $(PKGS))

SRC     := $(wildcard server/base/*.c server/sip/*.c api/*.c db/*.c server/config.c)
OBJ     := $(SRC:%.c=$(B)/%.o)
UNIT    := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))

.PHONY: all unit clean help
all: $(B)/sipmoved ## build build/MODE/sipmoved (MODE=release, asan or tsan)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

MIGRATIONS := $(sort $(wildcard db/migrations/*.sql))
$(B)/generated/migrations.o: $(MIGRATIONS) scripts/embed
	@mkdir -p $(@D)
	@scripts/embed migrations $(MIGRATIONS) > $(@:.o=.c)
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c $(@:.o=.c) -o $@

$(B)/libsipmoved.a: $(OBJ) $(B)/generated/migrations.o
	@rm -f $@ && ar rcs $@ $^

$(B)/sipmoved: $(B)/server/main.o $(B)/libsipmoved.a
	@echo "  LD    $@"
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(B)/tests/%: tests/unit/%.c $(B)/libsipmoved.a
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $(LDFLAGS) $^ $(LDLIBS) -lcmocka -o $@

unit: $(UNIT) ## build and run the unit tests
	@for t in $(UNIT); do $$t || exit 1; done

clean: ## remove everything that was built
	rm -rf build

help: ## this text
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## /{printf "  make %-12s %s\n",$$1,$$2}' Makefile

-include $(shell find build/$(MODE) -name '*.d' 2>/dev/null)
