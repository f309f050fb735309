#include "sip/caller_privacy.h"

#include "sip/sip_named_header.h"
#include "sip/sip_token.h"

enum {
	PRIVACY_MAX = 256, /* bytes of all its lines that are looked at */
};

/* Does a Privacy line hold one of the two words? Lists by semicolon (RFC 3323
 * 4.2), and as some write them, by comma. */
static bool asks_privacy(const struct sip_request *request, struct text a,
			 struct text b)
{
	struct sip_named_header lines =
		sip_named_header_of(request, TEXT("Privacy"), 0);
	struct text value;
	size_t room = PRIVACY_MAX;

	while (sip_named_header_next(&lines, &value)) {
		struct sip_cursor cursor = sip_cursor_over(value);

		/* There are not so many words: whatever it is, it is hidden. */
		if (value.len > room)
			return true;
		room -= value.len;

		while (!sip_is_at_end(&cursor)) {
			struct text word = sip_take_token(&cursor);

			if (word.len == 0)
				cursor.at++;
			else if (text_equals_nocase(word, a) ||
				 text_equals_nocase(word, b))
				return true;
		}
	}
	return false;
}

/* The URI of a From value, between '<' and '>' or up to its parameters. */
static struct text from_uri(struct text from, struct text *ret_display)
{
	const char *open = NULL;
	bool is_quoted = false;
	struct text uri = from;
	const char *end;

	for (size_t i = 0; i < from.len && !open; i++) {
		if (is_quoted && from.ptr[i] == '\\')
			i++;
		else if (from.ptr[i] == '"')
			is_quoted = !is_quoted;
		else if (!is_quoted && from.ptr[i] == '<')
			open = from.ptr + i;
	}
	*ret_display = (struct text){ from.ptr, 0 };
	if (open) {
		ret_display->len = (size_t)(open - from.ptr);
		uri.ptr = open + 1;
		uri.len = from.len - ret_display->len - 1;
	}
	end = uri.len > 0 ? memchr(uri.ptr, open ? '>' : ';', uri.len) : NULL;
	if (end)
		uri.len = (size_t)(end - uri.ptr);
	return uri;
}

static bool is_anonymous_host(struct text host)
{
	static const char domain[] = "anonymous.invalid";
	const size_t len = sizeof(domain) - 1;
	struct text tail;

	if (host.len > len && host.ptr[host.len - 1] == '.')
		host.len--;
	if (host.len < len)
		return false;
	tail = (struct text){ host.ptr + host.len - len, len };
	return text_equals_nocase(tail, (struct text){ domain, len }) &&
	       (host.len == len || tail.ptr[-1] == '.');
}

static bool is_anonymous_name(struct text display)
{
	display = sip_trim(display);
	if (display.len >= 2 && display.ptr[0] == '"' &&
	    display.ptr[display.len - 1] == '"') {
		display.ptr++;
		display.len -= 2;
	}
	return text_equals_nocase(display, TEXT("Anonymous"));
}

bool caller_is_anonymous(const struct sip_request *request)
{
	struct text display;
	struct text text = from_uri(request->from, &display);
	struct sip_uri uri;

	if (is_anonymous_name(display))
		return true;
	if (sip_uri_parse(sip_trim(text), &uri) == 0 &&
	    (uri.scheme == SIP_SCHEME_SIP || uri.scheme == SIP_SCHEME_SIPS) &&
	    is_anonymous_host(uri.host))
		return true;
	return asks_privacy(request, TEXT("id"), TEXT("user"));
}

bool caller_hides_history(const struct sip_request *request)
{
	return asks_privacy(request, TEXT("history"), TEXT("header"));
}
