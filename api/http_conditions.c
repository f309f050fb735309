/*
 * http_conditions.c - If-Match and If-None-Match (RFC 9110 13.1); the functions
 * are declared in http_exchange.h.
 */
#include "api/http_wire.h"
#include "api/problem.h"

#include <stdio.h>

/* What compression.c adds. */
static const struct text gzip = { "-gzip\"", 6 };

static bool is_of_gzip(struct text etag)
{
	return etag.len > gzip.len &&
	       text_equals((struct text){ etag.ptr + etag.len - gzip.len,
					  gzip.len },
			   gzip);
}

/* "r17" within quotes, as we give it out; "r17-gzip" is the same revision in
 * another coding. */
static bool revision_of(struct text etag, int64_t *ret_revision)
{
	uint64_t value;

	etag = text_trim(etag);
	if (etag.len < 4 || etag.ptr[0] != '"' || etag.ptr[1] != 'r' ||
	    etag.ptr[etag.len - 1] != '"')
		return false;
	etag.len -= is_of_gzip(etag) ? gzip.len : 1;
	etag = (struct text){ etag.ptr + 2, etag.len - 2 };
	if (text_to_u64(etag, &value) != 0 || value == 0)
		return false;
	*ret_revision = (int64_t)value;
	return true;
}

bool exchange_if_match(struct exchange *exchange, int64_t *ret_revision)
{
	struct text etag = text_trim(text_of(exchange->if_match));

	*ret_revision = 0;
	/* No PUT of ours makes an object: what it is sent to is there. */
	if (exchange->method != HTTP_POST &&
	    text_equals(text_trim(text_of(exchange->if_none_match)),
			TEXT("*"))) {
		problem_answer(exchange, PROBLEM_PRECONDITION_FAILED,
			       "If-None-Match: * asks that it is not there "
			       "yet, and it is.");
		return false;
	}
	if (etag.len == 0 || text_equals(etag, TEXT("*")))
		return true;
	if (revision_of(etag, ret_revision))
		return true;
	problem_answer(exchange, PROBLEM_BAD_REQUEST,
		       "If-Match must be one ETag as this server gives it, "
		       "such as \"r17\".");
	return false;
}

bool exchange_demand_if_match(struct exchange *exchange)
{
	if (exchange->if_match[0])
		return true;
	problem_answer(exchange, PROBLEM_PRECONDITION_REQUIRED,
		       "This replaces all that others may have set: send the "
		       "ETag of what you have read as If-Match, or `*`.");
	return false;
}

/* RFC 9110 13.1.2 compares weakly: a cache may have put W/ before. */
static struct text known_tag(const struct exchange *exchange)
{
	struct text etag = text_trim(text_of(exchange->if_none_match));

	if (text_starts_with_nocase(etag, TEXT("W/")))
		etag = (struct text){ etag.ptr + 2, etag.len - 2 };
	return etag;
}

bool exchange_has_tag(const struct exchange *exchange, const char *tag)
{
	struct text etag = known_tag(exchange);

	if (text_equals(etag, TEXT("*")))
		return true;
	if (etag.len < 2 || etag.ptr[0] != '"' || etag.ptr[etag.len - 1] != '"')
		return false;
	etag.len -= is_of_gzip(etag) ? gzip.len : 1;
	return text_equals((struct text){ etag.ptr + 1, etag.len - 1 },
			   text_of(tag));
}

void exchange_put_tag(struct exchange *exchange, const char *tag)
{
	char text[72];

	snprintf(text, sizeof(text), "\"%s\"", tag);
	exchange_add_header(exchange, "ETag", text);
	if (!exchange_header(exchange, "Cache-Control"))
		exchange_add_header(exchange, "Cache-Control",
				    "private, no-cache");
}

void exchange_answer_known(struct exchange *exchange, const char *tag)
{
	char own[64];

	/* The one of what the client keeps. */
	snprintf(own, sizeof(own), "%s%s", tag,
		 is_of_gzip(known_tag(exchange)) ? "-gzip" : "");
	exchange_put_tag(exchange, own);
	exchange_answer_empty(exchange, 304);
}

bool exchange_not_modified(struct exchange *exchange, int64_t revision)
{
	char tag[32];

	snprintf(tag, sizeof(tag), "r%lld", (long long)revision);
	if (!exchange_has_tag(exchange, tag))
		return false;
	exchange_answer_known(exchange, tag);
	return true;
}
