#include "api/simulated_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- tokens and lists ------------------------------------------------------
 */

/* RFC 3261 25.1: token. */
static bool is_token(struct text text)
{
	static const char marks[] = "-.!%*_+`'~";

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		char letter = ascii_lower(c);

		if (!(letter >= 'a' && letter <= 'z') &&
		    !(c >= '0' && c <= '9') &&
		    !memchr(marks, c, sizeof(marks) - 1))
			return false;
	}
	return text.len > 0;
}

static void read_method(struct json_object *document, struct text *method)
{
	*method = TEXT("INVITE");
	if (json_string(document, "method", 32, method) == JSON_PRESENT &&
	    !is_token(*method))
		json_fault(document, "method", FAULT_BAD_FORMAT,
			   "must be a SIP method such as `INVITE`");
}

static void put_tag(const struct json_array *tags, size_t index,
		    struct writer *writer)
{
	char pointer[FAULT_POINTER_SIZE];
	struct writer place = writer_over(pointer, sizeof(pointer) - 1);
	struct text tag;

	if (!json_array_string(tags, index, SIMULATED_TAG_MAX, &tag))
		return;
	if (is_token(tag)) {
		writer_put(writer, index > 0 ? TEXT(", ") : TEXT(""));
		writer_put(writer, tag);
		return;
	}
	writer_put(&place, text_of(tags->pointer));
	writer_byte(&place, '/');
	writer_u64(&place, index);
	pointer[place.len] = '\0';
	faults_add(tags->faults, FAULT_BAD_FORMAT, pointer,
		   "must be an option tag: letters, digits and -.!%%*_+`'~");
}

static void put_tags(struct json_object *document, const char *member,
		     struct text header, struct writer *writer)
{
	struct json_array tags;

	if (json_array(document, member, SIMULATED_TAGS_MAX, &tags) !=
		    JSON_PRESENT ||
	    tags.count == 0)
		return;
	writer_put(writer, header);
	writer_put(writer, TEXT(": "));
	for (size_t i = 0; i < tags.count; i++)
		put_tag(&tags, i, writer);
	writer_put(writer, TEXT("\r\n"));
}

/* --- the Request-URI -------------------------------------------------------
 */

/* What a request line can hold at all; whether it is a good address is for
 * those who answer calls to say. */
static bool is_uri(struct text text, struct sip_uri *ret_uri)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] >= 0x7f ||
		    strchr("<>\"", text.ptr[i]))
			return false;
	return sip_uri_parse(text, ret_uri) == 0;
}

static bool canonical_host(struct text host, char buffer[SIP_CANONICAL_SIZE],
			   struct text *ret_canonical)
{
	struct writer writer = writer_over(buffer, SIP_CANONICAL_SIZE - 1);

	if (sip_host_canonical(host, &writer) || !writer_is_complete(&writer))
		return false;
	*ret_canonical = writer_text(&writer);
	return true;
}

/* An address's domain is said by its own host. */
static void check_domain(struct json_object *document,
			 const struct sip_uri *uri, struct text domain)
{
	char buffer[SIP_CANONICAL_SIZE];
	struct text host;

	if (!canonical_host(uri->host, buffer, &host) ||
	    !text_equals(host, domain))
		json_fault(document, "domain",
			   FAULT_CONFLICTS_WITH_OTHER_MEMBER,
			   "is another one than `address` has; leave it out");
}

bool simulated_request_domain(const struct json_object *document,
			      char domain[SIP_CANONICAL_SIZE])
{
	struct json_object copy = *document;
	struct faults ignored = { 0 };
	struct text text;
	bool is_alone;

	copy.faults = &ignored;
	is_alone = json_string(&copy, "address", SIZE_MAX, &text) !=
			   JSON_PRESENT &&
		   json_string(&copy, "request", SIZE_MAX, &text) !=
			   JSON_PRESENT &&
		   json_string(&copy, "domain", 253, &text) == JSON_PRESENT &&
		   canonical_host(text, domain, &text);
	if (is_alone)
		domain[text.len] = '\0';
	faults_clear(&ignored);
	return is_alone;
}

static void read_uri(struct json_object *document, const char *somebody,
		     struct writer *writer)
{
	char buffer[SIP_CANONICAL_SIZE];
	struct text address, domain;
	struct sip_uri uri;
	enum json_presence has_address =
		json_string(document, "address", SIP_URI_MAX, &address);
	enum json_presence has_domain =
		json_string(document, "domain", 253, &domain);

	if (has_domain == JSON_PRESENT &&
	    !canonical_host(domain, buffer, &domain)) {
		json_fault(document, "domain", FAULT_BAD_FORMAT,
			   "must be a host name or an IP address");
		has_domain = JSON_WRONG;
	}
	if (has_address == JSON_PRESENT && !is_uri(address, &uri)) {
		json_fault(document, "address", FAULT_BAD_ADDRESS,
			   "must be an address such as sip:alice@example.com "
			   "or tel:+15550100");
	} else if (has_address == JSON_PRESENT) {
		writer_put(writer, address);
		if (has_domain == JSON_PRESENT)
			check_domain(document, &uri, domain);
	} else if (has_domain == JSON_PRESENT && somebody[0] != '\0') {
		writer_put(writer, text_of(somebody));
	} else if (has_domain == JSON_PRESENT) {
		writer_put(writer, TEXT("sip:simulation@"));
		writer_put(writer, domain);
	} else if (has_address != JSON_WRONG && has_domain != JSON_WRONG) {
		json_fault(document, "address", FAULT_MISSING_MEMBER,
			   "give an `address`, a `domain`, or a whole "
			   "`request`");
	}
}

/* --- the request -----------------------------------------------------------
 */

static const struct simulated_origin nobody = {
	.transport = { "UDP", 3 },
	.sent_by = { "127.0.0.1:5060", 14 },
	.from = { "sip:simulation@localhost", 24 },
};

static void put_from_where(struct writer *writer,
			   const struct simulated_origin *origin)
{
	writer_put(writer, TEXT(" SIP/2.0\r\nVia: SIP/2.0/"));
	writer_put(writer, origin->transport);
	writer_byte(writer, ' ');
	writer_put(writer, origin->sent_by);
	writer_put(writer, TEXT(";branch=z9hG4bK-simulation\r\n"
				"Max-Forwards: 70\r\n"
				"From: <"));
	writer_put(writer, origin->from);
	writer_put(writer, TEXT(">;tag=simulation\r\n"));
	if (origin->user_agent.len > 0) {
		writer_put(writer, TEXT("User-Agent: "));
		writer_put(writer, origin->user_agent);
		writer_put(writer, TEXT("\r\n"));
	}
}

static void compose(struct json_object *document, const char *somebody,
		    const struct simulated_origin *origin,
		    struct writer *writer)
{
	char uri_buffer[SIP_URI_MAX + 512];
	struct writer uri = writer_over(uri_buffer, sizeof(uri_buffer));
	struct text method;

	read_method(document, &method);
	read_uri(document, somebody, &uri);
	writer_put(writer, method);
	writer_byte(writer, ' ');
	writer_put(writer, writer_text(&uri));
	put_from_where(writer, origin);
	writer_put(writer, TEXT("To: <"));
	writer_put(writer, writer_text(&uri));
	writer_put(writer, TEXT(">\r\n"
				"Call-ID: simulation\r\n"
				"CSeq: 1 "));
	writer_put(writer, method);
	writer_put(writer, TEXT("\r\n"));
	put_tags(document, "require", TEXT("Require"), writer);
	put_tags(document, "proxy_require", TEXT("Proxy-Require"), writer);
	put_tags(document, "supported", TEXT("Supported"), writer);
	writer_put(writer, TEXT("Content-Length: 0\r\n\r\n"));
}

static void refuse_beside_request(struct json_object *document)
{
	static const char *const parts[] = { "method",	      "address",
					     "domain",	      "require",
					     "proxy_require", "supported" };
	struct json_object copy = *document;
	struct faults ignored = { 0 };
	struct json_array array;
	struct text text;

	copy.faults = &ignored;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		enum json_presence presence =
			i < 3 ? json_string(&copy, parts[i], SIZE_MAX, &text)
			      : json_array(&copy, parts[i], SIZE_MAX, &array);

		if (presence != JSON_ABSENT)
			json_fault(document, parts[i],
				   FAULT_CONFLICTS_WITH_OTHER_MEMBER,
				   "is part of `request` already");
	}
	document->seen |= copy.seen;
	faults_clear(&ignored);
}

static void write_request(struct json_object *document, const char *somebody,
			  const struct simulated_origin *origin,
			  struct writer *writer)
{
	struct text pasted;
	enum json_presence presence = json_string(
		document, "request", SIMULATED_REQUEST_MAX, &pasted);

	if (presence == JSON_ABSENT || presence == JSON_NULL) {
		compose(document, somebody, origin, writer);
		return;
	}
	refuse_beside_request(document);
	if (presence == JSON_PRESENT)
		writer_put(writer, pasted);
}

static int read_request(struct json_object *document, const char *somebody,
			const struct simulated_origin *origin, char **ret_text,
			size_t *ret_len)
{
	char *buffer = malloc(SIMULATED_REQUEST_MAX);
	struct writer writer;

	if (!buffer)
		return ENOMEM;
	writer = writer_over(buffer, SIMULATED_REQUEST_MAX);
	write_request(document, somebody, origin, &writer);
	if (faults_any(document->faults) || !writer_is_complete(&writer)) {
		free(buffer);
		buffer = NULL;
	}
	*ret_text = buffer;
	*ret_len = buffer ? writer.len : 0;
	return 0;
}

int simulated_request_read(struct json_object *document, const char *somebody,
			   char **ret_text, size_t *ret_len)
{
	return read_request(document, somebody, &nobody, ret_text, ret_len);
}

int simulated_request_read_from(struct json_object *document,
				const struct simulated_origin *origin,
				char **ret_text, size_t *ret_len)
{
	struct simulated_origin filled = *origin;

	if (filled.transport.len == 0)
		filled.transport = nobody.transport;
	if (filled.sent_by.len == 0)
		filled.sent_by = nobody.sent_by;
	if (filled.from.len == 0)
		filled.from = nobody.from;
	return read_request(document, "", &filled, ret_text, ret_len);
}

bool simulated_uri_is_whole(struct text text)
{
	struct sip_uri uri;

	return is_uri(text, &uri);
}
