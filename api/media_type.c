#include "api/media_type.h"

#include <string.h>

/* Takes what stands before the separator off the front of *rest. Separators
 * within quotes do not count. */
static struct text next_part(struct text *rest, char separator)
{
	struct text part = { rest->ptr, 0 };
	bool quoted = false;

	while (part.len < rest->len) {
		char c = rest->ptr[part.len];

		if (c == separator && !quoted)
			break;
		if (c == '"')
			quoted = !quoted;
		part.len++;
	}
	rest->ptr += part.len;
	rest->len -= part.len;
	if (rest->len > 0) {
		rest->ptr++;
		rest->len--;
	}
	return text_trim(part);
}

bool media_type_is(struct text content_type, struct text type)
{
	if (!text_equals_nocase(next_part(&content_type, ';'), type))
		return false;
	while (content_type.len > 0) {
		struct text parameter = next_part(&content_type, ';');

		if (!text_equals_nocase(parameter, TEXT("charset=utf-8")) &&
		    !text_equals_nocase(parameter, TEXT("charset=\"utf-8\"")))
			return false;
	}
	return true;
}

/* "0.5" as 500; what is malformed reads as 0, so that it allows nothing. */
static int q_permille(struct text q)
{
	static const int weights[] = { 100, 10, 1 };
	int value;

	if (q.len == 0 || q.len > 5 || (q.ptr[0] != '0' && q.ptr[0] != '1'))
		return 0;
	value = (q.ptr[0] - '0') * 1000;
	for (size_t i = 2; i < q.len; i++) {
		if (q.ptr[1] != '.' || q.ptr[i] < '0' || q.ptr[i] > '9')
			return 0;
		value += (q.ptr[i] - '0') * weights[i - 2];
	}
	return value > 1000 ? 0 : value;
}

/* How closely a range names the type: 0 not at all ... 3 exactly. */
static int closeness(struct text range, struct text type)
{
	const char *slash = memchr(type.ptr, '/', type.len);
	size_t major = slash ? (size_t)(slash - type.ptr) + 1 : 0;

	if (text_equals(range, TEXT("*/*")))
		return 1;
	if (range.len == major + 1 && range.ptr[major] == '*' &&
	    text_equals_nocase((struct text){ range.ptr, major },
			       (struct text){ type.ptr, major }))
		return 2;
	return text_equals_nocase(range, type) ? 3 : 0;
}

int media_type_weight_permille(struct text accept, struct text type)
{
	int best = 0, q = 0;

	if (text_trim(accept).len == 0)
		return 1000;
	while (accept.len > 0) {
		struct text element = next_part(&accept, ',');
		struct text range = next_part(&element, ';');
		int close = closeness(range, type), weight = 1000;

		while (element.len > 0) {
			struct text parameter = next_part(&element, ';');

			if (text_starts_with_nocase(parameter, TEXT("q=")))
				weight = q_permille((struct text){
					parameter.ptr + 2, parameter.len - 2 });
		}
		if (close > best || (close == best && weight > q)) {
			best = close;
			q = close > 0 ? weight : 0;
		}
	}
	return q;
}

bool media_type_is_accepted(struct text accept, struct text type)
{
	return media_type_weight_permille(accept, type) > 0;
}
