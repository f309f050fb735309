#include "sip/redirect_headers.h"

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

/* What follows '<' of the one at that place, up to what History-Info adds. */
static void put_contact(struct writer *writer,
			const struct call_decision *decision, size_t at)
{
	const struct redirect_decision *redirect = &decision->redirect;
	const struct redirect_contact *contact = &redirect->contacts[at];

	put(writer, contact->uri);
	if (decision->words.takes_cause[at]) {
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
}

static void put_history_param(struct writer *writer,
			      const struct redirect_words *words, size_t at)
{
	put(writer, words->is_same_user[at] ? TEXT(";rc=") : TEXT(";mp="));
	history_info_write_index(&words->history, writer);
}

/* 21.3.3, 8.1.3.4: a line each, best first; clients that read one Contact
 * alone read the first. */
static void put_contacts(struct writer *writer,
			 const struct call_decision *decision,
			 bool tells_history, struct redirect_sizes *sizes)
{
	struct text separator = decision->style->is_one_header
					? TEXT(", <")
					: TEXT("\r\nContact: <");

	put(writer, TEXT("Contact: <"));
	for (size_t i = 0; i < decision->redirect.contact_count; i++) {
		size_t start = writer->len, end;

		if (i > 0)
			put(writer, separator);
		put_contact(writer, decision, i);
		end = writer->len;
		sizes->contacts[i] = end - start;
		if (tells_history)
			put_history_param(writer, &decision->words, i);
		sizes->history_info += writer->len - end;
	}
	put(writer, TEXT("\r\n"));
}

/* RFC 5806 4: ours alone; what came before it is in the request. */
static void put_diversion(struct writer *writer,
			  const struct call_decision *decision)
{
	put(writer, TEXT("Diversion: <"));
	put(writer, decision->words.called.whole);
	put(writer, TEXT(">;reason="));
	put(writer, diversion_reason_name(reason_of(decision)));
	put(writer, TEXT(";counter=1"));
	if (decision->words.hides_history)
		put(writer, TEXT(";privacy=full"));
	put(writer, TEXT("\r\n"));
}

void redirect_headers_write(struct writer *writer,
			    const struct sip_request *request,
			    const struct call_decision *decision,
			    struct redirect_sizes *ret_sizes)
{
	const struct redirect_words *words = &decision->words;
	bool tells_history = words->has_history &&
			     !(decision->left_out & REDIRECT_HISTORY_INFO);
	size_t at;

	ret_sizes->history_info = 0;
	put_contacts(writer, decision, tells_history, ret_sizes);
	at = writer->len;
	if (decision->style->has_diversion && request->method == SIP_INVITE &&
	    !(decision->left_out & REDIRECT_DIVERSION))
		put_diversion(writer, decision);
	ret_sizes->diversion = writer->len - at;
	at = writer->len;
	if (tells_history)
		history_info_write(&words->history, request, &words->called,
				   writer);
	ret_sizes->history_info += writer->len - at;
}
