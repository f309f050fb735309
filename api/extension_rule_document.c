#include "api/extension_rule_document.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/document_member.h"

static const char *const server_members[] = { "id", "created_at", "updated_at",
					      "revision", NULL };

static void read_header(struct json_object *object, struct extension_rule *rule)
{
	struct text word;
	enum json_presence presence = json_string(object, "header", 32, &word);

	if (presence == JSON_NULL)
		rule->header = EXTENSION_BOTH;
	else if (presence == JSON_PRESENT &&
		 extension_header_from_text(word, &rule->header))
		json_fault(object, "header", FAULT_BAD_FORMAT,
			   "must be `%s`, `%s` or `%s`",
			   extension_header_name(EXTENSION_REQUIRE),
			   extension_header_name(EXTENSION_PROXY_REQUIRE),
			   extension_header_name(EXTENSION_BOTH));
}

static void read_action(struct json_object *object, bool is_new,
			struct extension_rule *rule)
{
	struct text word;
	enum json_presence presence = json_string(object, "action", 32, &word);

	if (presence == JSON_NULL || (presence == JSON_ABSENT && is_new))
		json_missing(object, "action");
	else if (presence == JSON_PRESENT &&
		 extension_action_from_text(word, &rule->action))
		json_fault(object, "action", FAULT_BAD_FORMAT,
			   "must be `%s`, `%s` or `%s`",
			   extension_action_name(EXTENSION_ACCEPT),
			   extension_action_name(EXTENSION_IGNORE),
			   extension_action_name(EXTENSION_REJECT));
}

/* null: any. */
static void read_or_any(struct json_object *object, const char *name,
			char *buffer, size_t size)
{
	struct text value;
	enum json_presence presence =
		json_string(object, name, size - 1, &value);

	if (presence == JSON_PRESENT)
		text_copy(value, buffer, size);
	else if (presence == JSON_NULL)
		text_copy(TEXT("*"), buffer, size);
}

static void read_members(struct json_object *object, bool is_new,
			 struct extension_rule *rule)
{
	read_or_any(object, "domain", rule->domain, sizeof(rule->domain));
	read_header(object, rule);
	member_required_text(object, "tag", is_new, rule->tag,
			     sizeof(rule->tag));
	read_or_any(object, "method", rule->method, sizeof(rule->method));
	read_action(object, is_new, rule);
	member_bool(object, "enabled", true, &rule->enabled);
	member_text(object, "note", rule->note, sizeof(rule->note));
}

static void set_defaults(struct extension_rule *rule)
{
	*rule = (struct extension_rule){
		.domain = "*",
		.header = EXTENSION_BOTH,
		.method = "*",
		.action = EXTENSION_REJECT,
		.enabled = true,
	};
}

void extension_rule_document_read(struct json_object *document,
				  struct extension_rule *rule)
{
	set_defaults(rule);
	read_members(document, true, rule);
	members_read_only(document, server_members);
	json_object_end(document);
}

void extension_rule_document_merge(struct json_object *patch,
				   struct extension_rule *rule)
{
	read_members(patch, false, rule);
	members_read_only(patch, server_members);
	json_object_end(patch);
}

static void read_element(const struct json_array *array, size_t index,
			 struct extension_rule *rule)
{
	struct json_object object;
	struct text unused;

	set_defaults(rule);
	if (!json_array_object(array, index, &object))
		return;
	read_members(&object, true, rule);
	for (size_t i = 0; server_members[i]; i++)
		(void)json_string(&object, server_members[i], 64, &unused);
	json_object_end(&object);
}

static int read_rules(struct json_object *document,
		      struct extension_policy_choice *choice)
{
	struct json_array array;
	enum json_presence presence =
		json_array(document, "rules", EXTENSION_RULES_MAX, &array);

	if (presence == JSON_WRONG)
		choice->is_given = true;
	if (presence != JSON_PRESENT)
		return 0;
	choice->is_given = true;
	/* One more: calloc(0) may give NULL, and no rules are rules too. */
	choice->rules = calloc(array.count + 1, sizeof(*choice->rules));
	if (!choice->rules)
		return ENOMEM;
	choice->rule_count = array.count;
	for (size_t i = 0; i < array.count; i++)
		read_element(&array, i, &choice->rules[i]);
	return 0;
}

static bool rules_match(const struct extension_rule *a,
			const struct extension_rule *b)
{
	return a->header == b->header && a->action == b->action &&
	       a->enabled == b->enabled && !strcmp(a->domain, b->domain) &&
	       !strcmp(a->tag, b->tag) && !strcmp(a->method, b->method) &&
	       !strcmp(a->note, b->note);
}

/* Are these the rules of that preset, in whichever order? */
static bool is_of_preset(const struct extension_policy_choice *choice)
{
	struct extension_rule *rules = NULL;
	size_t count = 0, found = 0;

	if (extension_preset(text_of(choice->preset), &rules, &count))
		return false;
	for (size_t i = 0; count == choice->rule_count && i < count; i++)
		for (size_t j = 0; j < count; j++)
			if (rules_match(&rules[i], &choice->rules[j])) {
				found++;
				break;
			}
	free(rules);
	return found == count;
}

/* Both are there where a policy that was read is put back: a preset with its
 * own rules is that preset. */
static void settle_both(struct json_object *document,
			struct extension_policy_choice *choice)
{
	if (is_of_preset(choice)) {
		free(choice->rules);
		choice->rules = NULL;
		choice->rule_count = 0;
		return;
	}
	json_fault(document, "preset", FAULT_CONFLICTS_WITH_OTHER_MEMBER,
		   "`rules` are not those of this preset; give one of the two, "
		   "or null for `preset`");
	choice->preset[0] = '\0';
}

int extension_policy_choice_read(struct json_object *document,
				 struct extension_policy_choice *ret_choice)
{
	struct text name;
	enum json_presence presence = json_string(
		document, "preset", sizeof(ret_choice->preset) - 1, &name);

	*ret_choice = (struct extension_policy_choice){ 0 };
	if (presence == JSON_PRESENT)
		text_copy(name, ret_choice->preset, sizeof(ret_choice->preset));
	ret_choice->has_preset = presence == JSON_PRESENT;
	if (ret_choice->has_preset && name.len == 0)
		json_fault(document, "preset", FAULT_UNKNOWN_PRESET,
			   "must be a preset's name, or null");
	ret_choice->is_given = ret_choice->has_preset || presence == JSON_WRONG;
	if (read_rules(document, ret_choice))
		return ENOMEM;
	if (ret_choice->has_preset && ret_choice->rules)
		settle_both(document, ret_choice);
	return 0;
}

void extension_policy_choice_clear(struct extension_policy_choice *choice)
{
	free(choice->rules);
	*choice = (struct extension_policy_choice){ 0 };
}

static void write_values(struct json_writer *writer,
			 const struct extension_rule *rule)
{
	json_put_string(writer, "domain", text_of(rule->domain));
	json_put_string(writer, "header",
			text_of(extension_header_name(rule->header)));
	json_put_string(writer, "tag", text_of(rule->tag));
	json_put_string(writer, "method", text_of(rule->method));
	json_put_string(writer, "action",
			text_of(extension_action_name(rule->action)));
	json_put_bool(writer, "enabled", rule->enabled);
	json_put_string(writer, "note", text_of(rule->note));
}

void extension_rule_document_put(struct json_writer *writer, const char *name,
				 const struct extension_rule *rule)
{
	json_open_object(writer, name);
	json_put_string(writer, "id", text_of(rule->id));
	write_values(writer, rule);
	json_put_time_ms(writer, "created_at", rule->created_at_ms);
	json_put_time_ms(writer, "updated_at", rule->updated_at_ms);
	json_put_i64_string(writer, "revision", rule->revision);
	json_close_object(writer);
}

void extension_rule_document_write(struct json_writer *writer,
				   const struct extension_rule *rule)
{
	extension_rule_document_put(writer, NULL, rule);
}

void extension_rule_document_write_preset(struct json_writer *writer,
					  const struct extension_rule *rule)
{
	json_open_object(writer, NULL);
	write_values(writer, rule);
	json_close_object(writer);
}
