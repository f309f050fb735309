#include "sip/redirect_headers.h"

#include "sip/called_uri.h"
#include "sip/caller_privacy.h"
#include "sip/history_info.h"
#include "sip/writer_put.h"

/* Of a domain's home, too: a diversion without a condition. */
static enum diversion_reason reason_of(const struct call_decision *decision)
{
	const struct snapshot_move *move = decision->redirect.move;

	return move ? (enum diversion_reason)move->diversion_reason
		    : DIVERSION_UNCONDITIONAL;
}

/* 20.10 and 25.1: at most three decimals, never 0 and never above 1. */
static void put_q(struct writer *writer, unsigned permille)
{
	char decimals[3];
	size_t len = sizeof(decimals);

	if (permille >= 1000) {
		put(writer, TEXT(";q=1.0"));
		return;
	}
	permille = permille > 0 ? permille : 1;
	decimals[0] = (char)('0' + permille / 100);
	decimals[1] = (char)('0' + permille / 10 % 10);
	decimals[2] = (char)('0' + permille % 10);
	while (len > 1 && decimals[len - 1] == '0')
		len--;
	put(writer, TEXT(";q=0."));
	put(writer, (struct text){ decimals, len });
}

/* RFC 4458 2: a parameter of a SIP URI that has none of that name. */
static bool takes_cause(const struct sip_uri *uri)
{
	struct text cause;

	return (uri->scheme == SIP_SCHEME_SIP ||
		uri->scheme == SIP_SCHEME_SIPS) &&
	       !sip_uri_param(uri, TEXT("cause"), &cause);
}

/* "user@host" without the host; the digits of a number. */
static struct text user_of(struct text canonical)
{
	const char *colon = memchr(canonical.ptr, ':', canonical.len);
	const char *end = canonical.ptr + canonical.len;
	const char *at;

	if (!colon)
		return (struct text){ "", 0 };
	at = memchr(colon, '@', (size_t)(end - colon));
	return (struct text){ colon + 1,
			      (size_t)((at ? at : end) - colon - 1) };
}

/* RFC 7044 5: is it the same user, at another place? */
static bool is_same_user(const struct sip_uri *uri,
			 const struct call_decision *decision)
{
	struct text address = { decision->address, decision->address_len };
	char buffer[SIP_CANONICAL_SIZE];
	struct writer writer = writer_over(buffer, sizeof(buffer));

	return address.len > 0 && sip_uri_canonical(uri, &writer) == 0 &&
	       text_equals(user_of(writer_text(&writer)), user_of(address));
}

static struct text own_host(const struct call_settings *settings)
{
	return settings->own_host_count > 0 ? settings->own_hosts[0] : TEXT("");
}

void redirect_words_find(struct redirect_words *words,
			 const struct sip_request *request,
			 const struct call_settings *settings,
			 const struct call_decision *decision)
{
	const struct answer_style *style = decision->style;
	const struct redirect_decision *redirect = &decision->redirect;
	struct sip_uri uri;

	words->has_history = words->hides_history = false;
	if (style->has_history_info) {
		words->history = history_info_read(request, own_host(settings));
		words->has_history = words->history.is_wanted;
	}
	if (style->has_diversion) {
		words->hides_history = caller_hides_history(request);
		words->is_uri_plain = called_uri_is_plain(request);
	}
	for (size_t i = 0; i < redirect->contact_count; i++) {
		words->takes_cause[i] = words->is_same_user[i] = false;
		if ((!style->has_cause && !words->has_history) ||
		    sip_uri_parse(redirect->contacts[i].uri, &uri))
			continue;
		words->takes_cause[i] = style->has_cause && takes_cause(&uri);
		words->is_same_user[i] = words->has_history &&
					 is_same_user(&uri, decision);
	}
}

/* What follows '<' of the one at that place. */
static void put_contact(struct writer *writer,
			const struct redirect_words *words,
			const struct call_decision *decision, size_t at,
			const struct history_info *history)
{
	const struct redirect_decision *redirect = &decision->redirect;
	const struct redirect_contact *contact = &redirect->contacts[at];

	put(writer, contact->uri);
	if (words->takes_cause[at]) {
		put(writer, TEXT(";cause="));
		put(writer, diversion_reason_cause(reason_of(decision)));
	}
	put(writer, TEXT(">"));
	if (redirect->contact_count > 1)
		put_q(writer, contact->q_permille);
	if (redirect->expires_s > 0) {
		put(writer, TEXT(";expires="));
		writer_u64(writer, redirect->expires_s);
	}
	if (!history)
		return;
	put(writer, words->is_same_user[at] ? TEXT(";rc=") : TEXT(";mp="));
	history_info_write_index(history, writer);
}

/* 21.3.3, 8.1.3.4: a line each, best first; clients that read one Contact
 * alone read the first. history: NULL if none is told. */
static void put_contacts(struct writer *writer,
			 const struct redirect_words *words,
			 const struct call_decision *decision,
			 const struct history_info *history)
{
	const struct redirect_decision *redirect = &decision->redirect;
	struct text separator = decision->style->is_one_header
					? TEXT(", <")
					: TEXT("\r\nContact: <");

	put(writer, TEXT("Contact: <"));
	for (size_t i = 0; i < redirect->contact_count; i++) {
		if (i > 0)
			put(writer, separator);
		put_contact(writer, words, decision, i, history);
	}
	put(writer, TEXT("\r\n"));
}

/* RFC 5806 4: ours alone; what came before it is in the request. */
static void put_diversion(struct writer *writer,
			  const struct sip_request *request,
			  const struct redirect_words *words,
			  enum diversion_reason reason)
{
	put(writer, TEXT("Diversion: <"));
	called_uri_write(request, words->is_uri_plain, writer);
	put(writer, TEXT(">;reason="));
	put(writer, diversion_reason_name(reason));
	put(writer, TEXT(";counter=1"));
	if (words->hides_history)
		put(writer, TEXT(";privacy=full"));
	put(writer, TEXT("\r\n"));
}

void redirect_headers_write(struct writer *writer,
			    const struct sip_request *request,
			    const struct redirect_words *words,
			    const struct call_decision *decision,
			    unsigned left_out)
{
	const struct history_info *history = NULL;

	if (words->has_history && !(left_out & REDIRECT_HISTORY_INFO))
		history = &words->history;
	put_contacts(writer, words, decision, history);
	if (decision->style->has_diversion && request->method == SIP_INVITE &&
	    !(left_out & REDIRECT_DIVERSION))
		put_diversion(writer, request, words, reason_of(decision));
	if (history)
		history_info_write(history, request, writer);
}
