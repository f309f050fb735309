#include "sip/called_uri.h"

#include "sip/writer_put.h"

static struct text up_to(const char *from, const char *until)
{
	return (struct text){ from, (size_t)(until - from) };
}

/* Does a name begin as one of those below? Most are seen not to. */
static bool may_be_left_out(const char *name, const char *end)
{
	char second;

	if (end - name < 3)
		return false;
	second = ascii_lower(name[1]);
	if (ascii_lower(name[0]) == 'm')
		return second == 'a' || second == 'e';
	return ascii_lower(name[0]) == 't' && second == 't';
}

static bool is_left_out(struct text param)
{
	static const struct text names[] = { TEXT("maddr"), TEXT("method"),
					     TEXT("ttl") };
	const char *equals = memchr(param.ptr, '=', param.len);

	if (equals)
		param = up_to(param.ptr, equals);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (text_equals_nocase(param, names[i]))
			return true;
	return false;
}

/* The one that begins here; none is empty. */
static struct text param_at(const char *at, const char *end)
{
	const char *semicolon = memchr(at, ';', (size_t)(end - at));

	return up_to(at, semicolon ? semicolon : end);
}

/* Parameters, each with its ';', up to the next that goes: its ';'. */
static const char *find_left_out(const char *at, const char *end)
{
	for (; at < end; at++)
		if (*at == ';' && may_be_left_out(at + 1, end) &&
		    is_left_out(param_at(at + 1, end)))
			return at;
	return end;
}

static void put_params(struct writer *writer, struct text params)
{
	const char *at = params.ptr, *end = params.ptr + params.len;

	while (at < end) {
		const char *gone = find_left_out(at, end);

		put(writer, up_to(at, gone));
		at = gone;
		if (at < end)
			at += 1 + param_at(at + 1, end).len;
	}
}

/* Headers are refused before there is anything to say (19.1.1). */
void called_uri_read(const struct sip_request *request,
		     struct called_uri *ret_called)
{
	const struct sip_uri *uri = &request->uri;
	struct text whole = request->uri_text;
	const char *from = whole.ptr, *end = whole.ptr + whole.len;
	/* With the ';' before the first. */
	const char *until = uri->params.len > 0 ? uri->params.ptr - 1 : end;
	struct text params = up_to(until, end);
	struct writer writer =
		writer_over(ret_called->mended, sizeof(ret_called->mended));
	size_t params_at;

	ret_called->whole = whole;
	ret_called->params = params;
	if (!uri->has_password && find_left_out(until, end) == end)
		return;
	if (uri->has_password) {
		put(&writer, up_to(from, uri->user.ptr + uri->user.len));
		from = uri->password.ptr + uri->password.len;
	}
	put(&writer, up_to(from, until));
	params_at = writer.len;
	put_params(&writer, params);
	ret_called->whole = writer_text(&writer);
	ret_called->params = (struct text){ writer.buffer + params_at,
					    writer.len - params_at };
}
