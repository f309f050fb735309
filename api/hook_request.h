/*
 * hook_request.h - a webhook as it came: its head, kept beyond the moment in
 * which it is at hand, its body as it was signed, and what it is about.
 * "http" thread, but where a job has it.
 */
#ifndef SIPMOVED_API_HOOK_REQUEST_H
#define SIPMOVED_API_HOOK_REQUEST_H

#include "api/hook_signature.h"
#include "api/http_exchange.h"
#include "api/inbound_effect.h"
#include "api/slack_command.h"

struct hook_request {
	struct http_head head;
	struct http_field fields[HTTP_FIELDS_MAX];
	char *head_bytes; /* owned; the fields' */
	char *body;	  /* owned */
	size_t body_len, body_size;

	struct inbound_source source;
	struct inbound_event event;
	unsigned char body_sha256[32];
	/* Why it is not applied; PROBLEM_CODES: nothing stands against it. */
	enum problem_code refusal;
	const char *why;
	int err; /* why it could not be done though nothing stands against it */
	/* What it does, by the source's kind. */
	struct inbound_effect effect;
	struct slack_command command;
};

/* Takes what the head holds. NULL: no memory. */
struct hook_request *hook_request_new(const struct http_head *head);
void hook_request_free(void *request); /* takes NULL */
/* ENOMEM, EMSGSIZE */
int hook_request_add(struct hook_request *request, struct text part)
	__attribute__((warn_unused_result));
struct text hook_request_body(const struct hook_request *request);
/* The dedupe key, by the head or the body, and the body's hash. */
void hook_request_find_key(struct hook_request *request);

#endif
