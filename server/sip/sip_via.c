#include "sip/sip_via.h"

#include <errno.h>
#include <string.h>

#include "base/sip_host.h"
#include "sip/sip_token.h"

int sip_via_next(struct text *rest, struct text *ret_value)
{
	struct sip_cursor cursor = sip_cursor_over(*rest);

	if (rest->len == 0)
		return 0;
	/* One value a line is what nearly everybody sends. */
	if (!memchr(rest->ptr, ',', rest->len)) {
		*ret_value = sip_trim(*rest);
		rest->len = 0;
		return ret_value->len > 0 ? 1 : -1;
	}
	while (!sip_is_at_end(&cursor) && *cursor.at != ',') {
		if (*cursor.at == '"')
			(void)sip_skip_quoted(&cursor);
		else
			cursor.at++;
	}
	*ret_value = sip_trim(
		(struct text){ rest->ptr, (size_t)(cursor.at - rest->ptr) });
	/* A last comma stays, so that the next call finds nothing before it. */
	if (cursor.end - cursor.at > 1 || ret_value->len == 0)
		cursor.at++;
	rest->ptr = cursor.at;
	rest->len = (size_t)(cursor.end - cursor.at);
	return ret_value->len > 0 ? 1 : -1;
}

/* "SIP / 2.0 / UDP" */
static bool read_protocol(struct sip_cursor *cursor, struct sip_via *via)
{
	if (sip_take_token(cursor).len == 0 ||
	    !sip_take_separator(cursor, '/') ||
	    sip_take_token(cursor).len == 0 || !sip_take_separator(cursor, '/'))
		return false;
	via->transport = sip_take_token(cursor);
	return via->transport.len > 0 && !sip_is_at_end(cursor) &&
	       sip_is_lws(*cursor->at);
}

static bool read_ipv6(struct sip_cursor *cursor, struct sip_via *via)
{
	const char *close =
		memchr(cursor->at, ']', (size_t)(cursor->end - cursor->at));
	uint8_t address[16];

	if (!close)
		return false;
	via->host = (struct text){ cursor->at + 1,
				   (size_t)(close - cursor->at) - 1 };
	via->host_kind = SIP_HOST_IPV6;
	cursor->at = close + 1;
	return sip_host_ipv6(via->host, address);
}

/* Any token is a name here: nothing is looked up by it. */
static bool read_host(struct sip_cursor *cursor, struct sip_via *via)
{
	uint8_t address[4];

	if (sip_is_at(cursor, '['))
		return read_ipv6(cursor, via);
	via->host = sip_take_token(cursor);
	via->host_kind = sip_host_ipv4(via->host, address) ? SIP_HOST_IPV4
							   : SIP_HOST_NAME;
	return via->host.len > 0;
}

static bool read_port(struct sip_cursor *cursor, struct sip_via *via)
{
	const char *behind;

	if (!sip_take_separator(cursor, ':'))
		return true;
	behind = sip_host_read_port(cursor->at, cursor->end, &via->port);
	if (behind)
		cursor->at = behind;
	return behind != NULL;
}

static bool has_magic_cookie(struct text branch)
{
	struct text cookie = TEXT("z9hG4bK");

	return branch.len > cookie.len &&
	       text_starts_with_nocase(branch, cookie);
}

/* A second one of the same name would have to be put right in the answer. */
static bool set_once(struct text *field, struct text value)
{
	bool is_first = field->len == 0;

	if (is_first)
		*field = value;
	return is_first;
}

static bool take_param(struct sip_via *via, const struct sip_param *param)
{
	struct text name = param->name;

	switch (name.ptr[0] | 0x20) {
	case 'b':
		if (sip_token_is(name, TEXT("branch")))
			return param->value.len > 0 &&
			       set_once(&via->branch, param->value);
		break;
	case 'r':
		if (sip_token_is(name, TEXT("rport"))) {
			via->has_rport = true;
			return set_once(&via->rport, param->whole);
		}
		if (sip_token_is(name, TEXT("received")))
			return set_once(&via->received, param->whole);
		break;
	case 'm':
		if (sip_token_is(name, TEXT("maddr")))
			return param->value.len > 0 &&
			       set_once(&via->maddr, param->value);
		break;
	default:
		break;
	}
	return true;
}

int sip_via_read(struct text value, struct sip_via *ret_via)
{
	struct sip_cursor cursor = sip_cursor_over(value);
	struct sip_param param;
	size_t count = 0;
	bool is_valid;
	int found;

	*ret_via = (struct sip_via){ .whole = value };
	if (!read_protocol(&cursor, ret_via))
		return EBADMSG;
	sip_skip_lws(&cursor);
	if (!read_host(&cursor, ret_via))
		return EBADMSG;
	is_valid = read_port(&cursor, ret_via);
	while (count++ <= SIP_PARAMS_MAX &&
	       (found = sip_param_next(&cursor, &param)) > 0)
		is_valid = take_param(ret_via, &param) && is_valid;
	ret_via->has_magic_cookie = has_magic_cookie(ret_via->branch);
	return is_valid && found == 0 && sip_is_at_end(&cursor) ? 0 : EINVAL;
}
