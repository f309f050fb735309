#include <string.h>

#include "sip/sip_method.h"
#include "sip/sip_scan.h"
#include "sip/sip_token.h"

static bool is_digits(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	return text.len > 0;
}

/* "SIP/" 1*DIGIT "." 1*DIGIT, whatever the digits are. */
static bool is_some_version(struct text version)
{
	struct text start = TEXT("SIP/");
	struct text major;
	struct text minor;
	const char *dot;

	if (!text_starts_with_nocase(version, start))
		return false;
	major = (struct text){ version.ptr + start.len,
			       version.len - start.len };
	dot = major.len ? memchr(major.ptr, '.', major.len) : NULL;
	if (!dot)
		return false;
	minor.ptr = dot + 1;
	minor.len = (size_t)(major.ptr + major.len - minor.ptr);
	major.len = (size_t)(dot - major.ptr);
	return is_digits(major) && is_digits(minor);
}

static void read_uri(struct sip_scanner *scanner, struct text uri_text)
{
	struct sip_request *request = scanner->request;

	request->uri_text = uri_text;
	if (uri_text.len > SIP_URI_MAX)
		sip_scanner_fault(scanner, uri_text.ptr, 414,
				  TEXT("Request-URI Too Long"));
	else if (sip_uri_parse(uri_text, &request->uri))
		sip_scanner_fault(scanner, uri_text.ptr, 400,
				  TEXT("Bad Request-URI"));
	else
		request->uri_is_valid = true;
}

static struct text last_word(struct text line)
{
	const char *space = line.len ? memrchr(line.ptr, ' ', line.len) : NULL;
	size_t skip = space ? (size_t)(space - line.ptr) + 1 : 0;

	return (struct text){ line.ptr + skip, line.len - skip };
}

/*
 * method SP Request-URI SP version. Blanks too many are a fault, but what is
 * between them is still read: the log and the answer's tag want it.
 */
void sip_scan_start_line(struct sip_scanner *scanner)
{
	struct sip_request *request = scanner->request;
	struct sip_cursor cursor;
	struct text trimmed;
	struct text version;
	struct text line;
	struct text spaced, uri;
	bool is_current;

	(void)sip_lines_next(&scanner->lines, &line);
	trimmed = text_trim(line);
	cursor = sip_cursor_over(trimmed);
	request->method_text = sip_take_token(&cursor);
	version = last_word(trimmed);
	if (!sip_is_at(&cursor, ' ') ||
	    request->method_text.len > SIP_FIELD_MAX)
		request->method_text.len = 0;
	request->method = sip_method_of(request->method_text);
	is_current = text_equals(version, TEXT("SIP/2.0")) ||
		     text_equals_nocase(version, TEXT("SIP/2.0"));
	if (request->method_text.len == 0 || version.ptr <= cursor.at + 1 ||
	    (!is_current && !is_some_version(version))) {
		sip_scanner_fault(scanner, line.ptr, 400,
				  TEXT("Bad Request Line"));
		return;
	}
	if (!is_current)
		sip_scanner_fault(scanner, line.ptr, 505,
				  TEXT("Version Not Supported"));
	spaced = (struct text){ cursor.at + 1,
				(size_t)(version.ptr - cursor.at) - 2 };
	uri = text_trim(spaced);
	if (trimmed.len != line.len || uri.len != spaced.len)
		sip_scanner_fault(scanner, line.ptr, 400,
				  TEXT("Bad Request Line"));
	read_uri(scanner, uri);
}
