/*
 * webhook_traffic.h - what api/ asks of the sender of webhooks: its figures,
 * and whether it would send somewhere. serve.c passes both. Any thread.
 */
#ifndef SIPMOVED_BASE_WEBHOOK_TRAFFIC_H
#define SIPMOVED_BASE_WEBHOOK_TRAFFIC_H

#include "base/text.h"

struct webhook_traffic {
	/* Attempts since the start, by what they came to. */
	uint64_t delivered, failed, dead;
	uint64_t in_flight;
	/* Some seconds old. */
	uint64_t pending, dead_letters;
	int64_t oldest_ms; /* when the oldest that waits came; 0: none does */
};
typedef void (*webhook_traffic_fn)(void *arg,
				   struct webhook_traffic *ret_traffic);

/* NULL, or what is wrong with a URL, or with the PEM text of a CA. */
typedef const char *(*webhook_check_fn)(const void *arg, struct text text);

#endif
