#include "api/http_guard.h"

#include <arpa/inet.h>
#include <string.h>

static bool refuse(struct http_refusal *ret, enum problem_code code,
		   const char *why)
{
	*ret = (struct http_refusal){ code, why };
	return false;
}

/* --- fields --------------------------------------------------------------- */

bool http_head_field(const struct http_head *head, struct text name,
		     struct text *ret_value)
{
	for (size_t i = 0; i < head->field_count; i++)
		if (text_equals_nocase(head->fields[i].name, name)) {
			*ret_value = text_trim(head->fields[i].value);
			return true;
		}
	return false;
}

static bool is_token(struct text text)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < text.len; i++) {
		char c = ascii_lower(text.ptr[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    (c == '\0' || !strchr(others, c)))
			return false;
	}
	return text.len > 0;
}

static bool is_field_value(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static size_t count_of(const struct http_head *head, struct text name)
{
	size_t count = 0;

	for (size_t i = 0; i < head->field_count; i++)
		count += text_equals_nocase(head->fields[i].name, name);
	return count;
}

static bool fields_are_single(const struct http_head *head,
			      struct http_refusal *ret)
{
	static const struct {
		struct text name;
		const char *why;
	} rows[] = {
		{ { "Host", 4 }, "There is more than one Host." },
		{ { "Content-Length", 14 },
		  "There is more than one Content-Length." },
		{ { "Transfer-Encoding", 17 },
		  "There is more than one Transfer-Encoding." },
		{ { "Authorization", 13 },
		  "There is more than one Authorization." },
		{ { "Content-Type", 12 },
		  "There is more than one Content-Type." },
		{ { "If-Match", 8 }, "There is more than one If-Match." },
		{ { "If-None-Match", 13 },
		  "There is more than one If-None-Match." },
		{ { "Idempotency-Key", 15 },
		  "There is more than one Idempotency-Key." },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (count_of(head, rows[i].name) > 1)
			return refuse(ret, PROBLEM_BAD_REQUEST, rows[i].why);
	return true;
}

static bool length_is_plain(const struct http_head *head,
			    struct http_refusal *ret)
{
	struct text length, coding;
	bool has_length =
		http_head_field(head, TEXT("Content-Length"), &length);
	bool has_coding =
		http_head_field(head, TEXT("Transfer-Encoding"), &coding);
	uint64_t value;

	if (has_length && has_coding)
		return refuse(ret, PROBLEM_BAD_REQUEST,
			      "Content-Length and Transfer-Encoding exclude "
			      "each other.");
	if (has_length && text_to_u64(length, &value) != 0)
		return refuse(ret, PROBLEM_BAD_REQUEST,
			      "Content-Length is not a number.");
	if (!has_coding)
		return true;
	if (!text_equals(head->version, TEXT("HTTP/1.1")))
		return refuse(ret, PROBLEM_BAD_REQUEST,
			      "Transfer-Encoding is for HTTP/1.1 only.");
	if (!text_equals_nocase(coding, TEXT("chunked")))
		return refuse(ret, PROBLEM_NOT_IMPLEMENTED,
			      "The only transfer coding is chunked.");
	return true;
}

bool http_guard_fields(const struct http_head *head, struct http_refusal *ret)
{
	if (!text_equals(head->version, TEXT("HTTP/1.1")) &&
	    !text_equals(head->version, TEXT("HTTP/1.0")))
		return refuse(ret, PROBLEM_BAD_REQUEST,
			      "Only HTTP/1.1 and HTTP/1.0 are spoken.");
	if (head->field_count >= HTTP_FIELDS_MAX)
		return refuse(ret, PROBLEM_BAD_REQUEST,
			      "There are too many header fields.");
	for (size_t i = 0; i < head->field_count; i++) {
		if (!is_token(head->fields[i].name))
			return refuse(ret, PROBLEM_BAD_REQUEST,
				      "A header field's name is malformed.");
		if (!is_field_value(head->fields[i].value))
			return refuse(ret, PROBLEM_BAD_REQUEST,
				      "A header field holds a control "
				      "character.");
	}
	return fields_are_single(head, ret) && length_is_plain(head, ret);
}

/* --- layout --------------------------------------------------------------- */

/* Behind a line that ends at `end`, the next one starts two bytes further. */
static bool line_follows(const char *end, const char *next)
{
	return next == end + 2 && end[0] == '\0' && end[1] == '\0';
}

static bool value_follows(const struct http_field *field)
{
	const char *at = field->name.ptr + field->name.len;

	if (*at++ != '\0') /* the colon was here */
		return false;
	while (at < field->value.ptr && (*at == ' ' || *at == '\t'))
		at++;
	return at == field->value.ptr;
}

bool http_guard_layout(const struct http_head *head, struct http_refusal *ret)
{
	static const char why[] =
		"A header line is folded, holds a NUL, or does not end in "
		"CR LF.";
	const char *end = head->version.ptr + head->version.len;

	if (head->version.ptr != head->target_end + 1)
		return refuse(ret, PROBLEM_BAD_REQUEST,
			      "The request line is malformed.");
	for (size_t i = 0; i < head->field_count; i++) {
		const struct http_field *field = &head->fields[i];

		if (!line_follows(end, field->name.ptr) ||
		    !value_follows(field))
			return refuse(ret, PROBLEM_BAD_REQUEST, why);
		end = field->value.ptr + field->value.len;
	}
	/* The empty line is a line, too. */
	if (memcmp(end, "\0\0\0\0", 4) != 0)
		return refuse(ret, PROBLEM_BAD_REQUEST, why);
	return true;
}

/* --- target --------------------------------------------------------------- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int http_percent(struct text text)
{
	int high, low;

	if (text.len < 3 || text.ptr[0] != '%')
		return -1;
	high = hex_value(text.ptr[1]);
	low = hex_value(text.ptr[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Decodes one segment; what a path must never hold is refused. */
static bool decode_segment(struct text raw, struct writer *path)
{
	for (size_t i = 0; i < raw.len; i++) {
		int c = (unsigned char)raw.ptr[i];

		if (c == '%') {
			c = http_percent(
				(struct text){ raw.ptr + i, raw.len - i });
			i += 2;
			if (c == '/')
				return false;
		}
		if (c < 0x20 || c == 0x7f || c == '\\')
			return false;
		writer_byte(path, (char)c);
	}
	return true;
}

static bool is_dots(struct text text)
{
	return text_equals(text, TEXT(".")) || text_equals(text, TEXT(".."));
}

static bool add_segment(struct http_target *target, struct text raw,
			struct writer *path, struct http_refusal *ret)
{
	size_t start = path->len;
	struct text segment;

	if (target->segment_count == HTTP_SEGMENTS_MAX)
		return refuse(ret, PROBLEM_NOT_FOUND,
			      "There is nothing at this path.");
	if (!decode_segment(raw, path))
		return refuse(ret, PROBLEM_BAD_REQUEST,
			      "The path holds a byte or an escape that is not "
			      "allowed in it.");
	segment = (struct text){ path->buffer + start, path->len - start };
	writer_byte(path, '\0');
	if (path->overflowed)
		return refuse(ret, PROBLEM_NOT_FOUND,
			      "There is nothing at this path.");
	if (is_dots(segment))
		return refuse(ret, PROBLEM_BAD_REQUEST,
			      "The path holds a dot segment.");
	target->segments[target->segment_count++] = segment;
	return true;
}

static bool split_path(struct text raw, struct http_target *target,
		       struct http_refusal *ret)
{
	struct writer path = writer_over(target->path, sizeof(target->path));
	size_t at = 1;

	if (raw.len == 0 || raw.ptr[0] != '/')
		return refuse(ret, PROBLEM_BAD_REQUEST,
			      "The request target is malformed.");
	while (at <= raw.len) {
		const char *start = raw.ptr + at;
		const char *slash = memchr(start, '/', raw.len - at);
		size_t len = slash ? (size_t)(slash - start) : raw.len - at;

		if (len == 0 && slash)
			return refuse(ret, PROBLEM_BAD_REQUEST,
				      "The path holds an empty segment.");
		if (!add_segment(target, (struct text){ start, len }, &path,
				 ret))
			return false;
		at += len + 1;
	}
	return true;
}

/* "http://authority/path": the authority is taken off. */
static bool strip_authority(struct text *raw, struct http_target *target)
{
	static const struct text schemes[] = { { "http://", 7 },
					       { "https://", 8 } };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		size_t len = 0;
		struct text rest;

		if (!text_starts_with_nocase(*raw, schemes[i]))
			continue;
		rest = (struct text){ raw->ptr + schemes[i].len,
				      raw->len - schemes[i].len };
		while (len < rest.len && rest.ptr[len] != '/' &&
		       rest.ptr[len] != '?')
			len++;
		target->authority = (struct text){ rest.ptr, len };
		*raw = (struct text){ rest.ptr + len, rest.len - len };
		return len > 0;
	}
	return true;
}

bool http_guard_target(struct text raw, struct http_target *ret_target,
		       struct http_refusal *ret)
{
	const char *mark;

	memset(ret_target, 0, sizeof(*ret_target));
	if (raw.len > HTTP_TARGET_MAX)
		return refuse(ret, PROBLEM_BAD_REQUEST,
			      "The request target is too long.");
	for (size_t i = 0; i < raw.len; i++)
		if (raw.ptr[i] <= 0x20 || raw.ptr[i] == 0x7f ||
		    raw.ptr[i] == '#')
			return refuse(ret, PROBLEM_BAD_REQUEST,
				      "The request target holds a byte that is "
				      "not allowed in it.");
	if (text_equals(raw, TEXT("*"))) {
		ret_target->is_asterisk = true;
		return true;
	}
	if (!strip_authority(&raw, ret_target))
		return refuse(ret, PROBLEM_BAD_REQUEST,
			      "The request target is malformed.");
	mark = raw.len > 0 ? memchr(raw.ptr, '?', raw.len) : NULL;
	if (mark) {
		size_t path_len = (size_t)(mark - raw.ptr);

		ret_target->query =
			(struct text){ mark + 1, raw.len - path_len - 1 };
		raw.len = path_len;
	}
	return split_path(raw, ret_target, ret);
}

/* --- host ----------------------------------------------------------------- */

static struct text without_brackets(struct text host)
{
	if (host.len >= 2 && host.ptr[0] == '[' &&
	    host.ptr[host.len - 1] == ']')
		return (struct text){ host.ptr + 1, host.len - 2 };
	return host;
}

void http_host_names_add(struct http_host_names *names, const char *name)
{
	struct text plain = without_brackets(text_of(name));
	char *slot;

	if (plain.len == 0 || names->count == HTTP_HOST_NAMES_MAX)
		return;
	slot = names->names[names->count++];
	text_copy(plain, slot, sizeof(names->names[0]));
	for (; *slot; slot++)
		*slot = ascii_lower(*slot);
}

static bool is_port(struct text text)
{
	uint64_t port;

	return text_to_u64(text, &port) == 0 && port <= 65535;
}

/* Takes ":port" off; false if what follows the name is no port. */
static bool strip_port(struct text *host)
{
	const char *bracket = memchr(host->ptr, ']', host->len);
	const char *start = bracket ? bracket : host->ptr;
	const char *colon =
		memchr(start, ':', host->len - (size_t)(start - host->ptr));
	size_t len;

	if (!colon)
		return true;
	len = (size_t)(colon - host->ptr);
	if (!is_port((struct text){ colon + 1, host->len - len - 1 }))
		return false;
	host->len = len;
	return true;
}

static bool is_address(struct text host)
{
	unsigned char address[16];
	char text[INET6_ADDRSTRLEN];

	return text_copy(host, text, sizeof(text)) &&
	       (inet_pton(AF_INET, text, address) == 1 ||
		inet_pton(AF_INET6, text, address) == 1);
}

bool http_guard_host(const struct http_host_names *names, struct text host,
		     struct http_refusal *ret)
{
	if (host.len == 0 || host.len > 255 || !strip_port(&host))
		return refuse(ret, PROBLEM_BAD_REQUEST,
			      "The Host field is malformed.");
	host = without_brackets(host);
	if (host.len > 0 && host.ptr[host.len - 1] == '.')
		host.len--;
	for (size_t i = 0; i < names->count; i++)
		if (text_equals_nocase(host, text_of(names->names[i])))
			return true;
	if (names->any_address && is_address(host))
		return true;
	return refuse(ret, PROBLEM_MISDIRECTED,
		      "The Host is none of this server's names; "
		      "[http] host_names adds one.");
}
