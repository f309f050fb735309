#include "api/cursor.h"
#include "api/api_state.h"
#include "api/http_wire.h"
#include "api/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

enum {
	MAC_SIZE = 16,
	PAYLOAD_MAX = 2 + CURSOR_KEY_MAX + 64 + MAC_SIZE,
	LINK_MAX = 3 * HTTP_TARGET_MAX + CURSOR_TEXT_SIZE + 64,
};

static const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

static bool is_part_of_filter(const struct query_parameter *parameter)
{
	return !text_equals(parameter->name, TEXT("cursor")) &&
	       !text_equals(parameter->name, TEXT("limit"));
}

static void mac_text(crypto_generichash_state *state, struct text text)
{
	uint64_t len = text.len;

	crypto_generichash_update(state, (const unsigned char *)&len,
				  sizeof(len));
	crypto_generichash_update(state, (const unsigned char *)text.ptr,
				  text.len);
}

/* In an order of its own, so that the caller may give parameters in any. */
static int by_name(const void *a, const void *b)
{
	return text_compare(((const struct query_parameter *)a)->name,
			    ((const struct query_parameter *)b)->name);
}

/* Over the payload, the path, and every parameter of the filter. */
static void make_mac(const struct exchange *exchange, struct text payload,
		     unsigned char mac[MAC_SIZE])
{
	struct query_parameter filter[QUERY_PARAMETERS_MAX];
	crypto_generichash_state state;

	memcpy(filter, exchange->query,
	       exchange->query_count * sizeof(*filter));
	qsort(filter, exchange->query_count, sizeof(*filter), by_name);
	crypto_generichash_init(&state, exchange->api->cursor_secret,
				CURSOR_SECRET_SIZE, MAC_SIZE);
	mac_text(&state, payload);
	mac_text(&state, text_of(exchange->wire->endpoint->path));
	for (size_t i = 0; i < exchange->query_count; i++)
		if (is_part_of_filter(&filter[i])) {
			mac_text(&state, filter[i].name);
			mac_text(&state, filter[i].value);
		}
	crypto_generichash_final(&state, mac, MAC_SIZE);
}

static void put_part(struct writer *writer, const char *part)
{
	size_t len = strlen(part);

	writer_byte(writer, (char)len);
	writer_put(writer, (struct text){ part, len });
}

static bool take_part(struct text *rest, char *buffer, size_t size)
{
	size_t len = rest->len > 0 ? (unsigned char)rest->ptr[0] : size;

	if (len >= size || len + 1 > rest->len)
		return false;
	text_copy((struct text){ rest->ptr + 1, len }, buffer, size);
	rest->ptr += len + 1;
	rest->len -= len + 1;
	return true;
}

static bool decode(const struct exchange *exchange, struct text text,
		   struct cursor *ret_cursor)
{
	unsigned char bytes[PAYLOAD_MAX], mac[MAC_SIZE];
	struct text payload;
	size_t len = 0;

	if (sodium_base642bin(bytes, sizeof(bytes), text.ptr, text.len, NULL,
			      &len, NULL, variant) != 0 ||
	    len < MAC_SIZE)
		return false;
	payload = (struct text){ (const char *)bytes, len - MAC_SIZE };
	make_mac(exchange, payload, mac);
	if (sodium_memcmp(mac, bytes + payload.len, MAC_SIZE) != 0)
		return false;
	return take_part(&payload, ret_cursor->key, sizeof(ret_cursor->key)) &&
	       take_part(&payload, ret_cursor->id, sizeof(ret_cursor->id));
}

bool cursor_read(struct exchange *exchange, struct cursor *ret_cursor)
{
	struct text text;

	*ret_cursor = (struct cursor){ 0 };
	if (!query_text(exchange, "cursor", &text))
		return true;
	/* sodium_base642bin() without an end pointer wants it all to be used.
	 */
	if (decode(exchange, text, ret_cursor))
		return true;
	*ret_cursor = (struct cursor){ 0 };
	problem_answer(exchange, PROBLEM_CURSOR_MISMATCH,
		       "The cursor belongs to another query, or the server was "
		       "restarted; begin again without it.");
	return false;
}

static void encode(const struct exchange *exchange, const struct cursor *cursor,
		   char text[CURSOR_TEXT_SIZE])
{
	char bytes[PAYLOAD_MAX];
	struct writer writer = writer_over(bytes, sizeof(bytes) - MAC_SIZE);

	put_part(&writer, cursor->key);
	put_part(&writer, cursor->id);
	make_mac(exchange, writer_text(&writer),
		 (unsigned char *)bytes + writer.len);
	sodium_bin2base64(text, CURSOR_TEXT_SIZE, (unsigned char *)bytes,
			  writer.len + MAC_SIZE, variant);
}

static void put_escaped(struct writer *writer, struct text text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c && strchr(plain, c)) {
			writer_byte(writer, (char)c);
		} else {
			writer_byte(writer, '%');
			writer_byte(writer, hex[c >> 4]);
			writer_byte(writer, hex[c & 15]);
		}
	}
}

/* The request's own query with the next cursor in place of the last. */
static void add_link(struct exchange *exchange, const char *cursor)
{
	char *memory = malloc(LINK_MAX);
	struct writer link;

	if (!memory)
		return;
	link = writer_over(memory, LINK_MAX - 1);
	writer_byte(&link, '<');
	writer_put(&link, text_of(exchange->wire->endpoint->path));
	writer_byte(&link, '?');
	for (size_t i = 0; i < exchange->query_count; i++) {
		if (text_equals(exchange->query[i].name, TEXT("cursor")))
			continue;
		put_escaped(&link, exchange->query[i].name);
		writer_byte(&link, '=');
		put_escaped(&link, exchange->query[i].value);
		writer_byte(&link, '&');
	}
	writer_put(&link, TEXT("cursor="));
	writer_put(&link, text_of(cursor));
	writer_put(&link, TEXT(">; rel=\"next\""));
	memory[link.len] = '\0';
	if (writer_is_complete(&link))
		exchange_add_header(exchange, "Link", memory);
	free(memory);
}

void cursor_write(struct exchange *exchange, struct json_writer *writer,
		  const struct cursor *last, bool more)
{
	char text[CURSOR_TEXT_SIZE];

	if (!more) {
		json_put_null(writer, "next_cursor");
		return;
	}
	encode(exchange, last, text);
	json_put_string(writer, "next_cursor", text_of(text));
	add_link(exchange, text);
}
