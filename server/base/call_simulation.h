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
	CALL_SIMULATION_TAGS_MAX = 64, /* 32, in both headers */
	CALL_SIMULATION_RESPONSE_MAX = 65535,
	CALL_SIMULATION_CONTACTS_MAX = 8,
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

struct call_simulation_contact {
	char uri[256];
	uint16_t q_permille;
};

/* A target that rules do not let a call be sent to. */
struct call_simulation_withheld {
	char uri[256];
	char rule_id[32]; /* "": no rule, but the policy's default */
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
	/* Where a 3xx sends the caller, best first. */
	struct call_simulation_contact contacts[CALL_SIMULATION_CONTACTS_MAX];
	size_t contact_count;
	struct call_simulation_withheld withheld[CALL_SIMULATION_CONTACTS_MAX];
	size_t withheld_count;
	char domain[256]; /* canonical; "" if the Request-URI has none */
	char profile[64]; /* the peer profile's name; "": the domain's style */
	/* The bytes on the wire but the To tag, NUL after. */
	char response[CALL_SIMULATION_RESPONSE_MAX + 1];
	size_t response_len;
};

struct call_question {
	/* A whole SIP request as it would arrive in a datagram; it need not
	 * have a Via (one is made up). */
	struct text request;
	const struct extension_policy *policy; /* NULL: the snapshot's own */
	int64_t now_ms;
	/* Where it comes from, numeric, IPv6 without brackets; empty: where its
	 * Via says. Port 0: that of its Via, or 5060. */
	struct text source_host;
	uint16_t source_port;
	/* Which listener it comes to: "udp:192.0.2.1:5060"; empty: any. */
	struct text listener;
};

/*
 * What a caller is answered that is known to be where it says. settings: what
 * the server says of itself; known to whoever hands the function over. Any
 * thread. Errors: EBADMSG the text is not a SIP request at all.
 */
typedef int (*call_simulate_fn)(const void *settings,
				const struct snapshot *snapshot,
				const struct call_question *question,
				struct call_simulation *ret_simulation);

#endif
