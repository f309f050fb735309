#include "api/compression.h"
#include "api/media_type.h"
#include "db/token.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* So that what it only reads may be const. */
#define ZLIB_CONST
#include <zlib.h>

enum {
	GZIP_WINDOW_BITS = 15 + 16,
	MEMORY_LEVEL = 8,
	ETAG_SIZE = 64,
};

bool compression_is_accepted(struct text accept_encoding)
{
	/* The same grammar as Accept's, with names in place of types; without
	 * the field nothing is asked for. */
	return accept_encoding.len > 0 &&
	       media_type_is_accepted(accept_encoding, TEXT("gzip"));
}

static bool is_compressible(const struct exchange *exchange)
{
	const struct endpoint *endpoint = exchange->wire->endpoint;
	const char *type = exchange_header(exchange, "Content-Type");

	if (!endpoint || !type)
		return false;
	if (endpoint->scope == SCOPE_TOKENS_ADMIN ||
	    endpoint_tells_secret(endpoint) ||
	    (endpoint->scope == 0 && endpoint->method != HTTP_GET))
		return false;
	return text_starts_with_nocase(text_of(type), TEXT("application/")) ||
	       text_starts_with_nocase(text_of(type), TEXT("text/"));
}

/* NULL if it gets no smaller. */
static char *gzip(const char *bytes, size_t len, size_t *ret_len)
{
	z_stream stream = { .next_in = (const Bytef *)bytes,
			    .avail_in = (uInt)len };
	char *packed = len < UINT_MAX ? malloc(len) : NULL;
	bool done;

	if (!packed)
		return NULL;
	if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW_BITS,
			 MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(packed);
		return NULL;
	}
	stream.next_out = (Bytef *)packed;
	stream.avail_out = (uInt)len;
	done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
	*ret_len = stream.total_out;
	deflateEnd(&stream);
	if (!done) {
		free(packed);
		packed = NULL;
	}
	return packed;
}

/* Other bytes, another strong ETag (RFC 9110 8.8.3.3): "r17-gzip". */
static void mark_etag(struct exchange *exchange)
{
	const char *etag = exchange_header(exchange, "ETag");
	char marked[ETAG_SIZE];
	size_t len = etag ? strlen(etag) : 0;

	if (len < 2 || len + sizeof("-gzip") > sizeof(marked))
		return;
	snprintf(marked, sizeof(marked), "%.*s-gzip\"", (int)len - 1, etag);
	exchange_set_header(exchange, "ETag", marked);
}

void compression_finish(struct exchange *exchange)
{
	struct http_answer *answer = &exchange->wire->answer;
	size_t len = 0;
	char *packed;

	/* A file has its twin (exchange_answer_file). */
	bool is_packed = exchange_header(exchange, "Content-Encoding") != NULL;

	if (!is_compressible(exchange) ||
	    (!is_packed && answer->body_len <= COMPRESSION_MIN_BYTES))
		return;
	exchange_add_header(exchange, "Vary", "Accept-Encoding");
	if (is_packed)
		mark_etag(exchange);
	if (is_packed || !exchange->wire->takes_gzip)
		return;
	packed = gzip(answer->body, answer->body_len, &len);
	if (!packed)
		return;
	free(answer->body);
	answer->body = packed;
	answer->body_len = len;
	exchange_set_header(exchange, "Content-Encoding", "gzip");
	mark_etag(exchange);
}
