/*
 * sip_token.h - the small change of the SIP grammar (RFC 3261 25.1): tokens,
 * linear white space with folds, quoted strings. Internal to the scanner.
 *
 * A cursor never passes its end. Any thread.
 */
#ifndef SIPMOVED_SIP_TOKEN_H
#define SIPMOVED_SIP_TOKEN_H

#include <string.h>

#include "base/text.h"

/* What a byte may be part of. One look a byte: these loops are the scanner's
 * time. */
enum {
	SIP_CHAR_TOKEN = 1,
	/* gen-value, read wider than it is written: "received=2001:db8::1" is
	 * seen without brackets. */
	SIP_CHAR_VALUE = 2,
	SIP_CHAR_URI = 4,      /* anywhere in a URI between '<' and '>' */
	SIP_CHAR_DISPLAY = 8,  /* a name before '<': tokens, blanks, UTF-8 */
	SIP_CHAR_WORD = 16,    /* Call-ID: all that is visible */
	SIP_CHAR_LWS = 32,     /* blanks and the bytes of folds */
	SIP_CHAR_QUOTING = 64, /* what ends a quoted string, or escapes */
};

extern const uint8_t sip_char_class[256];

struct sip_cursor {
	const char *at;
	const char *end;
};

static inline unsigned sip_class_of(char c)
{
	return sip_char_class[(unsigned char)c];
}

static inline bool sip_char_is(char c, unsigned class)
{
	return sip_class_of(c) & class;
}

/* Within a header's value a line end is always a fold. */
static inline bool sip_is_lws(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline struct sip_cursor sip_cursor_over(struct text text)
{
	return (struct sip_cursor){ text.ptr, text.ptr + text.len };
}

static inline bool sip_is_at_end(const struct sip_cursor *cursor)
{
	return cursor->at == cursor->end;
}

static inline bool sip_is_at(const struct sip_cursor *cursor, char c)
{
	return cursor->at < cursor->end && *cursor->at == c;
}

/* The run of bytes of this one class; may be empty. */
static inline struct text sip_take(struct sip_cursor *cursor, unsigned class)
{
	const char *start = cursor->at;
	const char *at = start;

	/* Four looks and one branch: branches, Call-IDs and URIs are long. */
	while (cursor->end - at >= 4 &&
	       sip_class_of(at[0]) & sip_class_of(at[1]) & sip_class_of(at[2]) &
		       sip_class_of(at[3]) & class)
		at += 4;
	while (at < cursor->end && sip_char_is(*at, class))
		at++;
	cursor->at = at;
	return (struct text){ start, (size_t)(at - start) };
}

static inline void sip_skip_lws(struct sip_cursor *cursor)
{
	/* Mostly there is none. */
	if (cursor->at < cursor->end && sip_is_lws(*cursor->at))
		(void)sip_take(cursor, SIP_CHAR_LWS);
}

/* White space on both sides belongs to a separator: SEMI, EQUAL, SLASH... */
static inline bool sip_take_separator(struct sip_cursor *cursor, char c)
{
	sip_skip_lws(cursor);
	if (!sip_is_at(cursor, c))
		return false;
	cursor->at++;
	sip_skip_lws(cursor);
	return true;
}

static inline struct text sip_take_token(struct sip_cursor *cursor)
{
	return sip_take(cursor, SIP_CHAR_TOKEN);
}

static inline uint64_t sip_load_lower8(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word | UINT64_C(0x2020202020202020);
}

static inline uint32_t sip_load_lower4(const char *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return word | UINT32_C(0x20202020);
}

/*
 * lower is in lower case. Whole words at once, the last one overlapping.
 * Setting bit 5 makes letters lower case; no other token character becomes a
 * letter by it, and what becomes a '-' is a bare CR, which is refused anyway.
 */
static inline bool sip_equals_lower(const char *bytes, const char *lower,
				    size_t len)
{
	if (len >= 8)
		return sip_load_lower8(bytes) == sip_load_lower8(lower) &&
		       sip_load_lower8(bytes + len - 8) ==
			       sip_load_lower8(lower + len - 8);
	if (len >= 4)
		return sip_load_lower4(bytes) == sip_load_lower4(lower) &&
		       sip_load_lower4(bytes + len - 4) ==
			       sip_load_lower4(lower + len - 4);
	for (size_t i = 0; i < len; i++)
		if ((bytes[i] | 0x20) != lower[i])
			return false;
	return true;
}

/* A token that is compared without case, as all of them but methods are. */
static inline bool sip_token_is(struct text token, struct text lower)
{
	return token.len == lower.len &&
	       sip_equals_lower(token.ptr, lower.ptr, lower.len);
}

/* Two of them; bit 5 as above. */
static inline bool sip_tokens_equal(struct text a, struct text b)
{
	if (a.len != b.len)
		return false;
	if (a.len >= 8)
		return text_equals_nocase(a, b);
	if (a.len >= 4)
		return sip_load_lower4(a.ptr) == sip_load_lower4(b.ptr) &&
		       sip_load_lower4(a.ptr + a.len - 4) ==
			       sip_load_lower4(b.ptr + b.len - 4);
	for (size_t i = 0; i < a.len; i++)
		if ((a.ptr[i] | 0x20) != (b.ptr[i] | 0x20))
			return false;
	return true;
}

/* From the opening quote behind the closing one; false: it is not closed, and
 * the cursor is at the end. */
bool sip_skip_quoted(struct sip_cursor *cursor);

/* Without white space and folds at both ends. */
static inline struct text sip_trim(struct text text)
{
	struct sip_cursor cursor = sip_cursor_over(text);
	const char *end = cursor.end;

	sip_skip_lws(&cursor);
	while (end - cursor.at >= 4 &&
	       sip_class_of(end[-1]) & sip_class_of(end[-2]) &
		       sip_class_of(end[-3]) & sip_class_of(end[-4]) &
		       SIP_CHAR_LWS)
		end -= 4;
	while (end > cursor.at && sip_is_lws(end[-1]))
		end--;
	return (struct text){ cursor.at, (size_t)(end - cursor.at) };
}

/*
 * A ;name, ;name=value or ;name="value" of a Via or an address. whole is the
 * text from the name to the value's end.
 */
struct sip_param {
	struct text name;
	struct text value; /* with its quotes; or empty */
	struct text whole;
};

/* The next one: 1; 0: no ';' stands here; -1: it breaks the grammar. */
int sip_param_next(struct sip_cursor *cursor, struct sip_param *ret_param);

#endif
