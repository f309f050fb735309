#include "sip/redirect.h"

#include <string.h>

#include "base/contact_template.h"

/* What a target was left out for; none: it is fit. */
enum unfit {
	FIT,
	UNFIT_EQUAL,  /* to the Request-URI, or to a better target */
	UNFIT_SCHEME, /* a sips: call must not lose its protection */
	UNFIT_RULE,   /* target rules do not allow it any more */
	UNFIT_TEXT,   /* could not stand in a Contact */
};

const struct sip_uri *redirect_contact_parts(struct redirect_contact *contact)
{
	if (!contact->is_parsed)
		contact->is_parsed =
			sip_uri_parse(contact->uri, &contact->parts) == 0;
	return contact->is_parsed ? &contact->parts : NULL;
}

/*
 * The snapshot holds nothing else; but one byte wrong here would be a header of
 * somebody else's making in every answer, so it is looked at again.
 */
static bool is_clean(struct text uri)
{
	bool is_dirty = uri.len == 0;

	for (size_t i = 0; i < uri.len; i++) {
		unsigned char c = (unsigned char)uri.ptr[i];

		is_dirty |= (c <= ' ') | (c >= 0x7f) | (c == '<') | (c == '>') |
			    (c == '"');
	}
	return !is_dirty;
}

static struct text without_dot(struct text host)
{
	if (host.len > 1 && host.ptr[host.len - 1] == '.')
		host.len--;
	return host;
}

/*
 * Most targets are at another host than the Request-URI, and that is seen
 * without parsing them. An IPv6 address has many spellings: always looked at.
 */
static bool may_equal(struct text target, const struct sip_uri *request_uri)
{
	const char *at = memchr(target.ptr, '@', target.len);
	struct text host;

	if (!at || request_uri->scheme == SIP_SCHEME_TEL ||
	    request_uri->host_kind != SIP_HOST_NAME)
		return true;
	host.ptr = at + 1;
	host.len = target.len - (size_t)(host.ptr - target.ptr);
	return text_starts_with_nocase(host, without_dot(request_uri->host));
}

/* 19.1.4 leaves user parts their case; where a domain does not, and where a
 * template decides, it is the address that counts. */
static bool is_same_address(const struct sip_uri *uri,
			    const struct redirect_question *question)
{
	char buffer[SIP_CANONICAL_SIZE];
	struct writer writer = writer_over(buffer, sizeof(buffer));

	if (sip_uri_canonical(uri, &writer))
		return false;
	if (question->ignores_user_case)
		sip_address_ignore_case(buffer, writer.len);
	return text_equals(writer_text(&writer), question->canonical);
}

/* RFC 3261 8.3, 19.1.4; doubles would be tried twice. */
static bool is_known(const struct sip_uri *uri,
		     const struct redirect_question *question,
		     bool may_be_asked,
		     const struct redirect_decision *decision)
{
	if (may_be_asked &&
	    (sip_uri_equals(uri, question->uri) ||
	     (question->ignores_user_case && is_same_address(uri, question))))
		return true;
	for (size_t i = 0; i < decision->contact_count; i++)
		if (sip_uri_equals(uri, &decision->contacts[i].parts))
			return true;
	return false;
}

/* is_only: there is nothing that it could be the double of. */
static enum unfit judge(struct redirect_contact *contact,
			const struct redirect_question *question, bool is_only,
			const struct redirect_decision *decision)
{
	bool may_be_asked;

	/* RFC 5630 5.4 */
	if (question->uri->scheme == SIP_SCHEME_SIPS &&
	    !text_starts_with_nocase(contact->uri, TEXT("sips:")))
		return UNFIT_SCHEME;
	may_be_asked = may_equal(contact->uri, question->uri);
	if (is_only && !may_be_asked)
		return FIT;
	if (!redirect_contact_parts(contact))
		return UNFIT_TEXT;
	return is_known(&contact->parts, question, may_be_asked, decision)
		       ? UNFIT_EQUAL
		       : FIT;
}

/*
 * A template with the parts of a URI in it, kept in the decision's texts; those
 * may be the contact's own. False: nothing that may be sent. Not kept until
 * texts_len is moved.
 */
static bool fill_in(struct text template, const struct sip_uri *uri,
		    struct redirect_decision *decision,
		    struct redirect_contact *contact)
{
	struct writer writer =
		writer_over(decision->texts + decision->texts_len,
			    sizeof(decision->texts) - decision->texts_len);
	const char *why;

	if (contact_template_write(template, uri, &writer) ||
	    !writer_is_complete(&writer))
		return false;
	contact->uri = writer_text(&writer);
	contact->is_parsed =
		move_target_parse(contact->uri, true, &contact->parts, &why);
	return contact->is_parsed;
}

/* What a target becomes for this caller. */
static bool is_sendable(struct redirect_contact *contact,
			const struct answer_style *style,
			struct redirect_decision *decision)
{
	if (!style->contact_template[0])
		return is_clean(contact->uri);
	return redirect_contact_parts(contact) &&
	       fill_in(text_of(style->contact_template), &contact->parts,
		       decision, contact);
}

/* The place behind the contacts there are, for one that is looked at. */
static struct redirect_contact *next_contact(struct redirect_decision *decision,
					     struct text uri,
					     uint16_t q_permille)
{
	struct redirect_contact *contact =
		&decision->contacts[decision->contact_count];

	contact->uri = uri;
	contact->q_permille = q_permille;
	contact->is_parsed = false;
	return contact;
}

static void add_contact(struct redirect_decision *decision)
{
	struct text uri = decision->contacts[decision->contact_count++].uri;

	if (uri.ptr == decision->texts + decision->texts_len)
		decision->texts_len += uri.len;
}

/* Whole seconds that are over before then; a field of 32 bits (25.1). */
static uint32_t seconds_until(int64_t then_ms, int64_t now_ms)
{
	int64_t seconds = (then_ms - now_ms) / 1000;

	return seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

static int64_t next_start_ms(const struct snapshot_address *address,
			     int64_t now_ms)
{
	for (uint32_t i = 0; i < address->move_count; i++)
		if (address->moves[i].starts_at_ms > now_ms)
			return address->moves[i].starts_at_ms;
	return MOVE_OPEN_END;
}

uint32_t redirect_next_start_s(const struct snapshot_address *address,
			       int64_t now_ms)
{
	int64_t start_ms = address ? next_start_ms(address, now_ms)
				   : MOVE_OPEN_END;

	if (start_ms == MOVE_OPEN_END)
		return 0;
	return start_ms > INT64_MAX - 999
		       ? UINT32_MAX
		       : seconds_until(start_ms + 999, now_ms);
}

/* 20.10: how long the Contacts hold, never longer; under a second, and for
 * ever, is not said. */
static void set_expires(struct redirect_decision *decision,
			const struct redirect_question *question)
{
	int64_t until_ms = MOVE_OPEN_END;

	decision->expires_s = 0;
	if (question->style->expires == CONTACT_EXPIRES_OFF)
		return;
	if (decision->address)
		until_ms = next_start_ms(decision->address, question->now_ms);
	if (decision->move && decision->move->ends_at_ms < until_ms)
		until_ms = decision->move->ends_at_ms;
	if (until_ms != MOVE_OPEN_END)
		decision->expires_s = seconds_until(until_ms, question->now_ms);
}

/* Rules may have come since it was written. What is judged is what somebody
 * wrote; what a template makes of it is the administrator's. */
static bool is_withheld(const struct target_screen *screen,
			const struct snapshot_move *move,
			struct redirect_contact *contact,
			struct redirect_decision *decision)
{
	const struct target_check *check;
	struct target_verdict verdict;

	if (!screen || !redirect_contact_parts(contact))
		return false;
	target_screen_judge(screen, &contact->parts,
			    (enum target_role)move->set_by_role, &verdict);
	if (verdict.is_allowed)
		return false;
	check = target_verdict_decisive(&verdict);
	decision->withheld[decision->withheld_count++] =
		(struct redirect_withheld){ contact->uri,
					    check ? check->term : NULL };
	decision->withheld_from = move;
	return true;
}

static void choose_contacts(const struct snapshot *snapshot,
			    struct redirect_decision *decision,
			    const struct snapshot_move *move,
			    const struct redirect_question *question)
{
	const struct target_screen *screen = snapshot_target_screen(snapshot);
	const struct answer_style *style = question->style;
	size_t most = answer_style_contacts(style);
	bool seen[UNFIT_TEXT + 1] = { false };

	for (uint8_t i = 0; i < move->target_count && i < MOVE_TARGETS_MAX &&
			    decision->contact_count < most;
	     i++) {
		struct redirect_contact *contact =
			next_contact(decision, move->targets[i].uri,
				     move->targets[i].q_permille);
		enum unfit unfit = UNFIT_TEXT;

		if (is_withheld(screen, move, contact, decision))
			unfit = UNFIT_RULE;
		else if (is_sendable(contact, style, decision))
			unfit = judge(contact, question,
				      move->target_count == 1, decision);
		seen[unfit] = true;
		if (unfit == FIT)
			add_contact(decision);
	}
	if (decision->contact_count > 0) {
		decision->move = move;
		decision->status = style->status     ? style->status
				   : move->permanent ? 301
						     : 302;
		set_expires(decision, question);
		return;
	}
	/*
	 * Reached at the very URI it was asked at: nobody is there (8.3). With
	 * a target that is merely not for this call: not now.
	 */
	decision->is_sips_refused = seen[UNFIT_SCHEME];
	decision->status = seen[UNFIT_EQUAL] && !seen[UNFIT_SCHEME] &&
					   !seen[UNFIT_RULE]
				   ? 404
				   : 480;
}

void redirect_clear(struct redirect_decision *decision)
{
	decision->status = 0;
	decision->address = NULL;
	decision->move = NULL;
	decision->contact_count = 0;
	decision->is_sips_refused = false;
	decision->withheld_from = NULL;
	decision->withheld_count = 0;
	decision->expires_s = 0;
	decision->texts_len = 0;
}

void redirect_decide(const struct snapshot *snapshot,
		     const struct redirect_question *question,
		     struct redirect_decision *ret_decision)
{
	const struct snapshot_move *move;

	redirect_clear(ret_decision);
	ret_decision->status = 404;
	if (question->canonical.len > 0)
		ret_decision->address =
			snapshot_address(snapshot, question->canonical);
	if (!ret_decision->address && question->number.len > 0)
		ret_decision->address =
			snapshot_address(snapshot, question->number);
	if (!ret_decision->address)
		return;

	/* RFC 3261 21.4.18: known, and nowhere to send the call now. */
	ret_decision->status = 480;
	move = snapshot_active_move(ret_decision->address, question->now_ms);
	if (move)
		choose_contacts(snapshot, ret_decision, move, question);
}

bool redirect_otherwise(const struct redirect_question *question,
			struct text template,
			struct redirect_decision *decision)
{
	struct redirect_contact *contact =
		next_contact(decision, TEXT(""), 1000);

	if (!fill_in(template, question->uri, decision, contact) ||
	    judge(contact, question, false, decision) != FIT ||
	    is_same_address(&contact->parts, question))
		return false;
	add_contact(decision);
	decision->status = question->style->status ? question->style->status
						   : 302;
	decision->is_sips_refused = false;
	set_expires(decision, question);
	return true;
}
