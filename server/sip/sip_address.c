#include "sip/sip_address.h"

#include <errno.h>
#include <string.h>

#include "sip/sip_request.h"
#include "sip/sip_token.h"

/* scheme ':' something, up to the first byte that ends it. */
static bool skip_uri(struct sip_cursor *cursor, bool is_bracketed)
{
	const char *colon;

	/* A scheme's characters are all token characters. */
	(void)sip_take_token(cursor);
	colon = cursor->at;
	if (!sip_is_at(cursor, ':'))
		return false;
	cursor->at++;
	/* RFC 3261 20: without brackets ';' and ',' are the header's. */
	(void)sip_take(cursor, is_bracketed ? SIP_CHAR_URI : SIP_CHAR_VALUE);
	return cursor->at > colon + 1;
}

static bool skip_bracketed(struct sip_cursor *cursor)
{
	cursor->at++;
	if (!skip_uri(cursor, true) || !sip_is_at(cursor, '>'))
		return false;
	cursor->at++;
	return true;
}

static bool skip_address(struct sip_cursor *cursor)
{
	const char *start = cursor->at;

	if (sip_is_at(cursor, '"')) {
		if (!sip_skip_quoted(cursor))
			return false;
		sip_skip_lws(cursor);
		return sip_is_at(cursor, '<') && skip_bracketed(cursor);
	}
	(void)sip_take(cursor, SIP_CHAR_DISPLAY);
	if (sip_is_at(cursor, '<'))
		return skip_bracketed(cursor);
	cursor->at = start;
	return skip_uri(cursor, false);
}

int sip_address_read(struct text value, struct text *ret_tag)
{
	struct sip_cursor cursor = sip_cursor_over(value);
	struct sip_param param;
	size_t count = 0;
	bool is_valid = true;
	int found;

	*ret_tag = (struct text){ value.ptr, 0 };
	if (!skip_address(&cursor))
		return EBADMSG;
	while (count++ <= SIP_PARAMS_MAX &&
	       (found = sip_param_next(&cursor, &param)) > 0) {
		if (!sip_token_is(param.name, TEXT("tag")))
			continue;
		if (ret_tag->len > 0 || param.value.len == 0)
			is_valid = false;
		else
			*ret_tag = param.value;
	}
	return is_valid && found == 0 && sip_is_at_end(&cursor) ? 0 : EBADMSG;
}
