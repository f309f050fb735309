#include "api/json_scanner.h"
#include "api/json_reader.h"
#include "base/utf8.h"

#include <string.h>

enum {
	/* cJSON copies a number into 64 bytes; none of ours needs half. */
	NUMBER_MAX_BYTES = 32,
};

struct scanner {
	struct text text;
	size_t at;
	const char *why; /* NULL: all is well */
};

static bool refuse(struct scanner *scanner, const char *why)
{
	if (!scanner->why)
		scanner->why = why;
	return false;
}

/* The byte at hand; 0 at the end (and 0 is never welcome in JSON). */
static char peek(const struct scanner *scanner)
{
	return scanner->at < scanner->text.len ? scanner->text.ptr[scanner->at]
					       : '\0';
}

static void skip_blanks(struct scanner *scanner)
{
	while (scanner->at < scanner->text.len &&
	       strchr(" \t\r\n", peek(scanner)) && peek(scanner))
		scanner->at++;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits of \uXXXX; -1 if they are not there. */
static int scan_code_unit(struct scanner *scanner)
{
	int unit = 0;

	for (int i = 0; i < 4; i++) {
		int digit = hex_value(peek(scanner));

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
		scanner->at++;
	}
	return unit;
}

static bool scan_unicode_escape(struct scanner *scanner)
{
	int unit = scan_code_unit(scanner);

	if (unit < 0)
		return refuse(scanner, "\\u needs four hexadecimal digits");
	if (unit == 0)
		return refuse(scanner, "\\u0000 is not allowed in a string");
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return refuse(scanner, "lone surrogate");
	if (unit < 0xd800 || unit > 0xdbff)
		return true;
	if (peek(scanner) != '\\')
		return refuse(scanner, "lone surrogate");
	scanner->at++;
	if (peek(scanner) != 'u')
		return refuse(scanner, "lone surrogate");
	scanner->at++;
	unit = scan_code_unit(scanner);
	if (unit < 0xdc00 || unit > 0xdfff)
		return refuse(scanner, "lone surrogate");
	return true;
}

static bool scan_escape(struct scanner *scanner)
{
	char c;

	scanner->at++; /* the backslash */
	c = peek(scanner);
	if (c == '\0' || !strchr("\"\\/bfnrtu", c))
		return refuse(scanner, "unknown escape in a string");
	scanner->at++;
	return c != 'u' || scan_unicode_escape(scanner);
}

static bool scan_string(struct scanner *scanner)
{
	scanner->at++; /* the quote */
	while (scanner->at < scanner->text.len) {
		unsigned char c = (unsigned char)peek(scanner);
		size_t length;

		if (c == '"') {
			scanner->at++;
			return true;
		}
		if (c == '\\') {
			if (!scan_escape(scanner))
				return false;
			continue;
		}
		if (c < 0x20)
			return refuse(scanner, "control character in a string");
		length = utf8_length(
			(struct text){ scanner->text.ptr + scanner->at,
				       scanner->text.len - scanner->at });
		if (length == 0)
			return refuse(scanner, "not UTF-8");
		scanner->at += length;
	}
	return refuse(scanner, "string without its end");
}

static bool scan_digits(struct scanner *scanner)
{
	if (!is_digit(peek(scanner)))
		return refuse(scanner, "number without a digit");
	while (is_digit(peek(scanner)))
		scanner->at++;
	return true;
}

static bool scan_number(struct scanner *scanner)
{
	size_t start = scanner->at;

	if (peek(scanner) == '-')
		scanner->at++;
	if (peek(scanner) == '0') {
		scanner->at++;
		if (is_digit(peek(scanner)))
			return refuse(scanner, "number with a leading zero");
	} else if (!scan_digits(scanner)) {
		return false;
	}
	if (peek(scanner) == '.') {
		scanner->at++;
		if (!scan_digits(scanner))
			return false;
	}
	if (peek(scanner) == 'e' || peek(scanner) == 'E') {
		scanner->at++;
		if (peek(scanner) == '+' || peek(scanner) == '-')
			scanner->at++;
		if (!scan_digits(scanner))
			return false;
	}
	if (scanner->at - start > NUMBER_MAX_BYTES)
		return refuse(scanner, "number with too many digits");
	return true;
}

static bool scan_word(struct scanner *scanner)
{
	static const struct text words[] = { { "true", 4 },
					     { "false", 5 },
					     { "null", 4 } };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (scanner->text.len - scanner->at >= words[i].len &&
		    !memcmp(scanner->text.ptr + scanner->at, words[i].ptr,
			    words[i].len)) {
			scanner->at += words[i].len;
			return true;
		}
	return refuse(scanner, "not a JSON value");
}

static bool scan_name(struct scanner *scanner)
{
	skip_blanks(scanner);
	if (peek(scanner) != '"')
		return refuse(scanner, "a member's name must be a string");
	if (!scan_string(scanner))
		return false;
	skip_blanks(scanner);
	if (peek(scanner) != ':')
		return refuse(scanner, "a colon must follow a member's name");
	scanner->at++;
	return true;
}

static bool scan_value(struct scanner *scanner, unsigned depth);

/* What stands between two brackets; an object's members have names. */
static bool scan_elements(struct scanner *scanner, unsigned depth, char end)
{
	if (depth >= JSON_DEPTH_MAX)
		return refuse(scanner, "nested deeper than 16 levels");
	scanner->at++; /* the bracket */
	skip_blanks(scanner);
	if (peek(scanner) == end) {
		scanner->at++;
		return true;
	}
	for (;;) {
		if (end == '}' && !scan_name(scanner))
			return false;
		if (!scan_value(scanner, depth + 1))
			return false;
		skip_blanks(scanner);
		if (peek(scanner) == end) {
			scanner->at++;
			return true;
		}
		if (peek(scanner) != ',')
			return refuse(scanner, "a comma or the end of the "
					       "object or array is missing");
		scanner->at++;
	}
}

static bool scan_value(struct scanner *scanner, unsigned depth)
{
	skip_blanks(scanner);
	if (scanner->at == scanner->text.len)
		return refuse(scanner, "ends too early");
	switch (peek(scanner)) {
	case '{':
		return scan_elements(scanner, depth, '}');
	case '[':
		return scan_elements(scanner, depth, ']');
	case '"':
		return scan_string(scanner);
	case '-':
		return scan_number(scanner);
	default:
		return is_digit(peek(scanner)) ? scan_number(scanner)
					       : scan_word(scanner);
	}
}

bool json_scan(struct text body, const char **ret_why, size_t *ret_at)
{
	struct scanner scanner = { .text = body };

	if (scan_value(&scanner, 0)) {
		skip_blanks(&scanner);
		if (scanner.at == body.len)
			return true;
		refuse(&scanner, "something follows the JSON value");
	}
	*ret_why = scanner.why;
	*ret_at = scanner.at;
	return false;
}
