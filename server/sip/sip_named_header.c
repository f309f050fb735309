#include "sip/sip_named_header.h"

#include "sip/sip_token.h"

struct sip_named_header sip_named_header_of(const struct sip_request *request,
					    struct text name, char compact)
{
	struct sip_named_header header = { .name = name, .compact = compact };
	struct text start_line;

	header.lines.at = request->message.ptr;
	header.lines.end = request->message.ptr + request->message.len;
	(void)sip_lines_next(&header.lines, &start_line);
	return header;
}

/* One look at most lines. */
static bool may_be(const struct sip_named_header *header, char first)
{
	first = ascii_lower(first);
	return first == ascii_lower(header->name.ptr[0]) ||
	       first == header->compact;
}

static bool is_name(const struct sip_named_header *header, struct text name)
{
	return text_equals_nocase(name, header->name) ||
	       (header->compact && name.len == 1 &&
		ascii_lower(name.ptr[0]) == header->compact);
}

bool sip_named_header_next(struct sip_named_header *header,
			   struct text *ret_value)
{
	struct text line;

	while (sip_lines_next_folded(&header->lines, &line) == SIP_LINE_TEXT) {
		const char *colon = NULL;
		struct text name;

		if (may_be(header, line.ptr[0]))
			colon = memchr(line.ptr, ':', line.len);
		if (!colon)
			continue;
		name = (struct text){ line.ptr, (size_t)(colon - line.ptr) };
		if (!is_name(header, text_trim(name)))
			continue;
		*ret_value = sip_trim((struct text){
			colon + 1, (size_t)(line.ptr + line.len - colon) - 1 });
		return true;
	}
	return false;
}
