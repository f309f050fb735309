#include "base/contact_template.h"

#include <errno.h>
#include <string.h>

/* Clients split at raw commas, and read on at the others as at the end of the
 * user part. */
static void put_user(const struct sip_uri *uri, struct writer *writer)
{
	for (size_t i = 0; i < uri->user.len; i++) {
		switch (uri->user.ptr[i]) {
		case ',':
			writer_put(writer, TEXT("%2C"));
			break;
		case ';':
			writer_put(writer, TEXT("%3B"));
			break;
		case '?':
			writer_put(writer, TEXT("%3F"));
			break;
		default:
			writer_byte(writer, uri->user.ptr[i]);
		}
	}
}

static void put_host(const struct sip_uri *uri, struct writer *writer)
{
	bool is_ipv6 = uri->host_kind == SIP_HOST_IPV6 && uri->host.len > 0;

	if (is_ipv6)
		writer_byte(writer, '[');
	writer_put(writer, uri->host);
	if (is_ipv6)
		writer_byte(writer, ']');
}

static void put_port(const struct sip_uri *uri, struct writer *writer)
{
	if (uri->port == 0)
		return;
	writer_byte(writer, ':');
	writer_u64(writer, uri->port);
}

static void put_params(const struct sip_uri *uri, struct writer *writer)
{
	if (uri->params.len == 0)
		return;
	writer_byte(writer, ';');
	writer_put(writer, uri->params);
}

static const struct {
	struct text name;
	void (*put)(const struct sip_uri *uri, struct writer *writer);
} places[] = {
	{ TEXT("{user}"), put_user },
	{ TEXT("{host}"), put_host },
	{ TEXT("{port}"), put_port },
	{ TEXT("{params}"), put_params },
};

/* How long the place is that stands here; 0: none. */
static size_t put_place(struct text rest, const struct sip_uri *uri,
			struct writer *writer)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct text name = places[i].name;

		if (rest.len < name.len ||
		    memcmp(rest.ptr, name.ptr, name.len) != 0)
			continue;
		places[i].put(uri, writer);
		return name.len;
	}
	return 0;
}

int contact_template_write(struct text template, const struct sip_uri *uri,
			   struct writer *writer)
{
	size_t at = 0;

	while (at < template.len) {
		struct text rest = { template.ptr + at, template.len - at };
		size_t taken = 1;

		if (rest.ptr[0] == '}')
			return EBADMSG;
		if (rest.ptr[0] == '{') {
			taken = put_place(rest, uri, writer);
			if (taken == 0)
				return EBADMSG;
		} else {
			writer_byte(writer, rest.ptr[0]);
		}
		at += taken;
	}
	return 0;
}
