/*
 * target_document.h - target rules and the target policy as JSON documents, by
 * the rules of POST and PUT (is_new) and of merge patch.
 */
#ifndef SIPMOVED_API_TARGET_DOCUMENT_H
#define SIPMOVED_API_TARGET_DOCUMENT_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "db/target_rule.h"

/* A row of source_document(). */
void target_rule_document_read(struct json_object *object, bool is_new,
			       int64_t now_ms, void *value);
void target_rule_document_write(struct json_writer *writer, const void *value);

/* is_new: what is absent takes its default (PUT). */
void target_policy_document_read(struct json_object *object, bool is_new,
				 struct target_policy *policy);
void target_policy_document_write(struct json_writer *writer,
				  const struct target_policy *policy);

#endif
