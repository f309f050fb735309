/*
 * May a URI stand in a Contact of ours (move_target_is_sendable)? RFC 3261
 * 19.1.1 table 1 names the parts that a Contact must not have; RFC 5630 5.4
 * forbids transport=tls. It is asked when a target is written and again when it
 * is loaded, because what is stored is not trusted.
 */
#include <arpa/inet.h>
#include <string.h>

#include "db/move.h"

static const struct {
	struct text name;
	struct text value; /* empty: any */
	const char *why;
} refused_params[] = {
	{ TEXT("method"), { 0 }, "must not have a method parameter" },
	{ TEXT("ttl"), { 0 }, "must not have a ttl parameter" },
	{ TEXT("maddr"), { 0 }, "must not have a maddr parameter" },
	{ TEXT("lr"), { 0 }, "must not have an lr parameter" },
	{ TEXT("transport"), TEXT("tls"),
	  "must not say transport=tls: write a sips: URI" },
};

static bool is_bad_byte(char c)
{
	return (c < '!') | (c > '~') | (c == '"') | (c == '<') | (c == '>') |
	       (c == ',');
}

/* NULL, or why the bytes are not fit. */
static const char *why_bad_bytes(struct text uri)
{
	bool is_bad = false;

	/* Hardly ever, and so it is said in a second look. */
	for (size_t i = 0; i < uri.len; i++)
		is_bad |= is_bad_byte(uri.ptr[i]);
	if (!is_bad)
		return NULL;
	for (size_t i = 0; i < uri.len; i++) {
		char c = uri.ptr[i];

		if (c == '\r' || c == '\n')
			return "must not hold a carriage return or line feed";
		if (c == ' ' || c == '\t')
			return "must not hold a blank";
		if (c < '!' || c > '~')
			return "must be visible ASCII: other characters are "
			       "written as %XX";
		if (c == '<' && i == 0 && uri.ptr[uri.len - 1] == '>')
			return "must be the URI alone: leave out the < >";
		if (c == '"' || c == '<' || c == '>' || c == ',')
			return "must not hold a quote, an angle bracket or a "
			       "comma: write them as %XX";
	}
	return NULL;
}

/* Cuts what stands before the next separator off the rest. */
static struct text take_until(struct text *rest, char separator)
{
	const char *end = memchr(rest->ptr, separator, rest->len);
	struct text taken = { rest->ptr,
			      end ? (size_t)(end - rest->ptr) : rest->len };
	size_t used = taken.len + (end ? 1 : 0);

	rest->ptr += used;
	rest->len -= used;
	return taken;
}

static const char *why_bad_param(struct text name, struct text value)
{
	/* "%6dethod" is a method parameter to whoever unescapes it. */
	if (memchr(name.ptr, '%', name.len))
		return "must not have escapes in a parameter's name";
	if (text_equals_nocase(name, TEXT("transport")) &&
	    memchr(value.ptr, '%', value.len))
		return "must not have escapes in the transport parameter";
	for (size_t i = 0; i < sizeof(refused_params) / sizeof(*refused_params);
	     i++)
		if (text_equals_nocase(name, refused_params[i].name) &&
		    (refused_params[i].value.len == 0 ||
		     text_equals_nocase(value, refused_params[i].value)))
			return refused_params[i].why;
	return NULL;
}

static const char *why_bad_params(struct text params)
{
	while (params.len > 0) {
		struct text value = take_until(&params, ';');
		struct text name = take_until(&value, '=');
		const char *why = why_bad_param(name, value);

		if (why)
			return why;
	}
	return NULL;
}

static bool ipv4_is_local(const unsigned char *bytes)
{
	return bytes[0] == 0 || bytes[0] == 127 ||
	       (bytes[0] == 169 && bytes[1] == 254) || bytes[0] >= 224;
}

static bool ipv6_is_local(const unsigned char *bytes)
{
	static const unsigned char zeros[12];
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const unsigned char nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

	/* ::a.b.c.d takes in :: and ::1, which are 0.0.0.0 and 0.0.0.1. */
	if (!memcmp(bytes, zeros, 12) || !memcmp(bytes, mapped, 12) ||
	    !memcmp(bytes, nat64, 12))
		return ipv4_is_local(bytes + 12);
	return bytes[0] == 0xff ||
	       (bytes[0] == 0xfe && bytes[1] >= 0x80 && bytes[1] <= 0xbf);
}

/*
 * "localhost", and what a resolver may read as an IPv4 address though it is
 * none to SIP ("127.1", "0x7f000001"): its last label starts with a digit.
 */
static bool name_is_local(struct text host)
{
	struct text rest = host, last = host;

	if (rest.len > 0 && rest.ptr[rest.len - 1] == '.')
		rest.len--;
	while (rest.len > 0)
		last = take_until(&rest, '.');
	return text_equals_nocase(last, TEXT("localhost")) ||
	       (last.len > 0 && last.ptr[0] >= '0' && last.ptr[0] <= '9');
}

static bool host_is_local(const struct sip_uri *uri)
{
	char host[INET6_ADDRSTRLEN];
	unsigned char bytes[sizeof(struct in6_addr)];

	if (uri->host_kind == SIP_HOST_NAME)
		return name_is_local(uri->host);
	/* What is called an address and is none is not let through. */
	if (!text_copy(uri->host, host, sizeof(host)))
		return true;
	if (uri->host_kind == SIP_HOST_IPV4)
		return inet_pton(AF_INET, host, bytes) != 1 ||
		       ipv4_is_local(bytes);
	return inet_pton(AF_INET6, host, bytes) != 1 || ipv6_is_local(bytes);
}

/* RFC 3966 5.1.5: a number that is not global says where it is dialled. */
static const char *why_bad_tel(const struct sip_uri *uri)
{
	struct text context;

	if (uri->user.len > 0 && uri->user.ptr[0] == '+')
		return NULL;
	return sip_uri_param(uri, TEXT("phone-context"), &context)
		       ? NULL
		       : "must be a global number, tel:+ and the digits with "
			 "country code, or name its phone-context";
}

static const char *why_bad_parts(const struct sip_uri *uri, bool allow_local)
{
	if (uri->scheme == SIP_SCHEME_TEL)
		return why_bad_tel(uri);
	if (uri->scheme == SIP_SCHEME_OTHER)
		return "must be a sip:, sips: or tel: URI";
	if (!uri->has_user || uri->user.len == 0)
		return "must have a user part, as in sip:alice@example.net";
	if (uri->has_password)
		return "must not hold a password";
	if (!allow_local && host_is_local(uri))
		return "must not point to a loopback, link-local, multicast or "
		       "unspecified address ([moves] allow_local_targets)";
	return NULL;
}

static const char *why_not_sendable(struct text text, bool allow_local,
				    struct sip_uri *uri)
{
	const char *why;

	if (text.len == 0)
		return "must not be empty";
	if (text.len > MOVE_URI_MAX)
		return "must not be longer than 255 bytes";
	why = why_bad_bytes(text);
	if (why)
		return why;
	if (sip_uri_parse(text, uri) != 0)
		return "is not a valid URI";
	why = why_bad_parts(uri, allow_local);
	if (why)
		return why;
	if (uri->has_headers)
		return "must not hold headers (the part after ?)";
	return why_bad_params(uri->params);
}

bool move_target_parse(struct text text, bool allow_local,
		       struct sip_uri *ret_uri, const char **ret_why)
{
	const char *why = why_not_sendable(text, allow_local, ret_uri);

	if (why)
		*ret_why = why;
	return !why;
}

bool move_target_is_sendable(struct text uri, bool allow_local,
			     const char **ret_why)
{
	struct sip_uri parts;

	return move_target_parse(uri, allow_local, &parts, ret_why);
}
