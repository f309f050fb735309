#include "api/target_document.h"

#include "api/document_member.h"

static const char *const read_only[] = { "id", "created_at", "updated_at",
					 "revision", NULL };

/* --- rules --- */

void target_rule_document_read(struct json_object *object, bool is_new,
			       int64_t now_ms, void *value)
{
	static const struct word_member action = { "action",
						   target_action_names, false };
	static const struct word_member kind = { "kind", target_kind_names,
						 false };
	static const struct word_member role = { "role", target_role_names,
						 true };
	struct target_rule *rule = value;
	unsigned words[] = { rule->action, rule->kind, rule->role };

	(void)now_ms;
	if (is_new)
		rule->enabled = true;
	member_word(object, &action, is_new, &words[0]);
	member_word(object, &kind, is_new, &words[1]);
	member_required_text(object, "value", is_new, rule->value,
			     sizeof(rule->value));
	member_word(object, &role, is_new, &words[2]);
	rule->action = (enum target_action)words[0];
	rule->kind = (enum target_kind)words[1];
	rule->role = (enum target_role)words[2];
	member_bool(object, "enabled", true, &rule->enabled);
	member_text(object, "note", rule->note, sizeof(rule->note));
	members_read_only(object, read_only);
	json_object_end(object);
}

void target_rule_document_write(struct json_writer *writer, const void *value)
{
	const struct target_rule *rule = value;

	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(rule->object.id));
	json_put_string(writer, "action",
			text_of(target_action_names[rule->action]));
	json_put_string(writer, "kind", text_of(target_kind_names[rule->kind]));
	json_put_string(writer, "value", text_of(rule->value));
	json_put_string(writer, "role", text_of(target_role_names[rule->role]));
	json_put_bool(writer, "enabled", rule->enabled);
	json_put_string(writer, "note", text_of(rule->note));
	json_put_time_ms(writer, "created_at", rule->object.created_at_ms);
	json_put_time_ms(writer, "updated_at", rule->object.updated_at_ms);
	json_put_i64_string(writer, "revision", rule->object.revision);
	json_close_object(writer);
}

/* --- the policy --- */

static void read_action(struct json_object *object, const char *name,
			enum target_action *action)
{
	const struct word_member member = { name, target_action_names, true };
	unsigned word = *action;

	member_word(object, &member, false, &word);
	*action = (enum target_action)word;
}

/* null, and 0 where it is kept: no limit. */
static void read_limit(struct json_object *object, const char *name,
		       int64_t maximum, int64_t *value)
{
	int64_t number;
	enum json_presence presence =
		json_integer(object, name, 1, maximum, &number);

	if (presence == JSON_PRESENT)
		*value = number;
	else if (presence == JSON_NULL)
		*value = 0;
}

static void put_limit(struct json_writer *writer, const char *name,
		      int64_t value)
{
	if (value)
		json_put_integer(writer, name, value);
	else
		json_put_null(writer, name);
}

void target_policy_document_read(struct json_object *object, bool is_new,
				 struct target_policy *policy)
{
	if (is_new)
		*policy = target_policy_default;
	read_action(object, "default_domain_action",
		    &policy->default_domain_action);
	read_action(object, "default_number_action",
		    &policy->default_number_action);
	read_limit(object, "longest_move_days", TARGET_MOVE_DAYS_MAX,
		   &policy->longest_move_days);
	read_limit(object, "moves_per_user_max", TARGET_MOVES_MAX,
		   &policy->moves_per_user_max);
	json_read_only(object, "updated_at");
	json_read_only(object, "revision");
	json_object_end(object);
}

void target_policy_document_write(struct json_writer *writer,
				  const struct target_policy *policy)
{
	json_open_object(writer, NULL);
	json_put_string(
		writer, "default_domain_action",
		text_of(target_action_names[policy->default_domain_action]));
	json_put_string(
		writer, "default_number_action",
		text_of(target_action_names[policy->default_number_action]));
	put_limit(writer, "longest_move_days", policy->longest_move_days);
	put_limit(writer, "moves_per_user_max", policy->moves_per_user_max);
	if (policy->updated_at_ms)
		json_put_time_ms(writer, "updated_at", policy->updated_at_ms);
	else
		json_put_null(writer, "updated_at");
	json_put_i64_string(writer, "revision", policy->revision);
	json_close_object(writer);
}
