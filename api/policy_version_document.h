/*
 * policy_version_document.h - a version of the extension policy, and what
 * differs between two of them, as JSON and in plain words.
 */
#ifndef SIPMOVED_API_POLICY_VERSION_DOCUMENT_H
#define SIPMOVED_API_POLICY_VERSION_DOCUMENT_H

#include "api/json_writer.h"
#include "db/policy_versions.h"

/* A version's number as a path has it; -1, which none has, if it is no number.
 */
int64_t policy_version_number(struct text text);

/* The members alone, into an object that is open. */
void policy_version_document_put(struct json_writer *writer,
				 const struct policy_version *version);
/* `added`, `changed` and `removed`, and `summary`: a sentence for each. */
void policy_diff_document_put(struct json_writer *writer,
			      const struct extension_policy_diff *diff);
/* "`foo` in Require is refused with 420 (domain example.com)" */
void extension_rule_words_put(const struct extension_rule *rule,
			      struct writer *writer);

#endif
