#include "api/token_document.h"

#include <string.h>

static void put_scopes(struct json_writer *writer, uint32_t scopes)
{
	json_open_array(writer, "scopes");
	for (uint32_t bit = 1; bit <= SCOPES_ALL; bit <<= 1)
		if (scopes & bit)
			json_put_string(writer, NULL,
					text_of(token_scope_name(bit)));
	json_close_array(writer);
}

static void put_networks(struct json_writer *writer, const struct token *token)
{
	struct text rest = text_of(token->networks);

	json_open_array(writer, "networks");
	while (rest.len > 0) {
		const char *end = memchr(rest.ptr, ' ', rest.len);
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;

		json_put_string(writer, NULL, (struct text){ rest.ptr, len });
		len += end ? 1 : 0;
		rest = (struct text){ rest.ptr + len, rest.len - len };
	}
	json_close_array(writer);
}

void token_document_write(struct json_writer *writer, const struct token *token,
			  const char *text, int64_t now_ms)
{
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(token->public_id));
	json_put_string(writer, "name", text_of(token->name));
	json_put_string(writer, "role", text_of(token->role));
	json_put_string_or_null(writer, "user_id", text_of(token->user_id));
	put_scopes(writer, token->scopes);
	if (text)
		json_put_string(writer, "token", text_of(text));
	put_networks(writer, token);
	json_put_time_ms(writer, "created_at", token->created_at_ms);
	if (token->last_used_at_ms)
		json_put_time_ms(writer, "last_used_at",
				 token->last_used_at_ms);
	else
		json_put_null(writer, "last_used_at");
	json_put_time_ms(writer, "expires_at", token->expires_at_ms);
	if (token->revoked_at_ms)
		json_put_time_ms(writer, "revoked_at", token->revoked_at_ms);
	else
		json_put_null(writer, "revoked_at");
	json_put_string(writer, "state",
			text_of(token_state_name(token, now_ms)));
	json_put_i64_string(writer, "revision", token->revision);
	json_close_object(writer);
}
