#include "db/domain_settings.h"

#include <stdio.h>
#include <string.h>

#include "base/contact_template.h"
#include "base/sip_uri.h"
#include "db/domain.h"
#include "db/move.h"

const char *const retry_after_names[] = {
	[RETRY_AFTER_OFF] = "off",
	[RETRY_AFTER_NEXT_START] = "next_start",
	[RETRY_AFTER_FIXED] = "fixed",
	NULL,
};

const char *retry_after_name(enum retry_after retry_after)
{
	return retry_after_names[retry_after];
}

bool retry_after_of_name(struct text name, enum retry_after *ret)
{
	for (size_t i = 0; retry_after_names[i]; i++)
		if (text_equals(name, text_of(retry_after_names[i]))) {
			*ret = (enum retry_after)i;
			return true;
		}
	return false;
}

static bool style_is_default(const struct answer_style *style)
{
	return style->status == 0 && answer_style_contacts(style) == 8 &&
	       !style->is_one_header && style->expires == CONTACT_EXPIRES_OFF &&
	       !style->has_diversion && !style->has_history_info &&
	       !style->has_cause && !style->contact_template[0];
}

bool domain_settings_are_default(const struct domain_settings *settings)
{
	return !settings->ignores_user_case && !settings->refuses_uniformly &&
	       !settings->rejects_anonymous && !settings->redirects_otherwise &&
	       !settings->redirects_register &&
	       settings->retry_after == RETRY_AFTER_OFF &&
	       !settings->unavailable_phrase[0] &&
	       style_is_default(&settings->style);
}

/* Does a call to the sample, sent on, come back to the sample? */
static bool leads_back(struct text template, struct text sample)
{
	char sent[MOVE_URI_MAX + 1], there[SIP_CANONICAL_SIZE],
		here[SIP_CANONICAL_SIZE];
	struct writer sent_writer = writer_over(sent, sizeof(sent));
	struct writer there_writer = writer_over(there, sizeof(there));
	struct writer here_writer = writer_over(here, sizeof(here));
	struct sip_uri uri, target;

	return !sip_uri_parse(sample, &uri) &&
	       !contact_template_write(template, &uri, &sent_writer) &&
	       !sip_uri_parse(writer_text(&sent_writer), &target) &&
	       !sip_uri_canonical(&uri, &here_writer) &&
	       !sip_uri_canonical(&target, &there_writer) &&
	       text_equals(writer_text(&here_writer),
			   writer_text(&there_writer));
}

static void check_otherwise(const struct domain_settings *settings,
			    struct text domain, struct faults *faults)
{
	static const char pointer[] = "/otherwise/target_template";
	struct text template = text_of(settings->otherwise_template);
	char buffer[DOMAIN_NAME_MAX + sizeof("sip:somebody@")];
	struct writer writer = writer_over(buffer, sizeof(buffer));
	const char *why;

	if (template.len == 0) {
		if (settings->redirects_otherwise)
			faults_add(faults, FAULT_MISSING_MEMBER, pointer,
				   "is needed to redirect, as in "
				   "sip:{user}@pbx.example.net");
		return;
	}
	writer_put(&writer, TEXT("sip:somebody@"));
	writer_put(&writer, domain);
	why = contact_template_why_bad(template, writer_text(&writer));
	if (why)
		faults_add(faults, FAULT_BAD_TARGET, pointer, "%s", why);
	else if (leads_back(template, writer_text(&writer)))
		faults_add(faults, FAULT_BAD_TARGET, pointer,
			   "leads back to the address that was called");
}

/* A registrar's URI has no user part; all else is as in any Contact. */
static const char *why_bad_registrar(struct text target)
{
	char buffer[MOVE_URI_MAX + 1];
	struct writer writer = writer_over(buffer, sizeof(buffer));
	struct sip_uri uri;
	const char *why;

	if (sip_uri_parse(target, &uri))
		return "is not a valid URI";
	if (uri.scheme != SIP_SCHEME_SIP && uri.scheme != SIP_SCHEME_SIPS)
		return "must be a sip: or sips: URI";
	if (uri.has_user)
		return "must not have a user part: sip:registrar.example.net";
	writer_put(&writer, uri.scheme_text);
	writer_put(&writer, TEXT(":any@"));
	writer_put(&writer,
		   (struct text){ target.ptr + uri.scheme_text.len + 1,
				  target.len - uri.scheme_text.len - 1 });
	if (!writer_is_complete(&writer))
		return "is too long";
	return move_target_is_sendable(writer_text(&writer), true, &why) ? NULL
									 : why;
}

static void check_register(const struct domain_settings *settings,
			   struct faults *faults)
{
	static const char pointer[] = "/register/target";
	struct text target = text_of(settings->register_target);
	const char *why = target.len > 0 ? why_bad_registrar(target) : NULL;

	if (why)
		faults_add(faults, FAULT_BAD_TARGET, pointer, "%s", why);
	else if (target.len == 0 && settings->redirects_register)
		faults_add(faults, FAULT_MISSING_MEMBER, pointer,
			   "is needed to redirect, as in "
			   "sip:registrar.example.net");
}

bool reason_phrase_is_sendable(struct text phrase)
{
	static const char marks[] = " -_.!~*'();/?:@&=+$,";
	bool is_sendable = phrase.len > 0 && phrase.ptr[0] != ' ' &&
			   phrase.ptr[phrase.len - 1] != ' ';

	for (size_t i = 0; i < phrase.len; i++) {
		char c = phrase.ptr[i], letter = ascii_lower(c);

		is_sendable &= (letter >= 'a' && letter <= 'z') ||
			       (c >= '0' && c <= '9') ||
			       memchr(marks, c, sizeof(marks) - 1) != NULL;
	}
	return is_sendable;
}

static void check_phrase(const struct domain_settings *settings,
			 struct faults *faults)
{
	struct text phrase = text_of(settings->unavailable_phrase);

	if (phrase.len > 0 && !reason_phrase_is_sendable(phrase))
		faults_add(faults, FAULT_BAD_FORMAT, "/unavailable_phrase",
			   "must be plain ASCII text such as Moved Later: "
			   "letters, digits, blanks between them and "
			   "-_.!~*'();/?:@&=+$,");
}

static void check_retry_after(const struct domain_settings *settings,
			      struct faults *faults)
{
	uint32_t seconds = settings->retry_after_s;

	if (seconds > RETRY_AFTER_SECONDS_MAX)
		faults_add(faults, FAULT_OUT_OF_RANGE, "/retry_after/seconds",
			   "must be from 1 to %d", RETRY_AFTER_SECONDS_MAX);
	if (settings->retry_after == RETRY_AFTER_FIXED && seconds == 0)
		faults_add(faults, FAULT_MISSING_MEMBER, "/retry_after/seconds",
			   "is needed with the mode fixed");
	/* It would tell which addresses are known. */
	if (settings->retry_after == RETRY_AFTER_NEXT_START &&
	    settings->refuses_uniformly)
		faults_add(faults, FAULT_CONFLICTS_WITH_OTHER_MEMBER,
			   "/retry_after/mode",
			   "must not be next_start with uniform_refusal, which "
			   "hides what next_start tells");
}

void domain_settings_validate(const struct domain_settings *settings,
			      struct text domain, struct faults *faults)
{
	check_otherwise(settings, domain, faults);
	check_register(settings, faults);
	check_retry_after(settings, faults);
	check_phrase(settings, faults);
	answer_style_validate(&settings->style, "/answer_style", faults);
}
