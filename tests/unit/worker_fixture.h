/*
 * worker_fixture.h - a snapshot with one moved address, and datagrams for the
 * tests of the pipeline and the server.
 */
#ifndef SIPMOVED_TESTS_WORKER_FIXTURE_H
#define SIPMOVED_TESTS_WORKER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "db/snapshot_builder.h"
#include "sip/sip_request.h"

static inline void fixture_put_domain(struct snapshot_builder *builder)
{
	struct domain *domain = calloc(1, sizeof(*domain));

	assert_non_null(domain);
	domain->row_id = 1;
	text_copy(TEXT("example.com"), domain->name, sizeof(domain->name));
	assert_int_equal(0, snapshot_builder_set_domains(builder, domain, 1));
	free(domain);
}

/* sip:alice@example.com has moved to target. */
static inline void fixture_put_alice(struct snapshot_builder *builder,
				     const char *target)
{
	struct move *move = calloc(1, sizeof(*move));

	assert_non_null(move);
	text_copy(TEXT("mov_1"), move->id, sizeof(move->id));
	text_copy(TEXT("sip:alice@example.com"), move->address,
		  sizeof(move->address));
	text_copy(text_of(target), move->targets[0].uri,
		  sizeof(move->targets[0].uri));
	move->targets[0].q_permille = 1000;
	move->target_count = 1;
	move->ends_at_ms = MOVE_OPEN_END;
	move->revision = 1;
	assert_int_equal(0, snapshot_builder_put_address(
				    builder, text_of(move->address), move, 1));
	free(move);
}

static inline struct snapshot *fixture_snapshot(const struct snapshot *base,
						const char *target,
						int64_t revision)
{
	struct snapshot_builder *builder = NULL;

	assert_int_equal(0, snapshot_builder_begin(base, &builder));
	if (!base) {
		fixture_put_domain(builder);
		/* No rule at all: every tag is refused. */
		assert_int_equal(0,
				 snapshot_builder_set_rules(builder, NULL, 0));
	}
	fixture_put_alice(builder, target);
	return snapshot_builder_finish(builder, revision);
}

/* What differs between requests; NULL: the usual. */
struct fixture_message {
	const char *method, *uri, *branch, *to_tag, *call_id, *extra;
	unsigned via_port, cseq;
};

/* Makes a request larger than its answer, so that timer G may repeat that to a
 * source that has proven nothing. */
#define FIXTURE_PADDING                                                  \
	"Subject: ....................................................." \
	"............................................................."  \
	"............................................................."  \
	".............................................................\r\n"

static inline struct text fixture_write(const struct fixture_message *message,
					char *buffer, size_t size)
{
	const char *method = message->method ? message->method : "INVITE";
	const char *uri = message->uri ? message->uri : "sip:alice@example.com";
	int len = snprintf(buffer, size,
			   "%s %s SIP/2.0\r\n"
			   "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=%s\r\n"
			   "Max-Forwards: 70\r\n"
			   "From: <sip:bob@example.org>;tag=f1\r\n"
			   "To: <sip:alice@example.com>%s%s\r\n"
			   "Call-ID: %s\r\n"
			   "CSeq: %u %s\r\n"
			   "%s"
			   "Content-Length: 0\r\n\r\n",
			   method, uri,
			   message->via_port ? message->via_port : 5062,
			   message->branch ? message->branch : "z9hG4bK1",
			   message->to_tag ? ";tag=" : "",
			   message->to_tag ? message->to_tag : "",
			   message->call_id ? message->call_id : "call-1",
			   message->cseq ? message->cseq : 1, method,
			   message->extra ? message->extra : "");

	assert_true(len > 0 && (size_t)len < size);
	return (struct text){ buffer, (size_t)len };
}

static inline bool fixture_contains(struct text text, const char *part)
{
	return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static inline bool fixture_has_status(struct text answer, const char *status)
{
	return answer.len > 11 && !memcmp(answer.ptr, "SIP/2.0 ", 8) &&
	       !memcmp(answer.ptr + 8, status, 3);
}

/* The To tag of an answer, copied; "" if it has none. */
static inline void fixture_to_tag(struct text answer, char tag[64])
{
	const char *to = memmem(answer.ptr, answer.len, "\r\nTo:", 5);
	const char *end = answer.ptr + answer.len, *at;

	tag[0] = '\0';
	assert_non_null(to);
	at = memmem(to, (size_t)(end - to), ";tag=", 5);
	assert_non_null(at);
	at += 5;
	end = memmem(at, (size_t)(end - at), "\r\n", 2);
	assert_non_null(end);
	text_copy((struct text){ at, (size_t)(end - at) }, tag, 64);
}

#endif
