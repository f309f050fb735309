#include "api/http_wishes.h"
#include "api/api_state.h"
#include "api/compression.h"
#include "api/cors.h"

#include <stdlib.h>
#include <string.h>

enum {
	TRACEPARENT_LEN = 55, /* 00-TRACE-PARENT-FLAGS */
	TRACE_AT = 3,
};

static bool is_hex(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
	}
	return true;
}

static bool is_zero(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != '0')
			return false;
	return true;
}

/* Version 00; a later one begins alike, and may be longer. */
static void take_trace(struct exchange *exchange, struct text parent)
{
	struct text trace = { parent.ptr + TRACE_AT, TRACE_ID_SIZE - 1 };
	bool is_first = parent.len >= 2 && !memcmp(parent.ptr, "00", 2);

	if (parent.len < TRACEPARENT_LEN ||
	    (is_first && parent.len > TRACEPARENT_LEN) ||
	    (parent.len > TRACEPARENT_LEN &&
	     parent.ptr[TRACEPARENT_LEN] != '-') ||
	    parent.ptr[2] != '-' || parent.ptr[35] != '-' ||
	    parent.ptr[52] != '-' || !is_hex((struct text){ parent.ptr, 2 }) ||
	    !memcmp(parent.ptr, "ff", 2) || !is_hex(trace) || is_zero(trace) ||
	    !is_hex((struct text){ parent.ptr + 36, 16 }) ||
	    !is_hex((struct text){ parent.ptr + 53, 2 }))
		return;
	text_copy(trace, exchange->wire->trace_id, TRACE_ID_SIZE);
}

static bool wants_minimal(struct text prefer)
{
	struct text word;

	while (prefer.len > 0) {
		size_t len = 0;

		while (len < prefer.len && prefer.ptr[len] != ',' &&
		       prefer.ptr[len] != ';')
			len++;
		word = text_trim((struct text){ prefer.ptr, len });
		if (text_equals_nocase(word, TEXT("return=minimal")) ||
		    text_equals_nocase(word, TEXT("return=\"minimal\"")))
			return true;
		len += len < prefer.len;
		prefer = (struct text){ prefer.ptr + len, prefer.len - len };
	}
	return false;
}

void http_wishes_take(struct exchange *exchange, const struct http_head *head)
{
	struct http_wire *wire = exchange->wire;
	struct text value;

	cors_take(exchange, head);
	if (http_head_field(head, TEXT("Accept-Encoding"), &value))
		wire->takes_gzip = compression_is_accepted(value);
	if (http_head_field(head, TEXT("Prefer"), &value))
		wire->wants_minimal = wants_minimal(value);
	if (http_head_field(head, TEXT("traceparent"), &value))
		take_trace(exchange, value);
}

/* A change that was made, and whose answer holds nothing that is told once. */
static bool may_be_minimal(const struct exchange *exchange)
{
	const struct http_wire *wire = exchange->wire;
	bool is_change = exchange->job.kind == STORE_CHANGE && !exchange->err;

	return wire->endpoint && wire->answer.body_len > 0 &&
	       (wire->answer.status == 200 || wire->answer.status == 201) &&
	       (is_change || wire->idempotency.is_replayed) &&
	       !endpoint_tells_secret(wire->endpoint);
}

static void make_minimal(struct exchange *exchange)
{
	struct http_answer *answer = &exchange->wire->answer;

	free(answer->body);
	answer->body = NULL;
	answer->body_len = 0;
	answer->status = 204;
	exchange_remove_header(exchange, "Content-Type");
	exchange_set_header(exchange, "Preference-Applied", "return=minimal");
}

/* What an answer depends on, for whoever keeps it. */
static void put_origin_in_vary(struct exchange *exchange)
{
	bool has_other = exchange_header(exchange, "Vary") != NULL;

	if (exchange->api->config.cors_origin_count > 0)
		exchange_set_header(exchange, "Vary",
				    has_other ? "Accept-Encoding, Origin"
					      : "Origin");
}

void http_wishes_finish(struct exchange *exchange)
{
	if (exchange->wire->wants_minimal && may_be_minimal(exchange))
		make_minimal(exchange);
	compression_finish(exchange);
	cors_finish(exchange);
	put_origin_in_vary(exchange);
}
