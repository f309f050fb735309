/*
 * A target on any bytes, screened by rules on any bytes: what is judged lies
 * within its texts, a refusal has a check that refuses, and a value that was
 * made canonical is canonical. Input: lines; the first is the URI, each other
 * one is a rule: a digit for action, kind and role together, then its value.
 */
#include <stdlib.h>
#include <string.h>

#include "db/target_screen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	RULES = 64,
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static struct text next_line(struct text *rest)
{
	const char *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len)
					: NULL;
	struct text line = { rest->ptr,
			     end ? (size_t)(end - rest->ptr) : rest->len };
	size_t used = line.len + (end ? 1 : 0);

	rest->ptr += used;
	rest->len -= used;
	return line;
}

/* As the file might hold it, or made canonical. */
static void read_rule(struct text line, struct target_rule *rule)
{
	struct target_rule again;
	struct faults faults = { 0 };
	unsigned word = (unsigned char)line.ptr[0];

	*rule = (struct target_rule){
		.action = word & 1 ? TARGET_DENY : TARGET_ALLOW,
		.kind = (enum target_kind)(word / 2 % 3),
		.role = (enum target_role)(word / 6 % TARGET_ROLES),
		.enabled = true,
	};
	text_copy((struct text){ line.ptr + 1, line.len - 1 }, rule->value,
		  sizeof(rule->value));
	again = *rule;
	target_rule_validate(&again, &faults);
	if (!faults_any(&faults)) {
		*rule = again;
		target_rule_validate(&again, &faults);
		require(!faults_any(&faults));
		require(!strcmp(again.value, rule->value));
	}
	faults_clear(&faults);
}

static void check_verdict(const struct target_verdict *verdict)
{
	const struct target_check *decisive = target_verdict_decisive(verdict);
	bool is_allowed = true;

	for (size_t i = 0; i < verdict->check_count; i++)
		is_allowed &= verdict->checks[i].is_allowed;
	if (verdict->check_count > 0)
		require(is_allowed == verdict->is_allowed);
	require((decisive != NULL) == (verdict->check_count > 0));
	if (decisive)
		require(decisive->is_allowed == verdict->is_allowed);
	if (decisive && decisive->term)
		require((decisive->term->action == TARGET_ALLOW) ==
			decisive->is_allowed);
}

static void judge(const struct target_screen *screen, const struct sip_uri *uri)
{
	struct target_subjects subjects;
	struct target_verdict verdict;

	target_subjects_read(uri, &subjects);
	require(strlen(subjects.host) == subjects.host_len);
	require(strlen(subjects.number.digits) == subjects.number.digit_count);
	require(strspn(subjects.number.digits, "0123456789") ==
		subjects.number.digit_count);
	for (unsigned role = 0; role < TARGET_ROLES; role++) {
		target_screen_judge(screen, uri, (enum target_role)role,
				    &verdict);
		check_verdict(&verdict);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct hash_key key;
	static struct target_rule rules[RULES];
	struct text rest = { (const char *)data, size };
	struct text target = next_line(&rest);
	struct target_screen *screen = NULL;
	struct sip_uri uri;
	size_t count = 0;

	while (rest.len > 0 && count < RULES) {
		struct text line = next_line(&rest);

		if (line.len > 0)
			read_rule(line, &rules[count++]);
	}
	if (target_screen_new(&key, rules, count, &target_policy_default,
			      &screen))
		return 0;
	if (!sip_uri_parse(target, &uri))
		judge(screen, &uri);
	free(screen);
	return 0;
}
