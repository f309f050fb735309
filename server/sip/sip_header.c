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

/* By first letter, up to an empty row; the compact forms are those of 20. */
static const struct header_name names[26][NAMES_PER_LETTER] = {
	['a' - 'a'] = { NAME("authorization", SIP_HEADER_AUTHORIZATION) },
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

static enum sip_header_id identify(const char *name, size_t len)
{
	unsigned letter = (unsigned)((name[0] | 0x20) - 'a');
	const struct header_name *known;

	if (letter >= 26)
		return SIP_HEADER_OTHER;
	for (known = names[letter]; known->len > 0; known++)
		if (known->len == len &&
		    sip_equals_lower(name, known->lower, len))
			return known->id;
	return SIP_HEADER_OTHER;
}

bool sip_header_read(struct text line, struct sip_header *ret_header)
{
	const char *colon = memchr(line.ptr, ':', line.len);
	const char *end = colon;

	if (!colon || !sip_char_is(line.ptr[0], SIP_CHAR_TOKEN))
		return false;
	/* The first byte is no blank: this ends there at the latest. */
	while (end[-1] == ' ' || end[-1] == '\t')
		end--;
	ret_header->id = identify(line.ptr, (size_t)(end - line.ptr));
	/* Most lines of a request are none of ours. */
	if (ret_header->id == SIP_HEADER_OTHER)
		return true;
	ret_header->value = sip_trim((struct text){
		colon + 1, (size_t)(line.ptr + line.len - colon) - 1 });
	return true;
}
