/*
 * source_notices.h - what a worker wants told of a source, for the log that
 * fail2ban and its kin read. The worker puts, another thread takes and writes:
 * the call path writes no line. Full: the notice is dropped and counted.
 */
#ifndef SIPMOVED_SIP_SOURCE_NOTICES_H
#define SIPMOVED_SIP_SOURCE_NOTICES_H

#include <stdatomic.h>

#include "base/ip_network.h"

enum {
	SOURCE_NOTICES_MAX = 64, /* that wait; a power of two */
};

enum source_notice_kind {
	SOURCE_NOTICE_DENIED,
	SOURCE_NOTICE_BANNED,
	SOURCE_NOTICE_LIMITED,
	SOURCE_NOTICE_SCANNER,
};

struct source_notice {
	struct ip_address address;
	enum source_notice_kind kind;
};

/* One thread puts, one takes. Zeroed: empty. */
struct source_notices {
	struct source_notice ring[SOURCE_NOTICES_MAX];
	_Atomic uint32_t put, taken, dropped;
};

void source_notices_put(struct source_notices *notices,
			const struct source_notice *notice);
bool source_notices_take(struct source_notices *notices,
			 struct source_notice *ret_notice);
/* "denied"; stable words of the log. */
const char *source_notice_name(enum source_notice_kind kind);

#endif
