#include "sip/sip_token.h"

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

bool sip_skip_quoted(struct sip_cursor *cursor)
{
	const char *end = cursor->end;
	const char *at = cursor->at + 1;

	for (; at < end && *at != '"'; at++) {
		while (end - at > 4 &&
		       !((sip_class_of(at[0]) | sip_class_of(at[1]) |
			  sip_class_of(at[2]) | sip_class_of(at[3])) &
			 SIP_CHAR_QUOTING))
			at += 4;
		if (*at == '"')
			break;
		if (*at == '\\' && end - at > 1)
			at++;
	}
	cursor->at = at < end ? at + 1 : end;
	return at < end;
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
	sip_skip_lws(&cursor);
	/* What follows a comma is looked at now: the next call could not tell
	 * a list that ends with one from a list that ended. */
	if (!sip_is_at_end(&cursor) &&
	    (!sip_take_separator(&cursor, ',') || sip_is_at_end(&cursor)))
		return -1;
	*rest = (struct text){ cursor.at, (size_t)(cursor.end - cursor.at) };
	*ret_token = token;
	return 1;
}
