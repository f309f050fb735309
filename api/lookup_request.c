#include "api/lookup_request.h"

#include <stdlib.h>
#include <string.h>

#include "api/document_member.h"
#include "api/simulated_request.h"

enum {
	SOURCE_TEXT_MAX = 64,
	SENT_BY_SIZE = 80,
	USER_AGENT_MAX = 255,
};

/* "192.0.2.1:5060", "[2001:db8::1]:5060", an address, or a network: then the
 * first address of it. */
static bool parse_source(struct text text, struct lookup_request *request)
{
	const char *end = memchr(text.ptr, ']', text.len);
	const char *colon = memrchr(text.ptr, ':', text.len);
	struct text host = text, port = { 0 };
	struct ip_network network;
	uint64_t number = 0;

	if (text.len > 0 && text.ptr[0] == '[') {
		if (!end)
			return false;
		host = (struct text){ text.ptr + 1,
				      (size_t)(end - text.ptr) - 1 };
		port = (struct text){ end + 1, text.len - host.len - 2 };
	} else if (colon && memchr(text.ptr, ':', text.len) == colon) {
		host.len = (size_t)(colon - text.ptr);
		port = (struct text){ colon, text.len - host.len };
	}
	if (port.len > 0 &&
	    (port.ptr[0] != ':' ||
	     text_to_u64((struct text){ port.ptr + 1, port.len - 1 },
			 &number) ||
	     number == 0 || number > UINT16_MAX))
		return false;
	if (ip_network_parse(host, &network))
		return false;
	request->source = network.address;
	request->source_port = (uint16_t)number;
	return true;
}

static void read_source(struct json_object *document,
			struct lookup_request *request)
{
	struct writer writer = writer_over(request->source_text,
					   sizeof(request->source_text) - 1);
	struct text text;

	if (json_string(document, "source", SOURCE_TEXT_MAX, &text) !=
	    JSON_PRESENT)
		return;
	request->has_source = parse_source(text, request);
	if (!request->has_source) {
		json_fault(document, "source", FAULT_BAD_FORMAT,
			   "must be an IP address, with or without a port "
			   "(192.0.2.1:5060, [2001:db8::1]:5060), or a network "
			   "(192.0.2.0/24)");
		return;
	}
	ip_address_write(&request->source, &writer);
	request->source_text[writer.len] = '\0';
}

/* As a Via has it. */
static struct text sent_by(const struct lookup_request *request,
			   char buffer[SENT_BY_SIZE])
{
	struct writer writer = writer_over(buffer, SENT_BY_SIZE);
	bool is_ipv4 = request->source.is_ipv4;

	if (!request->has_source)
		return (struct text){ 0 };
	writer_put(&writer, is_ipv4 ? TEXT("") : TEXT("["));
	writer_put(&writer, text_of(request->source_text));
	writer_put(&writer, is_ipv4 ? TEXT(":") : TEXT("]:"));
	writer_u64(&writer, request->source_port ? request->source_port : 5060);
	return writer_text(&writer);
}

static struct text read_transport(struct json_object *document)
{
	static const struct {
		struct text name, in_via;
	} transports[] = {
		{ { "udp", 3 }, { "UDP", 3 } },
		{ { "tcp", 3 }, { "TCP", 3 } },
		{ { "tls", 3 }, { "TLS", 3 } },
	};
	struct text text;

	if (json_string(document, "transport", 8, &text) != JSON_PRESENT)
		return transports[0].in_via;
	for (size_t i = 0; i < sizeof(transports) / sizeof(*transports); i++)
		if (text_equals(text, transports[i].name))
			return transports[i].in_via;
	json_fault(document, "transport", FAULT_BAD_FORMAT,
		   "must be `udp`, `tcp` or `tls`");
	return transports[0].in_via;
}

static void read_caller(struct json_object *document,
			struct lookup_request *request)
{
	if (json_string(document, "from", SIP_URI_MAX, &request->from) ==
		    JSON_PRESENT &&
	    !simulated_uri_is_whole(request->from))
		json_fault(document, "from", FAULT_BAD_ADDRESS,
			   "must be an address such as sip:alice@example.com "
			   "or tel:+15550100");
	if (json_string(document, "user_agent", USER_AGENT_MAX,
			&request->user_agent) != JSON_PRESENT)
		return;
	for (size_t i = 0; i < request->user_agent.len; i++)
		if ((unsigned char)request->user_agent.ptr[i] < ' ') {
			json_fault(document, "user_agent", FAULT_BAD_FORMAT,
				   "must be one line of text");
			return;
		}
}

/* What a pasted request says by itself. */
static void refuse_beside_request(struct json_object *document)
{
	static const char *const parts[] = { "from", "transport",
					     "user_agent" };
	struct json_object copy = *document;
	struct faults ignored = { 0 };
	struct text text;

	copy.faults = &ignored;
	if (json_string(&copy, "request", SIZE_MAX, &text) != JSON_PRESENT)
		return;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (json_string(&copy, parts[i], SIZE_MAX, &text) ==
		    JSON_PRESENT)
			json_fault(document, parts[i],
				   FAULT_CONFLICTS_WITH_OTHER_MEMBER,
				   "is part of `request` already");
	faults_clear(&ignored);
}

int lookup_request_read(struct json_object *document,
			struct lookup_request *request)
{
	char buffer[SENT_BY_SIZE];
	struct simulated_origin origin = { .transport =
						   read_transport(document) };
	struct text listener;
	int err;

	member_instant(document, "at", &request->at_ms);
	read_source(document, request);
	read_caller(document, request);
	if (json_string(document, "listener", SOURCE_LISTENER_SIZE - 1,
			&listener) == JSON_PRESENT)
		text_copy(listener, request->listener,
			  sizeof(request->listener));
	origin.sent_by = sent_by(request, buffer);
	origin.from = request->from;
	origin.user_agent = request->user_agent;
	err = simulated_request_read_from(document, &origin, &request->text,
					  &request->len);
	refuse_beside_request(document);
	json_object_end(document);
	return err;
}

void lookup_request_clear(struct lookup_request *request)
{
	free(request->text);
	request->text = NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct text lookup_request_uri(const struct lookup_request *request)
{
	struct text rest = { request->text, request->len };
	const char *blank;

	while (rest.len > 0 && is_blank(rest.ptr[0])) {
		rest.ptr++;
		rest.len--;
	}
	blank = rest.len > 0 ? memchr(rest.ptr, ' ', rest.len) : NULL;
	if (!blank)
		return (struct text){ 0 };
	rest.len -= (size_t)(blank + 1 - rest.ptr);
	rest.ptr = blank + 1;
	for (size_t i = 0; i < rest.len; i++)
		if (is_blank(rest.ptr[i]))
			rest.len = i;
	return rest;
}
