/*
 * A webhook's head and body on any bytes: the first byte chooses the kind of
 * the source, lines up to an empty one are fields of the head, the rest is the
 * body. What is refused is refused with a reason; what tells one event from
 * another ends within its array; a slash command's form gives texts that end
 * within theirs.
 */
#include <stdlib.h>
#include <string.h>

#include "api/hook_signature.h"
#include "api/slack_command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	KINDS = INBOUND_SLACK_COMMAND + 1,
	NOW_S = 1767225600,
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Takes a line off the front, without its end. */
static struct text next_line(struct text *rest)
{
	const char *end = memchr(rest->ptr, '\n', rest->len);
	struct text line = { rest->ptr,
			     end ? (size_t)(end - rest->ptr) : rest->len };
	size_t taken = line.len + (end != NULL);

	rest->ptr += taken;
	rest->len -= taken;
	return line;
}

/* "Name: value" lines, up to an empty one. */
static void read_head(struct text *rest, struct http_field *fields,
		      struct http_head *head)
{
	struct text line;

	*head = (struct http_head){ .fields = fields };
	while (rest->len > 0 && (line = next_line(rest)).len > 0) {
		const char *colon = memchr(line.ptr, ':', line.len);

		if (!colon || head->field_count == HTTP_FIELDS_MAX)
			continue;
		fields[head->field_count++] = (struct http_field){
			.name = { line.ptr, (size_t)(colon - line.ptr) },
			.value = text_trim((struct text){
				colon + 1,
				line.len - (size_t)(colon - line.ptr) - 1 }),
		};
	}
}

static void make_source(uint8_t choice, struct inbound_source *source)
{
	static const char *const secrets[KINDS] = {
		[INBOUND_BEARER] = "a-token-of-sixteen-letters",
		[INBOUND_STANDARD_WEBHOOKS] =
			"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",
		[INBOUND_GITHUB] = "a secret of sixteen",
		[INBOUND_STRIPE] = "whsec_a secret of sixteen",
		[INBOUND_SLACK] = "a secret of sixteen",
		[INBOUND_HMAC] = "a secret of sixteen",
		[INBOUND_SLACK_COMMAND] = "a secret of sixteen",
	};
	const char *why;

	*source = (struct inbound_source){
		.kind = choice % KINDS,
		.window_seconds = 300,
		.header = "X-Signature",
		.prefix = "sig=",
		.encoding = choice / KINDS % 2,
		.algorithm = choice / (2 * KINDS) % 2,
	};
	require(hook_secret_store(source->kind, text_of(secrets[source->kind]),
				  source->secret, &why) == 0);
}

static void try_command(struct text form)
{
	struct slack_command *command = calloc(1, sizeof(*command));

	require(command != NULL);
	require(slack_command_read(command, form) == 0);
	require(memchr(command->text, '\0', sizeof(command->text)) != NULL);
	require(memchr(command->user_id, '\0', sizeof(command->user_id)) !=
		NULL);
	require(memchr(command->name, '\0', sizeof(command->name)) != NULL);
	slack_command_clear(command);
	free(command);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_field fields[HTTP_FIELDS_MAX];
	char key[INBOUND_KEY_MAX + 1];
	struct inbound_source source;
	struct http_head head;
	enum hook_verdict verdict;
	struct text rest;
	const char *why = NULL;
	char *copy;

	if (size < 1)
		return 0;
	/* Its end is where the memory ends. */
	copy = malloc(size > 1 ? size - 1 : 1);
	require(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	rest = (struct text){ copy, size - 1 };
	make_source(data[0], &source);
	read_head(&rest, fields, &head);
	verdict = hook_signature_check(&source, &head, rest,
				       NOW_S * INT64_C(1000), &why);
	require(verdict == HOOK_GENUINE || why != NULL);
	require(verdict != HOOK_STALE || source.kind != INBOUND_BEARER);
	hook_key_of_head(&source, &head, key, sizeof(key));
	require(memchr(key, '\0', sizeof(key)) != NULL);
	if (source.kind == INBOUND_SLACK_COMMAND)
		try_command(rest);
	free(copy);
	return 0;
}
