/*
 * sip_uri_char.h - which byte may stand where in a SIP or tel URI (RFC 3261
 * 25.1), and %xx escapes. Internal to the sip_uri files.
 */
#ifndef SIPMOVED_BASE_SIP_URI_CHAR_H
#define SIPMOVED_BASE_SIP_URI_CHAR_H

#include "base/text.h"

enum {
	URI_CHAR_USER = 1,
	URI_CHAR_PASSWORD = 2,
	URI_CHAR_PARAM = 4,
	URI_CHAR_HEADER = 8,
	URI_CHAR_HOST = 16,
	URI_CHAR_SCHEME = 32,
	URI_CHAR_OPAQUE = 64,
	URI_CHAR_PHONE = 128, /* digits, hexadecimal letters, separators */
};

extern const uint8_t sip_uri_char_class[256];

static inline bool sip_uri_char_is(char c, unsigned class)
{
	return sip_uri_char_class[(unsigned char)c] & class;
}

/* 0..15, or -1. */
static inline int sip_uri_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * The byte that stands at *at, a %xx escape decoded; *at is moved on, and
 * *ret_is_escaped says which it was. Only for text that was checked: every '%'
 * has its two digits.
 */
static inline unsigned char sip_uri_next(struct text text, size_t *at,
					 bool *ret_is_escaped)
{
	char c = text.ptr[(*at)++];

	*ret_is_escaped = c == '%' && *at + 2 <= text.len;
	if (!*ret_is_escaped)
		return (unsigned char)c;
	*at += 2;
	return (unsigned char)((unsigned)sip_uri_hex(text.ptr[*at - 2]) << 4 |
			       (unsigned)sip_uri_hex(text.ptr[*at - 1]));
}

static inline bool sip_uri_is_separator(char c)
{
	return c == '-' || c == '.' || c == '(' || c == ')';
}

#endif
