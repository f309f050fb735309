/*
 * extension_rule_document.h - a rule of the extension policy as JSON.
 */
#ifndef SIPMOVED_API_EXTENSION_RULE_DOCUMENT_H
#define SIPMOVED_API_EXTENSION_RULE_DOCUMENT_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "db/extension_policy.h"

/* Both note every fault they see; values are judged by
 * extension_rule_validate(). POST: the defaults are any domain, both headers,
 * any method, enabled; tag and action have to be there. */
void extension_rule_document_read(struct json_object *document,
				  struct extension_rule *rule);
/* PATCH, RFC 7396, onto the stored rule. */
void extension_rule_document_merge(struct json_object *patch,
				   struct extension_rule *rule);

/*
 * `preset` or `rules` of a document: a whole policy, as chosen by name or
 * written out. Both are a fault, but for a preset with its own rules, which is
 * that preset; null counts as absent.
 */
struct extension_policy_choice {
	bool is_given; /* one of them was there, be it faulty */
	bool has_preset;
	char preset[32]; /* "" without; the name is the store's to know */
	struct extension_rule *rules; /* owned; NULL: not given */
	size_t rule_count;
};

/*
 * In `rules`, what the server writes of a rule (its id and times) may be there
 * and is not used, so that a policy that was read can be edited and put back.
 * Errors: ENOMEM.
 */
int extension_policy_choice_read(struct json_object *document,
				 struct extension_policy_choice *ret_choice)
	__attribute__((warn_unused_result));
void extension_policy_choice_clear(struct extension_policy_choice *choice);

void extension_rule_document_write(struct json_writer *writer,
				   const struct extension_rule *rule);
/* The same as a member; name NULL: an element. */
void extension_rule_document_put(struct json_writer *writer, const char *name,
				 const struct extension_rule *rule);
/* Without what a stored rule has and a preset's has not. */
void extension_rule_document_write_preset(struct json_writer *writer,
					  const struct extension_rule *rule);

#endif
