#include <errno.h>
#include <string.h>

#include "base/sip_uri.h"
#include "base/utf8.h"
#include "db/extension_policy.h"

static const char *const header_names[] = {
	[EXTENSION_REQUIRE] = "require",
	[EXTENSION_PROXY_REQUIRE] = "proxy-require",
	[EXTENSION_BOTH] = "both",
};

static const char *const action_names[] = {
	[EXTENSION_ACCEPT] = "accept",
	[EXTENSION_IGNORE] = "ignore",
	[EXTENSION_REJECT] = "reject",
};

static const char *const level_names[] = {
	[EXTENSION_TAG_IN_DOMAIN] = "exact-domain",
	[EXTENSION_TAG_GLOBAL] = "exact-global",
	[EXTENSION_ANY_IN_DOMAIN] = "any-domain",
	[EXTENSION_ANY_GLOBAL] = "any-global",
	[EXTENSION_BUILT_IN] = "built-in",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *extension_header_name(enum extension_header header)
{
	return header_names[header];
}

const char *extension_action_name(enum extension_action action)
{
	return action_names[action];
}

const char *extension_level_name(enum extension_level level)
{
	return level_names[level];
}

static int name_index(const char *const *names, size_t count, struct text text,
		      size_t *ret_index)
{
	for (size_t i = 0; i < count; i++) {
		if (!text_equals(text_of(names[i]), text))
			continue;
		*ret_index = i;
		return 0;
	}
	return EINVAL;
}

int extension_header_from_text(struct text text, enum extension_header *ret)
{
	size_t index;
	int err = name_index(header_names, COUNT(header_names), text, &index);

	if (!err)
		*ret = (enum extension_header)index;
	return err;
}

int extension_action_from_text(struct text text, enum extension_action *ret)
{
	size_t index;
	int err = name_index(action_names, COUNT(action_names), text, &index);

	if (!err)
		*ret = (enum extension_action)index;
	return err;
}

/* RFC 3261 25.1; "*" is one, too. */
static bool is_token(const char *string)
{
	static const char others[] = "-.!%*_+`'~";

	for (const char *c = string; *c; c++) {
		bool is_letter = (*c >= 'a' && *c <= 'z') ||
				 (*c >= 'A' && *c <= 'Z');
		bool is_digit = *c >= '0' && *c <= '9';

		if (!is_letter && !is_digit && !strchr(others, *c))
			return false;
	}
	return string[0] != '\0';
}

static void validate_domain(struct extension_rule *rule, struct faults *faults)
{
	char name[sizeof(rule->domain)];
	struct writer writer = writer_over(name, sizeof(name) - 1);

	if (!strcmp(rule->domain, "*"))
		return;
	if (sip_host_canonical(text_of(rule->domain), &writer) ||
	    !writer_is_complete(&writer) || writer.len == 0) {
		faults_add(faults, FAULT_BAD_FORMAT, "/domain",
			   "must be * for every domain, or a host name or "
			   "address such as example.com");
		return;
	}
	text_copy(writer_text(&writer), rule->domain, sizeof(rule->domain));
}

static void validate_tag(struct extension_rule *rule, struct faults *faults)
{
	for (char *c = rule->tag; *c; c++)
		*c = ascii_lower(*c);
	if (!is_token(rule->tag))
		faults_add(faults, FAULT_BAD_FORMAT, "/tag",
			   "must be * for every option tag, or one option tag "
			   "such as 100rel, of at most %d characters",
			   EXTENSION_TAG_MAX);
}

/* Methods are compared with case (RFC 3261 7.1): the one that was meant. */
static const char *known_method(const char *method)
{
	static const char *const methods[] = {
		"INVITE", "BYE",     "OPTIONS",	  "REGISTER",
		"PRACK",  "UPDATE",  "INFO",	  "NOTIFY",
		"REFER",  "MESSAGE", "SUBSCRIBE", "PUBLISH"
	};

	for (size_t i = 0; i < COUNT(methods); i++)
		if (text_equals_nocase(text_of(method), text_of(methods[i])))
			return methods[i];
	return method;
}

static void validate_method(const struct extension_rule *rule,
			    struct faults *faults)
{
	if (!is_token(rule->method))
		faults_add(faults, FAULT_BAD_FORMAT, "/method",
			   "must be * for every method, or one method such as "
			   "INVITE, of at most %d characters",
			   EXTENSION_METHOD_MAX);
	else if (!strcmp(rule->method, "ACK") ||
		 !strcmp(rule->method, "CANCEL"))
		faults_add(faults, FAULT_OUT_OF_RANGE, "/method",
			   "ACK and CANCEL are never refused for an option tag "
			   "(RFC 3261 8.2.2.3): this rule would do nothing");
	else if (strcmp(rule->method, known_method(rule->method)) != 0)
		faults_add(faults, FAULT_BAD_FORMAT, "/method",
			   "would never match: methods are compared with case; "
			   "did you mean %s?",
			   known_method(rule->method));
}

void extension_rule_validate(struct extension_rule *rule, struct faults *faults)
{
	validate_domain(rule, faults);
	validate_tag(rule, faults);
	validate_method(rule, faults);
	if ((unsigned)rule->header > EXTENSION_BOTH)
		faults_add(faults, FAULT_OUT_OF_RANGE, "/header",
			   "must be require, proxy-require or both");
	if ((unsigned)rule->action > EXTENSION_REJECT)
		faults_add(faults, FAULT_OUT_OF_RANGE, "/action",
			   "must be accept, ignore or reject");
	if (!utf8_is_valid(text_of(rule->note)))
		faults_add(faults, FAULT_BAD_FORMAT, "/note",
			   "must be UTF-8 text");
}
