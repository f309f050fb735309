#include "db/value_check.h"

#include <errno.h>
#include <string.h>

#include "base/utf8.h"

static bool has_line_break(struct text text)
{
	return memchr(text.ptr, '\r', text.len) ||
	       memchr(text.ptr, '\n', text.len);
}

static bool is_visible_ascii(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < '!' || text.ptr[i] > '~')
			return false;
	return true;
}

void value_check_note(const char *note, size_t max, const char *pointer,
		      struct faults *faults)
{
	struct text text = { note, strnlen(note, max + 1) };

	if (text.len > max)
		faults_add(faults, FAULT_TOO_LONG, pointer,
			   "must not be longer than %zu bytes", max);
	else if (has_line_break(text))
		faults_add(faults, FAULT_BAD_FORMAT, pointer,
			   "must be one line: a carriage return or line feed "
			   "is not allowed");
	else if (!utf8_is_printable(text))
		faults_add(faults, FAULT_BAD_FORMAT, pointer,
			   "must be printable UTF-8, without control "
			   "characters");
}

static bool has_known_scheme(struct text text)
{
	return text_starts_with_nocase(text, TEXT("sip:")) ||
	       text_starts_with_nocase(text, TEXT("sips:")) ||
	       text_starts_with_nocase(text, TEXT("tel:"));
}

/* text: visible ASCII without a scheme that we know. */
static void fault_no_scheme(struct text text, const char *pointer,
			    struct faults *faults)
{
	if (memchr(text.ptr, '@', text.len))
		faults_add(faults, FAULT_BAD_ADDRESS, pointer,
			   "must start with sip:, sips: or tel:. Did you mean "
			   "sip:%.*s?",
			   TEXT_ARG(text));
	else if (text.ptr[0] == '+')
		faults_add(faults, FAULT_BAD_ADDRESS, pointer,
			   "must start with sip:, sips: or tel:. Did you mean "
			   "tel:%.*s?",
			   TEXT_ARG(text));
	else
		faults_add(faults, FAULT_BAD_ADDRESS, pointer,
			   "must be an address such as sip:alice@example.com, "
			   "or a phone number such as tel:+15550100");
}

static const char *why_no_address(const struct sip_uri *uri)
{
	if (uri->scheme == SIP_SCHEME_TEL)
		return "must be a global number: tel:+ and the digits with "
		       "country code";
	if (!uri->has_user || uri->user.len == 0)
		return "has no user part: write it as sip:alice@example.com";
	if (uri->has_password)
		return "must not hold a password";
	if (uri->has_headers)
		return "must not hold headers (the part after ?)";
	return "is not an address that calls can be made to";
}

/* NULL, or why the text cannot be an address at all. */
static const char *why_bad_bytes(struct text text)
{
	if (text.len == 0)
		return "must not be empty";
	if (has_line_break(text))
		return "must not hold a carriage return or line feed";
	if (!is_visible_ascii(text))
		return "must be visible ASCII: other characters of a user part "
		       "are written as %XX, a domain in its xn-- form";
	return NULL;
}

bool value_check_address(char address[MOVE_ADDRESS_MAX + 1],
			 const char *pointer, struct faults *faults)
{
	struct text text = { address, strnlen(address, MOVE_ADDRESS_MAX + 1) };
	const char *why = why_bad_bytes(text);
	char canonical[SIP_CANONICAL_SIZE];
	struct writer writer = writer_over(canonical, sizeof(canonical));
	struct sip_uri uri;
	int err;

	if (why) {
		faults_add(faults, FAULT_BAD_ADDRESS, pointer, "%s", why);
		return false;
	}
	if (!has_known_scheme(text)) {
		fault_no_scheme(text, pointer, faults);
		return false;
	}
	if (sip_uri_parse(text, &uri) != 0) {
		faults_add(faults, FAULT_BAD_ADDRESS, pointer,
			   "is not a valid SIP or tel URI");
		return false;
	}
	err = sip_uri_canonical(&uri, &writer);
	if (err == EMSGSIZE || (!err && writer.len > MOVE_ADDRESS_MAX)) {
		faults_add(faults, FAULT_TOO_LONG, pointer,
			   "must not be longer than %d bytes",
			   MOVE_ADDRESS_MAX);
		return false;
	}
	if (err || uri.has_password || uri.has_headers) {
		faults_add(faults, FAULT_BAD_ADDRESS, pointer, "%s",
			   why_no_address(&uri));
		return false;
	}
	text_copy(writer_text(&writer), address, MOVE_ADDRESS_MAX + 1);
	return true;
}
