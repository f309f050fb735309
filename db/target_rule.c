#include "db/target_rule.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/sip_host.h"
#include "base/sip_number.h"
#include "db/calling_code.h"
#include "db/value_check.h"

const char *const target_action_names[] = { "allow", "deny", NULL };
const char *const target_kind_names[] = { "domain", "number_prefix", "country",
					  NULL };
const char *const target_role_names[] = { "*",	      "admin", "operator",
					  "helpdesk", "user",  "service",
					  NULL };

/* In force until somebody says otherwise: nothing is refused. */
const struct target_policy target_policy_default = {
	.default_domain_action = TARGET_ALLOW,
	.default_number_action = TARGET_ALLOW,
};

enum target_role target_role_of_name(struct text name)
{
	for (unsigned i = TARGET_ADMIN; i < TARGET_ROLES; i++)
		if (text_equals(name, text_of(target_role_names[i])))
			return (enum target_role)i;
	return TARGET_ANY_ROLE;
}

/* ::ffff:192.0.2.1 reaches 192.0.2.1: one host, one rule. */
static bool write_mapped(struct text host, struct writer *writer)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t bytes[16];
	char text[sizeof("255.255.255.255")];

	if (host.len >= 2 && host.ptr[0] == '[')
		host = (struct text){ host.ptr + 1, host.len - 2 };
	if (!sip_host_ipv6(host, bytes) ||
	    memcmp(bytes, mapped, sizeof(mapped)) != 0)
		return false;
	snprintf(text, sizeof(text), "%u.%u.%u.%u", bytes[12], bytes[13],
		 bytes[14], bytes[15]);
	writer_put(writer, text_of(text));
	return true;
}

int target_host_write(struct text host, struct writer *writer)
{
	if (host.len > 0 && memchr(host.ptr, ':', host.len) &&
	    write_mapped(host, writer))
		return writer_is_complete(writer) ? 0 : EMSGSIZE;
	return sip_host_canonical(host, writer);
}

static bool is_name(struct text host)
{
	enum sip_host_kind kind;

	return sip_host_parse(host, &kind) == 0 && kind == SIP_HOST_NAME;
}

static void check_domain(char value[TARGET_VALUE_SIZE], struct faults *faults)
{
	char canonical[TARGET_VALUE_SIZE];
	struct writer writer = writer_over(canonical, sizeof(canonical) - 1);
	struct text host = text_of(value);
	bool is_ok = true;

	if (text_equals(host, TEXT("*")))
		return;
	if (text_starts_with_nocase(host, TEXT("*."))) {
		host = (struct text){ host.ptr + 2, host.len - 2 };
		writer_put(&writer, TEXT("*."));
		is_ok = is_name(host);
	}
	if (is_ok && !target_host_write(host, &writer))
		text_copy(writer_text(&writer), value, TARGET_VALUE_SIZE);
	else
		faults_add(faults, FAULT_BAD_FORMAT, "/value",
			   "must be a host such as gw.example.net, "
			   "*.example.net for all below it, or * for every "
			   "host");
}

static void check_number(char value[TARGET_VALUE_SIZE], struct faults *faults)
{
	char canonical[1 + SIP_NUMBER_DIGITS_MAX + 1];
	const char *digits = value[0] == '+' ? value + 1 : value;
	size_t len = strlen(digits);

	if (strspn(digits, "0123456789") != len || digits[0] == '0' ||
	    value[0] == '\0' || len > SIP_NUMBER_DIGITS_MAX) {
		faults_add(faults, FAULT_BAD_FORMAT, "/value",
			   "must be the first digits of an international "
			   "number, such as +1900, without 00, blanks or "
			   "dashes; + is for every number");
		return;
	}
	snprintf(canonical, sizeof(canonical), "+%.*s", SIP_NUMBER_DIGITS_MAX,
		 digits);
	text_copy(text_of(canonical), value, TARGET_VALUE_SIZE);
}

static void check_country(char value[TARGET_VALUE_SIZE], struct faults *faults)
{
	for (size_t i = 0; value[i]; i++)
		if (value[i] >= 'a' && value[i] <= 'z')
			value[i] = (char)(value[i] - ('a' - 'A'));
	if (!calling_code_country(text_of(value)))
		faults_add(faults, FAULT_BAD_FORMAT, "/value",
			   "must be the ISO 3166-1 code of a country that has "
			   "telephone numbers, such as ID or GB");
}

void target_rule_validate(struct target_rule *rule, struct faults *faults)
{
	static void (*const checks[])(char *value, struct faults *faults) = {
		[TARGET_DOMAIN] = check_domain,
		[TARGET_NUMBER_PREFIX] = check_number,
		[TARGET_COUNTRY] = check_country,
	};

	checks[rule->kind](rule->value, faults);
	value_check_note(rule->note, SOURCE_NOTE_MAX, "/note", faults);
}

void target_policy_validate(const struct target_policy *policy,
			    struct faults *faults)
{
	if (policy->longest_move_days < 0 ||
	    policy->longest_move_days > TARGET_MOVE_DAYS_MAX)
		faults_add(faults, FAULT_OUT_OF_RANGE, "/longest_move_days",
			   "must be from 1 to %d, or null for any length",
			   TARGET_MOVE_DAYS_MAX);
	if (policy->moves_per_user_max < 0 ||
	    policy->moves_per_user_max > TARGET_MOVES_MAX)
		faults_add(faults, FAULT_OUT_OF_RANGE, "/moves_per_user_max",
			   "must be from 1 to %d, or null for any number",
			   TARGET_MOVES_MAX);
}
