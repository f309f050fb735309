#include "base/sip_host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/sip_uri_char.h"

enum {
	IPV6_TEXT_MAX = 46, /* bytes, one ':' too many included */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool sip_host_ipv4(struct text host, uint8_t ret_address[4])
{
	uint8_t address[4];
	size_t at = 0;

	for (size_t part = 0; part < 4; part++) {
		unsigned value = 0;
		size_t digits = 0;

		while (at < host.len && is_digit(host.ptr[at]) && digits < 4) {
			value = value * 10 + (unsigned)(host.ptr[at++] - '0');
			digits++;
		}
		if (digits == 0 || digits > 3 || value > 255)
			return false;
		if (part < 3 && (at == host.len || host.ptr[at++] != '.'))
			return false;
		address[part] = (uint8_t)value;
	}
	if (at != host.len)
		return false;
	memcpy(ret_address, address, sizeof(address));
	return true;
}

bool sip_host_ipv6(struct text host, uint8_t ret_address[16])
{
	char terminated[IPV6_TEXT_MAX + 1];
	size_t len = 0;

	if (host.len > IPV6_TEXT_MAX)
		return false;
	for (size_t i = 0; i < host.len; i++) {
		char c = host.ptr[i];

		if (c == '\0')
			return false;
		/* The ABNF of RFC 3261 made senders write three colons. */
		if (c == ':' && len == i && i >= 2 && host.ptr[i - 1] == ':' &&
		    host.ptr[i - 2] == ':')
			continue;
		terminated[len++] = c;
	}
	terminated[len] = '\0';
	return inet_pton(AF_INET6, terminated, ret_address) == 1;
}

/* The label from *at on: letters, digits, '_', and '-' inside. */
static bool label_is_valid(struct text host, size_t *at, bool *ret_is_number)
{
	size_t start = *at;
	size_t end = start;
	bool is_number = true;

	for (; end < host.len && host.ptr[end] != '.'; end++) {
		char c = host.ptr[end];

		if (is_digit(c))
			continue;
		if (!sip_uri_char_is(c, URI_CHAR_HOST))
			return false;
		is_number = false;
	}
	if (end == start || host.ptr[start] == '-' || host.ptr[end - 1] == '-')
		return false;
	*at = end;
	*ret_is_number = is_number;
	return true;
}

int sip_host_parse(struct text host, enum sip_host_kind *ret_kind)
{
	bool is_number = false;
	uint8_t address[4];
	size_t at = 0;

	if (host.len == 0 || host.len > SIP_HOST_MAX)
		return EBADMSG;
	do {
		if (!label_is_valid(host, &at, &is_number))
			return EBADMSG;
	} while (at < host.len && ++at < host.len);
	if (!is_number) {
		*ret_kind = SIP_HOST_NAME;
		return 0;
	}
	if (!sip_host_ipv4(host, address))
		return EBADMSG;
	*ret_kind = SIP_HOST_IPV4;
	return 0;
}

static struct text without_trailing_dot(struct text host)
{
	if (host.len > 1 && host.ptr[host.len - 1] == '.')
		host.len--;
	return host;
}

bool sip_host_equals(const struct sip_uri *a, const struct sip_uri *b)
{
	uint8_t address_a[16];
	uint8_t address_b[16];

	if (a->host_kind != b->host_kind)
		return false;
	if (a->host_kind == SIP_HOST_IPV6)
		return sip_host_ipv6(a->host, address_a) &&
		       sip_host_ipv6(b->host, address_b) &&
		       !memcmp(address_a, address_b, 16);
	if (a->host_kind == SIP_HOST_IPV4)
		return sip_host_ipv4(a->host, address_a) &&
		       sip_host_ipv4(b->host, address_b) &&
		       !memcmp(address_a, address_b, 4);
	return text_equals(a->host, b->host) ||
	       text_equals_nocase(without_trailing_dot(a->host),
				  without_trailing_dot(b->host));
}

static int write_ipv6(struct text host, struct writer *writer)
{
	char canonical[INET6_ADDRSTRLEN];
	uint8_t address[16];

	if (!sip_host_ipv6(host, address) ||
	    !inet_ntop(AF_INET6, address, canonical, sizeof(canonical)))
		return EBADMSG;
	writer_byte(writer, '[');
	writer_put(writer, text_of(canonical));
	writer_byte(writer, ']');
	return 0;
}

static int write_ipv4(struct text host, struct writer *writer)
{
	uint8_t address[4];

	if (!sip_host_ipv4(host, address))
		return EBADMSG;
	for (size_t part = 0; part < 4; part++) {
		if (part > 0)
			writer_byte(writer, '.');
		writer_u64(writer, address[part]);
	}
	return 0;
}

int sip_host_canonical(struct text host, struct writer *writer)
{
	char lower[SIP_HOST_MAX];
	enum sip_host_kind kind;

	if (host.len >= 2 && host.ptr[0] == '[' &&
	    host.ptr[host.len - 1] == ']')
		return write_ipv6((struct text){ host.ptr + 1, host.len - 2 },
				  writer);
	if (host.len > 0 && memchr(host.ptr, ':', host.len))
		return write_ipv6(host, writer);
	if (sip_host_parse(host, &kind))
		return EBADMSG;
	if (kind == SIP_HOST_IPV4)
		return write_ipv4(host, writer);
	host = without_trailing_dot(host);
	for (size_t i = 0; i < host.len; i++)
		lower[i] = ascii_lower(host.ptr[i]);
	writer_put(writer, (struct text){ lower, host.len });
	return writer_is_complete(writer) ? 0 : EMSGSIZE;
}

const char *sip_host_read_port(const char *at, const char *end,
			       uint16_t *ret_port)
{
	unsigned port = 0;

	while (at < end && is_digit(*at)) {
		port = port * 10 + (unsigned)(*at++ - '0');
		if (port > UINT16_MAX)
			return NULL;
	}
	if (port == 0)
		return NULL;
	*ret_port = (uint16_t)port;
	return at;
}
