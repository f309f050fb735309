#include "sip/sip_header.h"

#include <string.h>

#include "sip/sip_token.h"

enum {
	NAMES_PER_LETTER = 5,
};

struct header_name {
	const char *lower;
	uint8_t len;
	uint8_t id;
};

#define NAME(text, id)                     \
	{                                  \
		text, sizeof(text) - 1, id \
	}

/* By first letter; the compact forms are of 7.3.3 and 20. */
static const struct header_name names[26][NAMES_PER_LETTER] = {
	['c' - 'a'] = { NAME("cseq", SIP_HEADER_CSEQ),
			NAME("call-id", SIP_HEADER_CALL_ID),
			NAME("contact", SIP_HEADER_CONTACT),
			NAME("content-length", SIP_HEADER_CONTENT_LENGTH) },
	['f' - 'a'] = { NAME("from", SIP_HEADER_FROM),
			NAME("f", SIP_HEADER_FROM) },
	['i' - 'a'] = { NAME("i", SIP_HEADER_CALL_ID) },
	['k' - 'a'] = { NAME("k", SIP_HEADER_SUPPORTED) },
	['l' - 'a'] = { NAME("l", SIP_HEADER_CONTENT_LENGTH) },
	['m' - 'a'] = { NAME("max-forwards", SIP_HEADER_MAX_FORWARDS),
			NAME("m", SIP_HEADER_CONTACT) },
	['p' - 'a'] = { NAME("proxy-require", SIP_HEADER_PROXY_REQUIRE) },
	['r' - 'a'] = { NAME("require", SIP_HEADER_REQUIRE) },
	['s' - 'a'] = { NAME("supported", SIP_HEADER_SUPPORTED) },
	['t' - 'a'] = { NAME("to", SIP_HEADER_TO), NAME("t", SIP_HEADER_TO),
			NAME("timestamp", SIP_HEADER_TIMESTAMP) },
	['u' - 'a'] = { NAME("user-agent", SIP_HEADER_USER_AGENT) },
	['v' - 'a'] = { NAME("via", SIP_HEADER_VIA),
			NAME("v", SIP_HEADER_VIA) },
};

/*
 * Setting bit 5 makes a token character lower case; no other token character
 * becomes a letter or '-' by it.
 */
static bool is_name(struct text name, const struct header_name *known)
{
	if (name.len != known->len)
		return false;
	for (size_t i = 1; i < name.len; i++)
		if ((name.ptr[i] | 0x20) != known->lower[i])
			return false;
	return true;
}

static enum sip_header_id identify(struct text name)
{
	unsigned letter = (unsigned)((name.ptr[0] | 0x20) - 'a');

	if (letter >= 26)
		return SIP_HEADER_OTHER;
	for (size_t i = 0; i < NAMES_PER_LETTER && names[letter][i].len; i++)
		if (is_name(name, &names[letter][i]))
			return names[letter][i].id;
	return SIP_HEADER_OTHER;
}

enum sip_line sip_lines_next(struct sip_lines *lines, struct text *ret_line)
{
	const char *start = lines->at;
	size_t left = (size_t)(lines->end - start);
	const char *line_end = left ? memchr(start, '\n', left) : NULL;

	if (!line_end) {
		*ret_line = (struct text){ start, left };
		lines->at = lines->end;
		return SIP_LINE_CUT;
	}
	lines->at = line_end + 1;
	if (line_end > start && line_end[-1] == '\r') {
		lines->crlf_count++;
		line_end--;
	} else if (!lines->bare_lf) {
		lines->bare_lf = line_end;
	}
	*ret_line = (struct text){ start, (size_t)(line_end - start) };
	return ret_line->len > 0 ? SIP_LINE_TEXT : SIP_LINE_EMPTY;
}

enum sip_line sip_lines_next_folded(struct sip_lines *lines,
				    struct text *ret_line)
{
	enum sip_line kind = sip_lines_next(lines, ret_line);

	while (kind == SIP_LINE_TEXT && lines->at < lines->end &&
	       (*lines->at == ' ' || *lines->at == '\t')) {
		struct text more;

		kind = sip_lines_next(lines, &more);
		ret_line->len = (size_t)(more.ptr + more.len - ret_line->ptr);
	}
	return kind;
}

bool sip_header_read(struct text line, struct sip_header *ret_header)
{
	struct sip_cursor cursor = sip_cursor_over(line);
	struct text name = sip_take_token(&cursor);

	if (name.len == 0)
		return false;
	while (sip_is_at(&cursor, ' ') || sip_is_at(&cursor, '\t'))
		cursor.at++;
	if (!sip_is_at(&cursor, ':'))
		return false;
	cursor.at++;
	ret_header->id = identify(name);
	/* Most lines of a request are none of ours: left untrimmed. */
	ret_header->value =
		(struct text){ cursor.at, (size_t)(cursor.end - cursor.at) };
	if (ret_header->id != SIP_HEADER_OTHER)
		ret_header->value = sip_trim(ret_header->value);
	return true;
}
