#include "sip/redirect_words.h"

#include <string.h>

#include "sip/caller_privacy.h"

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
static bool is_same_user(const struct sip_uri *uri, struct text user,
			 bool ignores_case)
{
	char buffer[SIP_CANONICAL_SIZE];
	struct writer writer = writer_over(buffer, sizeof(buffer));

	if (user.len == 0 || sip_uri_canonical_user(uri, &writer))
		return false;
	return ignores_case ? text_equals_nocase(writer_text(&writer), user)
			    : text_equals(writer_text(&writer), user);
}

void redirect_words_find(struct redirect_words *words,
			 const struct redirect_subject *subject,
			 struct redirect_decision *redirect)
{
	const struct sip_request *request = subject->request;
	const struct answer_style *style = subject->style;
	struct text user = { "", 0 };

	words->has_history = words->hides_history = false;
	if (style->has_diversion || style->has_history_info)
		words->hides_history = caller_hides_history(request);
	if (style->has_history_info) {
		words->history = history_info_read(request, subject->own_host,
						   words->hides_history);
		words->has_history = words->history.is_wanted;
	}
	if (style->has_diversion || words->has_history)
		called_uri_read(request, &words->called);
	if (words->has_history)
		user = user_of(subject->address);
	for (size_t i = 0; i < redirect->contact_count; i++) {
		const struct sip_uri *parts = NULL;

		if (style->has_cause || words->has_history)
			parts = redirect_contact_parts(&redirect->contacts[i]);
		words->takes_cause[i] = parts && style->has_cause &&
					takes_cause(parts);
		words->is_same_user[i] =
			parts && words->has_history &&
			is_same_user(parts, user, subject->ignores_user_case);
	}
}
