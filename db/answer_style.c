#include "db/answer_style.h"

#include <stdio.h>
#include <string.h>

#include "base/contact_template.h"
#include "db/move.h"

const char *const contact_expires_names[] = {
	[CONTACT_EXPIRES_OFF] = "off",
	[CONTACT_EXPIRES_NEXT_CHANGE] = "next_change",
	NULL,
};

const char *contact_expires_name(enum contact_expires expires)
{
	return contact_expires_names[expires];
}

bool contact_expires_of_name(struct text name, enum contact_expires *ret)
{
	for (size_t i = 0; contact_expires_names[i]; i++)
		if (text_equals(name, text_of(contact_expires_names[i]))) {
			*ret = (enum contact_expires)i;
			return true;
		}
	return false;
}

bool answer_style_equals(const struct answer_style *a,
			 const struct answer_style *b)
{
	return a->status == b->status &&
	       answer_style_contacts(a) == answer_style_contacts(b) &&
	       a->is_one_header == b->is_one_header &&
	       a->expires == b->expires &&
	       a->has_diversion == b->has_diversion &&
	       a->has_history_info == b->has_history_info &&
	       a->has_cause == b->has_cause &&
	       !strcmp(a->contact_template, b->contact_template);
}

const char *contact_template_why_bad(struct text template, struct text sample)
{
	char buffer[MOVE_URI_MAX + 1];
	struct writer writer = writer_over(buffer, sizeof(buffer));
	struct sip_uri uri;
	const char *why;

	if (template.len == 0)
		return "must not be empty";
	if (sip_uri_parse(sample, &uri))
		return "cannot be filled in";
	if (contact_template_write(template, &uri, &writer))
		return "may have {user}, {host}, {port} and {params}, and no "
		       "other braces";
	if (!writer_is_complete(&writer))
		return "is too long";
	/* Whether local targets are wanted is asked of moves alone: a gateway
	 * of one's own is often on this very machine. */
	return move_target_is_sendable(writer_text(&writer), true, &why) ? NULL
									 : why;
}

static void fault_at(const char *pointer, const char *member, const char *why,
		     struct faults *faults)
{
	char place[FAULT_POINTER_SIZE];

	snprintf(place, sizeof(place), "%s/%s", pointer, member);
	faults_add(faults, FAULT_BAD_FORMAT, place, "%s", why);
}

void answer_style_validate(const struct answer_style *style,
			   const char *pointer, struct faults *faults)
{
	const char *why = NULL;

	if (style->status != 0 && style->status != 300 && style->status != 302)
		fault_at(pointer, "status",
			 "must be 300, 302, or null for 302 and, of permanent "
			 "moves, 301",
			 faults);
	if (style->contacts_max > MOVE_TARGETS_MAX)
		fault_at(pointer, "contacts_max", "must be from 1 to 8",
			 faults);
	if (style->contact_template[0])
		why = contact_template_why_bad(
			text_of(style->contact_template),
			TEXT("sip:user@host.example.net:5070;transport=tcp"));
	if (why)
		fault_at(pointer, "contact_template", why, faults);
}
