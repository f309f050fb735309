#include "sip/sip_token.h"

#include <endian.h>

#include "sip/sip_request.h"

enum {
	VISIBLE = SIP_CHAR_VALUE | SIP_CHAR_URI | SIP_CHAR_WORD,
	BLANK = SIP_CHAR_LWS | SIP_CHAR_DISPLAY,
	TOKEN = VISIBLE | SIP_CHAR_TOKEN | SIP_CHAR_DISPLAY,
};

const uint8_t sip_char_class[256] = {
	['0' ... '9'] = TOKEN,
	['a' ... 'z'] = TOKEN,
	['A' ... 'Z'] = TOKEN,
	['-'] = TOKEN,
	['.'] = TOKEN,
	['!'] = TOKEN,
	['%'] = TOKEN,
	['*'] = TOKEN,
	['_'] = TOKEN,
	['+'] = TOKEN,
	['`'] = TOKEN,
	['\''] = TOKEN,
	['~'] = TOKEN,
	['('] = VISIBLE,
	[')'] = VISIBLE,
	[':'] = VISIBLE,
	['\\'] = VISIBLE | SIP_CHAR_QUOTING,
	['/'] = VISIBLE,
	['['] = VISIBLE,
	[']'] = VISIBLE,
	['?'] = VISIBLE,
	['{'] = VISIBLE,
	['}'] = VISIBLE,
	['@'] = VISIBLE,
	['&'] = VISIBLE,
	['='] = VISIBLE,
	['$'] = VISIBLE,
	['#'] = VISIBLE,
	['^'] = VISIBLE,
	['|'] = VISIBLE,
	[';'] = SIP_CHAR_URI | SIP_CHAR_WORD,
	[','] = SIP_CHAR_URI | SIP_CHAR_WORD,
	['"'] = SIP_CHAR_WORD | SIP_CHAR_QUOTING,
	['<'] = SIP_CHAR_WORD,
	['>'] = SIP_CHAR_WORD,
	[' '] = BLANK,
	['\t'] = BLANK,
	['\r'] = BLANK,
	['\n'] = BLANK,
	[0x80 ... 0xff] = SIP_CHAR_VALUE | SIP_CHAR_DISPLAY,
};

/* The high bit of each byte that is equal to that of the pattern. */
static uint64_t bytes_equal(uint64_t word, uint64_t pattern)
{
	const uint64_t low = 0x7f7f7f7f7f7f7f7f;
	uint64_t differs = word ^ pattern;

	return ~(((differs & low) + low) | differs | low);
}

/*
 * Eight bytes at once, as long as they hold no quote: of backslashes it then
 * counts only whether the last run of them leaves one over.
 */
static const char *skip_unquoting(const char *at, const char *end,
				  bool *is_escaped)
{
	for (; end - at >= (ptrdiff_t)sizeof(uint64_t);
	     at += sizeof(uint64_t)) {
		uint64_t word, slashes, others;
		int run;

		memcpy(&word, at, sizeof(word));
		word = le64toh(word);
		if (bytes_equal(word, 0x2222222222222222))
			break;
		slashes = bytes_equal(word, 0x5c5c5c5c5c5c5c5c);
		others = ~slashes & 0x8080808080808080;
		run = others ? __builtin_clzll(others) / 8 : 0;
		if (others)
			*is_escaped = run & 1;
	}
	return at;
}

bool sip_skip_quoted(struct sip_cursor *cursor)
{
	const char *end = cursor->end;
	const char *at = cursor->at + 1;
	bool is_escaped = false;

	for (;;) {
		const char *until;

		at = skip_unquoting(at, end, &is_escaped);
		until = end - at > (ptrdiff_t)sizeof(uint64_t)
				? at + sizeof(uint64_t)
				: end;
		for (; at < until; at++) {
			if (*at == '"' && !is_escaped) {
				cursor->at = at + 1;
				return true;
			}
			is_escaped = *at == '\\' && !is_escaped;
		}
		if (at == end)
			break;
	}
	cursor->at = end;
	return false;
}

int sip_param_next(struct sip_cursor *cursor, struct sip_param *ret_param)
{
	const char *start;

	if (!sip_take_separator(cursor, ';'))
		return 0;
	ret_param->name = sip_take_token(cursor);
	if (ret_param->name.len == 0)
		return -1;
	start = ret_param->name.ptr;
	ret_param->value = (struct text){ cursor->at, 0 };
	ret_param->whole = ret_param->name;
	if (!sip_take_separator(cursor, '='))
		return 1;
	ret_param->value.ptr = cursor->at;
	if (sip_is_at(cursor, '"')) {
		if (!sip_skip_quoted(cursor))
			return -1;
	} else {
		(void)sip_take(cursor, SIP_CHAR_VALUE);
	}
	ret_param->value.len = (size_t)(cursor->at - ret_param->value.ptr);
	ret_param->whole = (struct text){ start, (size_t)(cursor->at - start) };
	return ret_param->value.len > 0 ? 1 : -1;
}

int sip_token_list_next(struct text *rest, struct text *ret_token)
{
	struct sip_cursor cursor = sip_cursor_over(*rest);
	struct text token;

	sip_skip_lws(&cursor);
	if (sip_is_at_end(&cursor))
		return 0;
	token = sip_take_token(&cursor);
	if (token.len == 0)
		return -1;
	*ret_token = token;
	/* "a,b" */
	if (cursor.end - cursor.at > 1 && *cursor.at == ',' &&
	    sip_char_is(cursor.at[1], SIP_CHAR_TOKEN)) {
		*rest = (struct text){ cursor.at + 1,
				       (size_t)(cursor.end - cursor.at) - 1 };
		return 1;
	}
	sip_skip_lws(&cursor);
	/* What follows a comma is looked at now: the next call could not tell
	 * a list that ends with one from a list that ended. */
	if (!sip_is_at_end(&cursor) &&
	    (!sip_take_separator(&cursor, ',') || sip_is_at_end(&cursor)))
		return -1;
	*rest = (struct text){ cursor.at, (size_t)(cursor.end - cursor.at) };
	return 1;
}
