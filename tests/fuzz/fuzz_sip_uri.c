/*
 * URIs of any bytes: the parts lie within the text, the canonical form is its
 * own canonical form, equality is reflexive and symmetric, and equal URIs are
 * kept under one address. A line feed separates two URIs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/sip_uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct canonical {
	char buffer[SIP_CANONICAL_SIZE];
	struct text text;
	int err;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void require_within(struct text text, struct text whole)
{
	require(text.len == 0 ||
		(text.ptr >= whole.ptr &&
		 text.ptr + text.len <= whole.ptr + whole.len));
}

static void require_parts(const struct sip_uri *uri, struct text whole)
{
	struct text value;

	require_within(uri->scheme_text, whole);
	require_within(uri->opaque, whole);
	require_within(uri->user, whole);
	require_within(uri->password, whole);
	require_within(uri->host, whole);
	require_within(uri->params, whole);
	require_within(uri->headers, whole);
	require(uri->has_user == (uri->user.len > 0));
	if (sip_uri_param(uri, TEXT("transport"), &value))
		require_within(value, whole);
}

static void write_canonical(const struct sip_uri *uri, struct canonical *ret)
{
	struct writer writer = writer_over(ret->buffer, sizeof(ret->buffer));

	ret->err = sip_uri_canonical(uri, &writer);
	ret->text = writer_text(&writer);
}

static void require_fixpoint(const struct canonical *canonical)
{
	struct canonical again;
	struct sip_uri uri;

	if (canonical->err)
		return;
	require(!sip_uri_parse(canonical->text, &uri));
	write_canonical(&uri, &again);
	require(!again.err && text_equals(again.text, canonical->text));
}

static void require_number(const struct sip_uri *uri)
{
	char buffer[SIP_CANONICAL_SIZE];
	struct writer writer = writer_over(buffer, sizeof(buffer));
	struct canonical again;
	struct sip_uri number;

	if (sip_uri_canonical_number(uri, &writer))
		return;
	require(!sip_uri_parse(writer_text(&writer), &number));
	require(number.scheme == SIP_SCHEME_TEL);
	write_canonical(&number, &again);
	require(!again.err && text_equals(again.text, writer_text(&writer)));
}

static void require_host(const struct sip_uri *uri)
{
	char buffer[SIP_CANONICAL_SIZE];
	char buffer_again[SIP_CANONICAL_SIZE];
	struct writer writer = writer_over(buffer, sizeof(buffer));
	struct writer again = writer_over(buffer_again, sizeof(buffer_again));

	if (uri->host.len == 0)
		return;
	require(!sip_host_canonical(uri->host, &writer));
	require(!sip_host_canonical(writer_text(&writer), &again));
	require(text_equals(writer_text(&writer), writer_text(&again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line_end = size ? memchr(data, '\n', size) : NULL;
	size_t len = line_end ? (size_t)(line_end - data) : size;
	struct text first = { (const char *)data, len };
	struct text second = first;
	struct canonical canonical_a;
	struct canonical canonical_b;
	struct sip_uri a;
	struct sip_uri b;

	if (line_end)
		second = (struct text){ first.ptr + len + 1, size - len - 1 };
	if (sip_uri_parse(first, &a) || sip_uri_parse(second, &b))
		return 0;
	require_parts(&a, first);
	require_parts(&b, second);
	require(sip_uri_equals(&a, &a) && sip_uri_equals(&b, &b));
	require(sip_uri_equals(&a, &b) == sip_uri_equals(&b, &a));
	write_canonical(&a, &canonical_a);
	write_canonical(&b, &canonical_b);
	require_fixpoint(&canonical_a);
	require_number(&a);
	require_host(&a);
	if (sip_uri_equals(&a, &b)) {
		require(canonical_a.err == canonical_b.err);
		require(canonical_a.err ||
			text_equals(canonical_a.text, canonical_b.text));
	}
	return 0;
}
