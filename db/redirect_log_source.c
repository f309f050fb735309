#include "db/redirect_log_source.h"

#include <string.h>

/* Behind a display name in quotes, which may hold anything. */
static struct text skip_quoted(struct text text)
{
	size_t i = 1;

	if (text.len == 0 || text.ptr[0] != '"')
		return text;
	while (i < text.len && text.ptr[i] != '"')
		i += text.ptr[i] == '\\' ? 2 : 1;
	i = i < text.len ? i + 1 : text.len;
	return (struct text){ text.ptr + i, text.len - i };
}

static struct text up_to(struct text text, char mark)
{
	const char *at = text.len > 0 ? memchr(text.ptr, mark, text.len) : NULL;

	if (at)
		text.len = (size_t)(at - text.ptr);
	return text;
}

struct text log_caller_of(struct text from)
{
	struct text rest = skip_quoted(text_trim(from));
	const char *open = rest.len > 0 ? memchr(rest.ptr, '<', rest.len)
					: NULL;

	if (!open)
		return text_trim(up_to(rest, ';'));
	rest.len -= (size_t)(open + 1 - rest.ptr);
	rest.ptr = open + 1;
	return text_trim(up_to(rest, '>'));
}

struct text log_source_host(struct text source)
{
	const char *colon;

	if (source.len > 0 && source.ptr[0] == '[')
		return up_to((struct text){ source.ptr + 1, source.len - 1 },
			     ']');
	colon = source.len > 0 ? memrchr(source.ptr, ':', source.len) : NULL;
	if (colon)
		source.len = (size_t)(colon - source.ptr);
	return source;
}
