/*
 * webhook_endpoint_document.h - an endpoint as JSON: the document of
 * /v1/webhook-endpoints and struct webhook_endpoint.
 */
#ifndef SIPMOVED_API_WEBHOOK_ENDPOINT_DOCUMENT_H
#define SIPMOVED_API_WEBHOOK_ENDPOINT_DOCUMENT_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "base/webhook_traffic.h"
#include "db/webhook_endpoint.h"

/* Who judges a URL and a CA; a function that is NULL takes all. */
struct webhook_checks {
	webhook_check_fn url, ca;
	const void *arg;
};

/* By the rules of POST (is_new) or of merge patch. ENOMEM. */
int webhook_endpoint_document_read(struct json_object *body, bool is_new,
				   const struct webhook_checks *checks,
				   struct webhook_endpoint *endpoint)
	__attribute__((warn_unused_result));
/* with_secret: of one that was just made, or has a new one. */
void webhook_endpoint_document_write(struct json_writer *writer,
				     const struct webhook_endpoint *endpoint,
				     bool with_secret, int64_t now_ms);

#endif
