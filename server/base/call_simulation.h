/*
 * call_simulation.h - "what would this request get": the question that api/
 * asks and server/sip answers with the very code that answers calls. The two
 * never include each other; main.c hands the function over.
 */
#ifndef SIPMOVED_BASE_CALL_SIMULATION_H
#define SIPMOVED_BASE_CALL_SIMULATION_H

#include "base/call_reason.h"
#include "base/text.h"

enum {
	CALL_SIMULATION_TAGS_MAX = 32,
	CALL_SIMULATION_RESPONSE_MAX = 8192,
};

struct snapshot;
struct extension_policy;

struct call_simulation_tag {
	char tag[65];
	const char *header; /* "require", "proxy-require" */
	const char *action; /* "accept", "ignore", "reject" */
	const char *level;  /* "exact-domain", ... */
	char rule_id[32];   /* "": built in */
};

struct call_simulation {
	uint16_t status; /* 0: no answer would be sent */
	char reason_phrase[128];
	enum call_reason reason;
	char address[512]; /* canonical; "" if the Request-URI gives none */
	struct call_simulation_tag tags[CALL_SIMULATION_TAGS_MAX];
	size_t tag_count;
	/* Of the move that answers, or that rules withhold, or for
	 * CALL_MOVE_NOT_STARTED of the next one; "": none. */
	char move_id[32];
	char response[CALL_SIMULATION_RESPONSE_MAX]; /* exact bytes, NUL after
						      */
	size_t response_len;
};

/*
 * request: a whole SIP request as it would arrive in a datagram; it need not
 * have a Via (one is made up). policy: NULL for the snapshot's own. Any thread.
 * Errors: EBADMSG the text is not a SIP request at all.
 */
typedef int (*call_simulate_fn)(const struct snapshot *snapshot,
				const struct extension_policy *policy,
				struct text request, int64_t now_ms,
				struct call_simulation *ret_simulation);

#endif
