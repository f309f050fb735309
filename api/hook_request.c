#include "api/hook_request.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_value.h"

enum {
	FIRST_SIZE = 4096,
};

static struct text keep(char **memory, struct text text)
{
	struct text kept = { *memory, text.len };

	if (text.len > 0)
		memcpy(*memory, text.ptr, text.len);
	*memory += text.len;
	return kept;
}

struct hook_request *hook_request_new(const struct http_head *head)
{
	struct hook_request *request = calloc(1, sizeof(*request));
	size_t size = 1;
	char *memory;

	if (!request)
		return NULL;
	for (size_t i = 0; i < head->field_count; i++)
		size += head->fields[i].name.len + head->fields[i].value.len;
	request->refusal = PROBLEM_CODES;
	request->head_bytes = memory = malloc(size);
	if (!memory) {
		free(request);
		return NULL;
	}
	request->head.fields = request->fields;
	request->head.field_count = head->field_count < HTTP_FIELDS_MAX
					    ? head->field_count
					    : HTTP_FIELDS_MAX;
	for (size_t i = 0; i < request->head.field_count; i++) {
		request->fields[i].name = keep(&memory, head->fields[i].name);
		request->fields[i].value = keep(&memory, head->fields[i].value);
	}
	return request;
}

void hook_request_free(void *state)
{
	struct hook_request *request = state;

	if (!request)
		return;
	inbound_effect_clear(&request->effect);
	slack_command_clear(&request->command);
	sodium_memzero(request->source.secret, sizeof(request->source.secret));
	free(request->head_bytes);
	free(request->body);
	free(request);
}

int hook_request_add(struct hook_request *request, struct text part)
{
	size_t needed = request->body_len + part.len;
	size_t size = request->body_size ? request->body_size : FIRST_SIZE;
	char *larger;

	if (needed > INBOUND_BODY_MAX)
		return EMSGSIZE;
	while (size < needed)
		size *= 2;
	if (size != request->body_size) {
		larger = realloc(request->body, size);
		if (!larger)
			return ENOMEM;
		request->body = larger;
		request->body_size = size;
	}
	if (part.len > 0)
		memcpy(request->body + request->body_len, part.ptr, part.len);
	request->body_len = needed;
	return 0;
}

struct text hook_request_body(const struct hook_request *request)
{
	return (struct text){ request->body ? request->body : "",
			      request->body_len };
}

/* A body that is no JSON has no key in it; it is refused later on. */
static void find_key_in_body(struct hook_request *request, struct text pointer)
{
	struct json_document *document = NULL;
	char detail[FAULT_DETAIL_SIZE];
	const struct json_value *value;

	if (json_payload_parse(hook_request_body(request), &document, detail))
		return;
	value = json_value_at(json_document_root(document), pointer);
	if (!value || !json_value_text(value, request->event.key,
				       sizeof(request->event.key)))
		request->event.key[0] = '\0';
	json_document_free(document);
}

void hook_request_find_key(struct hook_request *request)
{
	struct text pointer = hook_key_pointer(&request->source);
	struct text body = hook_request_body(request);

	crypto_hash_sha256(request->body_sha256,
			   (const unsigned char *)body.ptr, body.len);
	hook_key_of_head(&request->source, &request->head, request->event.key,
			 sizeof(request->event.key));
	if (!request->event.key[0] && pointer.len > 0)
		find_key_in_body(request, pointer);
}
