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

static uint64_t load_lower8(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word | UINT64_C(0x2020202020202020);
}

static uint32_t load_lower4(const char *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return word | UINT32_C(0x20202020);
}

/*
 * Whole words at once, the last one overlapping. Setting bit 5 makes letters
 * lower case; all it makes a '-' besides is a bare CR, which is refused anyway.
 */
static bool equals_lower(const char *bytes, const char *lower, size_t len)
{
	if (len >= 8)
		return load_lower8(bytes) == load_lower8(lower) &&
		       load_lower8(bytes + len - 8) ==
			       load_lower8(lower + len - 8);
	if (len >= 4)
		return load_lower4(bytes) == load_lower4(lower) &&
		       load_lower4(bytes + len - 4) ==
			       load_lower4(lower + len - 4);
	for (size_t i = 1; i < len; i++)
		if ((bytes[i] | 0x20) != lower[i])
			return false;
	return true;
}

/* Behind the name stands ':', maybe after blanks: its place; or NULL. */
static const char *match(struct text line, const struct header_name *known)
{
	const char *end = line.ptr + line.len;
	const char *at = line.ptr + known->len;

	if (line.len <= known->len ||
	    !equals_lower(line.ptr, known->lower, known->len))
		return NULL;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at < end && *at == ':' ? at : NULL;
}

static inline enum sip_line next_line(struct sip_lines *lines,
				      struct text *ret_line)
{
	const char *start = lines->at;
	size_t left = (size_t)(lines->end - start);
	const char *line_end = left ? memchr(start, '\n', left) : NULL;

	if (!line_end) {
		*ret_line = (struct text){ start, left };
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

enum sip_line sip_lines_next(struct sip_lines *lines, struct text *ret_line)
{
	return next_line(lines, ret_line);
}

enum sip_line sip_lines_next_folded(struct sip_lines *lines,
				    struct text *ret_line)
{
	enum sip_line kind = next_line(lines, ret_line);

	while (kind == SIP_LINE_TEXT && lines->at < lines->end &&
	       (*lines->at == ' ' || *lines->at == '\t')) {
		struct text more;

		kind = next_line(lines, &more);
		ret_line->len = (size_t)(more.ptr + more.len - ret_line->ptr);
	}
	return kind;
}

bool sip_header_read(struct text line, struct sip_header *ret_header)
{
	unsigned letter = (unsigned)((line.ptr[0] | 0x20) - 'a');

	ret_header->id = SIP_HEADER_OTHER;
	for (size_t i = 0;
	     letter < 26 && i < NAMES_PER_LETTER && names[letter][i].len; i++) {
		const char *colon = match(line, &names[letter][i]);

		if (!colon)
			continue;
		ret_header->id = names[letter][i].id;
		ret_header->value = sip_trim((struct text){
			colon + 1, (size_t)(line.ptr + line.len - colon) - 1 });
		return true;
	}
	/* Most lines of a request are none of ours. */
	return sip_char_is(line.ptr[0], SIP_CHAR_TOKEN) &&
	       memchr(line.ptr, ':', line.len);
}
