/*
 * extension_decision.h - which option tags of a request are refused, and by
 * which rule (design 4.6). Pure; no allocation.
 */
#ifndef SIPMOVED_SIP_EXTENSION_DECISION_H
#define SIPMOVED_SIP_EXTENSION_DECISION_H

#include "db/extension_policy.h"
#include "sip/sip_request.h"

enum {
	EXTENSION_TAGS_MAX = 32,	/* distinct tags of a request */
	EXTENSION_MENTIONS_MAX = 256,	/* of them, repeated ones included */
	EXTENSION_TAG_BYTES_MAX = 1024, /* all of them together */
};

struct extension_tag {
	struct text tag;	      /* as received, into the request */
	enum extension_header header; /* the first header it came in */
	bool in_require, in_proxy_require;
	struct extension_verdict
		verdict; /* the rejecting one, if any rejects */
};

struct extension_decision {
	/* 0: let through; 420: `tags` with verdict reject; 400: see reason */
	uint16_t status;
	struct text reason; /* static */
	/* Distinct tags without case, in order of first appearance. */
	struct extension_tag tags[EXTENSION_TAGS_MAX];
	size_t tag_count;
	size_t rejected_count;
};

/* domain: canonical host of the Request-URI, or empty. */
void extension_decide(const struct extension_policy *policy,
		      const struct sip_request *request, struct text domain,
		      struct extension_decision *ret_decision);

#endif
