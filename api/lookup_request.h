/*
 * lookup_request.h - the question of a redirect lookup: who calls whom, from
 * where, when.
 */
#ifndef SIPMOVED_API_LOOKUP_REQUEST_H
#define SIPMOVED_API_LOOKUP_REQUEST_H

#include "api/json_reader.h"
#include "base/ip_network.h"
#include "base/sip_uri.h"
#include "db/source_policy.h"

struct lookup_request {
	char *text; /* the SIP request; owned; NULL after a fault */
	size_t len;
	int64_t at_ms; /* set before to now */
	bool has_source;
	struct ip_address source;
	char source_text[IP_NETWORK_SIZE]; /* without port and brackets */
	uint16_t source_port;		   /* 0: not said */
	char listener[SOURCE_LISTENER_SIZE];
	struct text from;	/* "": not said; the document's */
	struct text user_agent; /* the same */
};

/* Reads every member, and notes every fault. ENOMEM */
int lookup_request_read(struct json_object *document,
			struct lookup_request *request)
	__attribute__((warn_unused_result));
void lookup_request_clear(struct lookup_request *request);

/* The Request-URI of its text; empty if there is none. */
struct text lookup_request_uri(const struct lookup_request *request);

#endif
