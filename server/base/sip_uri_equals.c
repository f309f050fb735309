#include "base/sip_uri.h"

#include <string.h>

#include "base/sip_host.h"
#include "base/sip_uri_char.h"

enum {
	/* More names than that, or longer ones, and two URIs are equal by their
	 * bytes only: what keeps the comparison of unordered sets linear. */
	PARTS_MAX = 16,
	NAMES_SIZE = 512,
	FOLD_MARK = 0,
};

/* One ;name=value or &name=value. */
struct part {
	struct text name; /* folded, in the set's names */
	struct text value;
	bool has_value;
};

struct parts {
	struct part all[PARTS_MAX];
	size_t count;
	char names[NAMES_SIZE];
};

typedef bool (*value_equals_fn)(const struct part *a, const struct part *b);

/* RFC 2396 2.2: these differ from their escapes. */
static bool is_reserved(unsigned char byte)
{
	return byte != '\0' && strchr(";/?:@&=+$,", byte);
}

static bool escaped_equals(struct text a, struct text b, bool with_case)
{
	size_t at_a = 0;
	size_t at_b = 0;

	while (at_a < a.len && at_b < b.len) {
		bool is_escaped_a;
		bool is_escaped_b;
		unsigned char byte_a = sip_uri_next(a, &at_a, &is_escaped_a);
		unsigned char byte_b = sip_uri_next(b, &at_b, &is_escaped_b);

		if (is_escaped_a != is_escaped_b &&
		    (is_reserved(byte_a) || is_reserved(byte_b)))
			return false;
		if (with_case ? byte_a != byte_b
			      : ascii_lower((char)byte_a) !=
					ascii_lower((char)byte_b))
			return false;
	}
	return at_a == a.len && at_b == b.len;
}

/*
 * The one form of all spellings of a name, never longer than it: each is looked
 * at byte by byte once, however many it is compared with. An escaped byte that
 * differs from itself unescaped has a mark before it; so has a byte that is
 * one.
 */
static void fold(struct text name, struct writer *writer)
{
	size_t at = 0;

	while (at < name.len) {
		bool is_escaped;
		unsigned char byte = sip_uri_next(name, &at, &is_escaped);

		if (is_escaped && (byte == FOLD_MARK || is_reserved(byte)))
			writer_byte(writer, FOLD_MARK);
		writer_byte(writer, ascii_lower((char)byte));
	}
}

static const struct part *find_part(const struct parts *parts, struct text name)
{
	for (size_t i = 0; i < parts->count; i++)
		if (text_equals(parts->all[i].name, name))
			return &parts->all[i];
	return NULL;
}

/* False if there are too many. A name that comes again is left out. */
static bool split(struct text text, char separator, struct parts *ret_parts)
{
	struct writer names =
		writer_over(ret_parts->names, sizeof(ret_parts->names));

	ret_parts->count = 0;
	while (text.len > 0) {
		const char *next = memchr(text.ptr, separator, text.len);
		size_t len = next ? (size_t)(next - text.ptr) : text.len;
		const char *equals = memchr(text.ptr, '=', len);
		size_t name_len = equals ? (size_t)(equals - text.ptr) : len;
		size_t folded_at = names.len;
		struct part part = { .has_value = equals };

		if (ret_parts->count == PARTS_MAX)
			return false;
		fold((struct text){ text.ptr, name_len }, &names);
		if (!writer_is_complete(&names))
			return false;
		part.name = (struct text){ names.buffer + folded_at,
					   names.len - folded_at };
		part.value.ptr = equals ? equals + 1 : text.ptr + len;
		part.value.len = equals ? len - name_len - 1 : 0;
		if (!find_part(ret_parts, part.name))
			ret_parts->all[ret_parts->count++] = part;
		if (!next)
			break;
		text.ptr += len + 1;
		text.len -= len + 1;
	}
	return true;
}

/* RFC 3261 19.1.4: not ignored when only one of the two URIs has it. */
static bool must_be_in_both(const struct part *part)
{
	static const struct text names[] = { TEXT("user"), TEXT("ttl"),
					     TEXT("method"), TEXT("maddr"),
					     TEXT("transport") };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (text_equals(part->name, names[i]))
			return true;
	return false;
}

static bool sip_param_equals(const struct part *a, const struct part *b)
{
	if (!b)
		return !must_be_in_both(a);
	return a->has_value == b->has_value &&
	       escaped_equals(a->value, b->value, false);
}

static bool header_equals(const struct part *a, const struct part *b)
{
	return b && escaped_equals(a->value, b->value, true);
}

/* RFC 3966 3, 5: visual separators do not count. */
static bool number_equals(struct text a, struct text b)
{
	size_t at_a = 0;
	size_t at_b = 0;

	for (;;) {
		while (at_a < a.len && sip_uri_is_separator(a.ptr[at_a]))
			at_a++;
		while (at_b < b.len && sip_uri_is_separator(b.ptr[at_b]))
			at_b++;
		if (at_a == a.len || at_b == b.len)
			return at_a == a.len && at_b == b.len;
		if (ascii_lower(a.ptr[at_a++]) != ascii_lower(b.ptr[at_b++]))
			return false;
	}
}

static bool is_number_param(const struct part *part)
{
	if (text_equals(part->name, TEXT("ext")))
		return true;
	return text_equals(part->name, TEXT("phone-context")) &&
	       part->value.len > 0 && part->value.ptr[0] == '+';
}

static bool tel_param_equals(const struct part *a, const struct part *b)
{
	if (!b || a->has_value != b->has_value)
		return false;
	if (is_number_param(a) && is_number_param(b))
		return number_equals(a->value, b->value);
	return escaped_equals(a->value, b->value, false);
}

static bool all_equal(const struct parts *a, const struct parts *b,
		      value_equals_fn equals)
{
	for (size_t i = 0; i < a->count; i++)
		if (!equals(&a->all[i], find_part(b, a->all[i].name)))
			return false;
	return true;
}

static bool sets_equal(struct text a, struct text b, char separator,
		       value_equals_fn equals)
{
	struct parts parts_a;
	struct parts parts_b;

	if (text_equals(a, b))
		return true;
	return split(a, separator, &parts_a) && split(b, separator, &parts_b) &&
	       all_equal(&parts_a, &parts_b, equals) &&
	       all_equal(&parts_b, &parts_a, equals);
}

static bool sip_equals(const struct sip_uri *a, const struct sip_uri *b)
{
	return a->has_user == b->has_user &&
	       a->has_password == b->has_password && a->port == b->port &&
	       a->has_headers == b->has_headers && sip_host_equals(a, b) &&
	       escaped_equals(a->user, b->user, true) &&
	       escaped_equals(a->password, b->password, true) &&
	       sets_equal(a->params, b->params, ';', sip_param_equals) &&
	       sets_equal(a->headers, b->headers, '&', header_equals);
}

bool sip_uri_equals(const struct sip_uri *a, const struct sip_uri *b)
{
	if (a->scheme != b->scheme)
		return false;
	if (a->scheme == SIP_SCHEME_OTHER)
		return text_equals(a->scheme_text, b->scheme_text) &&
		       text_equals(a->opaque, b->opaque);
	if (a->scheme == SIP_SCHEME_TEL)
		return number_equals(a->user, b->user) &&
		       sets_equal(a->params, b->params, ';', tel_param_equals);
	return sip_equals(a, b);
}
