#include "api/compression.h"
#include "api/http_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void http_answer_clear(struct http_answer *answer)
{
	for (size_t i = 0; i < answer->header_count; i++)
		free(answer->headers[i].name);
	free(answer->body);
	*answer = (struct http_answer){ 0 };
}

static struct http_answer_header *find_header(struct http_answer *answer,
					      const char *name)
{
	for (size_t i = 0; i < answer->header_count; i++)
		if (!strcasecmp(answer->headers[i].name, name))
			return &answer->headers[i];
	return NULL;
}

const char *exchange_header(const struct exchange *exchange, const char *name)
{
	struct http_answer_header *header =
		find_header(&exchange->wire->answer, name);

	return header ? header->value : NULL;
}

static bool make_header(struct http_answer_header *ret_header, const char *name,
			const char *value)
{
	size_t name_size = strlen(name) + 1, value_size = strlen(value) + 1;
	char *memory = malloc(name_size + value_size);

	if (!memory)
		return false;
	memcpy(memory, name, name_size);
	memcpy(memory + name_size, value, value_size);
	ret_header->name = memory;
	ret_header->value = memory + name_size;
	return true;
}

/* For want of memory a header is left out: the answer is worth more. */
void http_answer_add_header(struct http_answer *answer, const char *name,
			    const char *value)
{
	if (answer->header_count < HTTP_ANSWER_HEADERS_MAX &&
	    make_header(&answer->headers[answer->header_count], name, value))
		answer->header_count++;
}

void exchange_add_header(struct exchange *exchange, const char *name,
			 const char *value)
{
	http_answer_add_header(&exchange->wire->answer, name, value);
}

void exchange_set_header(struct exchange *exchange, const char *name,
			 const char *value)
{
	struct http_answer_header *old =
		find_header(&exchange->wire->answer, name);
	struct http_answer_header fresh;

	if (!old) {
		exchange_add_header(exchange, name, value);
	} else if (make_header(&fresh, name, value)) {
		free(old->name);
		*old = fresh;
	}
}

void exchange_remove_header(struct exchange *exchange, const char *name)
{
	struct http_answer *answer = &exchange->wire->answer;
	struct http_answer_header *header = find_header(answer, name);

	if (!header)
		return;
	free(header->name);
	*header = answer->headers[--answer->header_count];
}

/* A default, unless the resource said otherwise. */
static void default_header(struct exchange *exchange, const char *name,
			   const char *value)
{
	if (!exchange_header(exchange, name))
		exchange_add_header(exchange, name, value);
}

static void make_answer(struct exchange *exchange, unsigned status, char *body,
			size_t body_len)
{
	struct http_answer *answer = &exchange->wire->answer;

	if (answer->made) {
		free(body);
		return;
	}
	answer->made = true;
	answer->status = status;
	answer->body = body;
	answer->body_len = body_len;
}

void exchange_give_answer(struct exchange *exchange, struct http_answer *answer)
{
	for (size_t i = 0; i < answer->header_count; i++)
		exchange_set_header(exchange, answer->headers[i].name,
				    answer->headers[i].value);
	make_answer(exchange, answer->status, answer->body, answer->body_len);
	answer->body = NULL;
	http_answer_clear(answer);
}

void exchange_answer_last_resort(struct exchange *exchange)
{
	struct http_answer *answer = &exchange->wire->answer;

	if (answer->made)
		return;
	exchange_remove_header(exchange, "Content-Type");
	snprintf(answer->last_resort, sizeof(answer->last_resort),
		 "{\"type\":\"/docs/problems/internal\",\"title\":\"Internal "
		 "error\",\"status\":500,\"detail\":\"The server could not "
		 "finish this.\",\"instance\":\"urn:sipmoved:request:%s\","
		 "\"code\":\"INTERNAL\"}",
		 exchange->request_id);
	make_answer(exchange, 500, NULL, 0);
}

static void put_etag(struct exchange *exchange, int64_t revision)
{
	char etag[32];

	snprintf(etag, sizeof(etag), "\"r%lld\"", (long long)revision);
	exchange_set_header(exchange, "ETag", etag);
	default_header(exchange, "Cache-Control", "private, no-cache");
}

void exchange_answer_json(struct exchange *exchange, unsigned status,
			  struct json_writer *writer, int64_t etag_revision,
			  const char *location)
{
	char *body = NULL;
	size_t len = 0;

	if (json_writer_finish(writer, &body, &len) != 0) {
		exchange_answer_last_resort(exchange);
		return;
	}
	default_header(exchange, "Content-Type", "application/json");
	if (etag_revision)
		put_etag(exchange, etag_revision);
	if (location)
		exchange_set_header(exchange, "Location", location);
	make_answer(exchange, status, body, len);
}

void exchange_answer_empty(struct exchange *exchange, unsigned status)
{
	make_answer(exchange, status, NULL, 0);
}

void exchange_answer_text(struct exchange *exchange, unsigned status,
			  const char *content_type, struct text text)
{
	char *body = malloc(text.len + 1);

	if (!body) {
		exchange_answer_last_resort(exchange);
		return;
	}
	if (text.len > 0)
		memcpy(body, text.ptr, text.len);
	exchange_set_header(exchange, "Content-Type", content_type);
	make_answer(exchange, status, body, text.len);
}

void exchange_answer_file(struct exchange *exchange, const char *content_type,
			  struct text bytes, struct text packed)
{
	bool is_packed = packed.len > 0 && exchange->wire->takes_gzip &&
			 bytes.len > COMPRESSION_MIN_BYTES;

	if (is_packed)
		exchange_set_header(exchange, "Content-Encoding", "gzip");
	exchange_answer_text(exchange, 200, content_type,
			     is_packed ? packed : bytes);
}
