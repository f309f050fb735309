#include "base/sip_uri.h"

#include <errno.h>
#include <string.h>

#include "base/sip_host.h"
#include "base/sip_uri_char.h"

enum {
	UNRESERVED = URI_CHAR_USER | URI_CHAR_PASSWORD | URI_CHAR_PARAM |
		     URI_CHAR_HEADER | URI_CHAR_OPAQUE,
	ALPHANUMERIC = UNRESERVED | URI_CHAR_HOST | URI_CHAR_SCHEME,
	HEXADECIMAL = ALPHANUMERIC | URI_CHAR_PHONE,
	MARK = UNRESERVED,
	USER_ONLY = URI_CHAR_USER | URI_CHAR_OPAQUE,
	USER_PASSWORD = USER_ONLY | URI_CHAR_PASSWORD,
};

/* '%' is in no class but the opaque one: escapes are checked by span(). '#' may
 * stand in a user part because telephone-subscriber has it. */
const uint8_t sip_uri_char_class[256] = {
	['0' ... '9'] = HEXADECIMAL,
	['a' ... 'f'] = HEXADECIMAL,
	['A' ... 'F'] = HEXADECIMAL,
	['g' ... 'z'] = ALPHANUMERIC,
	['G' ... 'Z'] = ALPHANUMERIC,
	['-'] = HEXADECIMAL,
	['.'] = HEXADECIMAL,
	['_'] = UNRESERVED | URI_CHAR_HOST,
	['!'] = MARK,
	['~'] = MARK,
	['*'] = MARK | URI_CHAR_PHONE,
	['\''] = MARK,
	['('] = MARK | URI_CHAR_PHONE,
	[')'] = MARK | URI_CHAR_PHONE,
	['&'] = USER_PASSWORD | URI_CHAR_PARAM,
	['='] = USER_PASSWORD,
	['+'] = USER_PASSWORD | URI_CHAR_PARAM | URI_CHAR_HEADER |
		URI_CHAR_SCHEME,
	['$'] = USER_PASSWORD | URI_CHAR_PARAM | URI_CHAR_HEADER,
	[','] = USER_PASSWORD,
	[';'] = USER_ONLY,
	['?'] = USER_ONLY | URI_CHAR_HEADER,
	['/'] = USER_ONLY | URI_CHAR_PARAM | URI_CHAR_HEADER,
	['#'] = USER_ONLY | URI_CHAR_PHONE,
	[':'] = URI_CHAR_PARAM | URI_CHAR_HEADER | URI_CHAR_OPAQUE,
	['['] = URI_CHAR_PARAM | URI_CHAR_HEADER | URI_CHAR_OPAQUE,
	[']'] = URI_CHAR_PARAM | URI_CHAR_HEADER | URI_CHAR_OPAQUE,
	['%'] = URI_CHAR_OPAQUE,
	['@'] = URI_CHAR_OPAQUE,
	['\\'] = URI_CHAR_OPAQUE,
	['^'] = URI_CHAR_OPAQUE,
	['`'] = URI_CHAR_OPAQUE,
	['{'] = URI_CHAR_OPAQUE,
	['|'] = URI_CHAR_OPAQUE,
	['}'] = URI_CHAR_OPAQUE,
};

/* What is left to read. */
struct cursor {
	const char *at;
	const char *end;
};

static bool is_at(const struct cursor *cursor, char c)
{
	return cursor->at < cursor->end && *cursor->at == c;
}

static bool take(struct cursor *cursor, char c)
{
	if (!is_at(cursor, c))
		return false;
	cursor->at++;
	return true;
}

/* Behind the run of bytes of this class and of well-formed escapes. */
static inline const char *skip(const char *at, const char *end, unsigned class)
{
	while (at < end) {
		if (sip_uri_char_is(*at, class))
			at++;
		else if (*at == '%' && end - at > 2 &&
			 sip_uri_hex(at[1]) >= 0 && sip_uri_hex(at[2]) >= 0)
			at += 3;
		else
			break;
	}
	return at;
}

static struct text span(struct cursor *cursor, unsigned class)
{
	const char *start = cursor->at;

	cursor->at = skip(start, cursor->end, class);
	return (struct text){ start, (size_t)(cursor->at - start) };
}

static bool parse_userinfo(struct cursor *cursor, struct sip_uri *uri)
{
	const char *at_sign =
		memchr(cursor->at, '@', (size_t)(cursor->end - cursor->at));
	struct cursor part;

	if (!at_sign)
		return true;
	part = (struct cursor){ cursor->at, at_sign };
	uri->has_user = true;
	uri->user = span(&part, URI_CHAR_USER);
	if (uri->user.len == 0)
		return false;
	if (take(&part, ':')) {
		uri->has_password = true;
		uri->password = span(&part, URI_CHAR_PASSWORD);
	}
	cursor->at = at_sign + 1;
	return part.at == at_sign;
}

static bool parse_host(struct cursor *cursor, struct sip_uri *uri)
{
	const char *start = cursor->at;
	uint8_t address[16];
	const char *close;

	if (!take(cursor, '[')) {
		while (cursor->at < cursor->end &&
		       sip_uri_char_is(*cursor->at, URI_CHAR_HOST))
			cursor->at++;
		uri->host =
			(struct text){ start, (size_t)(cursor->at - start) };
		return !sip_host_parse(uri->host, &uri->host_kind);
	}
	close = memchr(cursor->at, ']', (size_t)(cursor->end - cursor->at));
	if (!close)
		return false;
	uri->host = (struct text){ cursor->at, (size_t)(close - cursor->at) };
	uri->host_kind = SIP_HOST_IPV6;
	cursor->at = close + 1;
	return sip_host_ipv6(uri->host, address);
}

static bool parse_port(struct cursor *cursor, struct sip_uri *uri)
{
	const char *behind;

	if (!take(cursor, ':'))
		return true;
	behind = sip_host_read_port(cursor->at, cursor->end, &uri->port);
	if (behind)
		cursor->at = behind;
	return behind != NULL;
}

static const char *skip_pvalue(const char *at, const char *end)
{
	const char *start = at + 1;

	if (at == end || *at != '=')
		return at;
	at = skip(start, end, URI_CHAR_PARAM);
	return at > start ? at : NULL;
}

/* Pointers alone: a Request-URI may have hundreds of them. */
static bool parse_params(struct cursor *cursor, struct sip_uri *uri)
{
	const char *at = cursor->at, *end = cursor->end;

	if (!is_at(cursor, ';'))
		return true;
	while (at < end && *at == ';') {
		const char *name = at + 1;

		at = skip(name, end, URI_CHAR_PARAM);
		if (at == name)
			return false;
		at = skip_pvalue(at, end);
		if (!at)
			return false;
	}
	uri->params =
		(struct text){ cursor->at + 1, (size_t)(at - cursor->at) - 1 };
	cursor->at = at;
	return true;
}

static bool parse_headers(struct cursor *cursor, struct sip_uri *uri)
{
	const char *start;

	if (!take(cursor, '?'))
		return true;
	start = cursor->at;
	uri->has_headers = true;
	if (start == cursor->end)
		return true;
	do {
		if (span(cursor, URI_CHAR_HEADER).len == 0 ||
		    !take(cursor, '='))
			return false;
		(void)span(cursor, URI_CHAR_HEADER);
	} while (take(cursor, '&'));
	uri->headers = (struct text){ start, (size_t)(cursor->at - start) };
	return true;
}

static bool parse_number(struct cursor *cursor, struct sip_uri *uri)
{
	const char *start = cursor->at;
	bool is_global = take(cursor, '+');
	bool has_digit = false;

	for (; cursor->at < cursor->end; cursor->at++) {
		char c = *cursor->at;

		if (sip_uri_is_separator(c))
			continue;
		if ((c < '0' || c > '9') &&
		    (is_global || !sip_uri_char_is(c, URI_CHAR_PHONE)))
			break;
		has_digit = true;
	}
	uri->user = (struct text){ start, (size_t)(cursor->at - start) };
	uri->has_user = true;
	return has_digit;
}

static bool parse_opaque(struct cursor *cursor, struct sip_uri *uri)
{
	const char *start = cursor->at;

	while (cursor->at < cursor->end &&
	       sip_uri_char_is(*cursor->at, URI_CHAR_OPAQUE))
		cursor->at++;
	uri->opaque = (struct text){ start, (size_t)(cursor->at - start) };
	return uri->opaque.len > 0;
}

static enum sip_scheme scheme_of(struct text text)
{
	if (text_equals_nocase(text, TEXT("sip")))
		return SIP_SCHEME_SIP;
	if (text_equals_nocase(text, TEXT("sips")))
		return SIP_SCHEME_SIPS;
	if (text_equals_nocase(text, TEXT("tel")))
		return SIP_SCHEME_TEL;
	return SIP_SCHEME_OTHER;
}

static bool parse_scheme(struct cursor *cursor, struct sip_uri *uri)
{
	const char *start = cursor->at;

	if (cursor->at == cursor->end || ascii_lower(*start) < 'a' ||
	    ascii_lower(*start) > 'z')
		return false;
	while (cursor->at < cursor->end &&
	       sip_uri_char_is(*cursor->at, URI_CHAR_SCHEME))
		cursor->at++;
	uri->scheme_text = (struct text){ start, (size_t)(cursor->at - start) };
	uri->scheme = scheme_of(uri->scheme_text);
	return take(cursor, ':');
}

int sip_uri_parse(struct text text, struct sip_uri *ret_uri)
{
	struct cursor cursor = { text.ptr, text.ptr + text.len };
	struct sip_uri uri = { .has_user = false };
	bool is_valid;

	if (text.len == 0 || !parse_scheme(&cursor, &uri))
		return EBADMSG;
	if (uri.scheme == SIP_SCHEME_OTHER)
		is_valid = parse_opaque(&cursor, &uri);
	else if (uri.scheme == SIP_SCHEME_TEL)
		is_valid = parse_number(&cursor, &uri) &&
			   parse_params(&cursor, &uri);
	else
		is_valid = parse_userinfo(&cursor, &uri) &&
			   parse_host(&cursor, &uri) &&
			   parse_port(&cursor, &uri) &&
			   parse_params(&cursor, &uri) &&
			   parse_headers(&cursor, &uri);
	if (!is_valid || cursor.at != cursor.end)
		return EBADMSG;
	*ret_uri = uri;
	return 0;
}

bool sip_uri_param(const struct sip_uri *uri, struct text name,
		   struct text *ret_value)
{
	const char *at = uri->params.ptr;
	size_t left = uri->params.len;

	while (left > 0) {
		const char *semicolon = memchr(at, ';', left);
		size_t len = semicolon ? (size_t)(semicolon - at) : left;
		const char *equals = memchr(at, '=', len);
		size_t name_len = equals ? (size_t)(equals - at) : len;

		if (text_equals_nocase((struct text){ at, name_len }, name)) {
			*ret_value =
				equals ? (struct text){ equals + 1,
							len - name_len - 1 }
				       : (struct text){ at + len, 0 };
			return true;
		}
		if (!semicolon)
			break;
		at = semicolon + 1;
		left -= len + 1;
	}
	return false;
}
