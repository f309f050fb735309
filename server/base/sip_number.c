#include "base/sip_number.h"

#include <string.h>

#include "base/sip_uri_char.h"

enum {
	USER_SIZE = 512,
};

static void add_digits(struct sip_number *number, struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (sip_uri_is_separator(c))
			continue;
		if (c < '0' || c > '9' ||
		    number->digit_count == SIP_NUMBER_DIGITS_MAX)
			break;
		number->digits[number->digit_count++] = c;
	}
}

/* '+' and at least one digit; false, and nothing added, if it is not that. */
static bool add_global(struct sip_number *number, struct text text)
{
	if (text.len == 0 || text.ptr[0] != '+')
		return false;
	add_digits(number, (struct text){ text.ptr + 1, text.len - 1 });
	return number->digit_count > 0;
}

/* The user part as a gateway may read it: without escapes. */
static struct text unescape(struct text user, char buffer[USER_SIZE])
{
	struct writer writer = writer_over(buffer, USER_SIZE);
	size_t at = 0;

	while (at < user.len && writer.len < USER_SIZE) {
		bool is_escaped;

		writer_byte(&writer,
			    (char)sip_uri_next(user, &at, &is_escaped));
	}
	return writer_text(&writer);
}

/* Cuts what follows the first ';' off the user part. */
static struct text cut_params(struct text *user)
{
	const char *end = user->len > 0 ? memchr(user->ptr, ';', user->len)
					: NULL;
	struct text params = { 0 };

	if (end) {
		params.ptr = end + 1;
		params.len = user->len - (size_t)(params.ptr - user->ptr);
		user->len = (size_t)(end - user->ptr);
	}
	return params;
}

static bool is_phone(const struct sip_uri *uri)
{
	struct text value;

	return uri->scheme == SIP_SCHEME_TEL ||
	       (sip_uri_param(uri, TEXT("user"), &value) &&
		text_equals_nocase(value, TEXT("phone")));
}

void sip_number_read(const struct sip_uri *uri, struct sip_number *ret_number)
{
	struct sip_uri subscriber = *uri;
	char buffer[USER_SIZE];
	struct text context;
	bool has_context;

	*ret_number = (struct sip_number){ .kind = SIP_NUMBER_NONE };
	if (uri->scheme == SIP_SCHEME_OTHER)
		return;
	if (uri->scheme != SIP_SCHEME_TEL) {
		subscriber.user = unescape(uri->user, buffer);
		subscriber.params = cut_params(&subscriber.user);
	}
	has_context =
		sip_uri_param(&subscriber, TEXT("phone-context"), &context);
	if (add_global(ret_number, subscriber.user)) {
		ret_number->kind = SIP_NUMBER_GLOBAL;
	} else if (has_context && add_global(ret_number, context)) {
		ret_number->kind = SIP_NUMBER_GLOBAL;
		add_digits(ret_number, subscriber.user);
	} else if (has_context || is_phone(uri)) {
		ret_number->kind = SIP_NUMBER_LOCAL;
		if (has_context && uri->scheme == SIP_SCHEME_TEL)
			ret_number->context = context;
	}
}
