#include "sip/called_uri.h"

#include "sip/writer_put.h"

/* The shortest is the last. */
static const struct text left_out[] = {
	TEXT("maddr"),
	TEXT("method"),
	TEXT("ttl"),
};

static struct text up_to(const char *from, const char *until)
{
	return (struct text){ from, (size_t)(until - from) };
}

static bool is_left_out(struct text param)
{
	const char *equals = memchr(param.ptr, '=', param.len);
	struct text name = equals ? up_to(param.ptr, equals) : param;

	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		if (text_equals_nocase(name, left_out[i]))
			return true;
	return false;
}

bool called_uri_is_plain(const struct sip_request *request)
{
	struct text params = request->uri.params;
	const char *at = params.ptr, *end = params.ptr + params.len;

	while (params.len > 0 && at < end) {
		const char *semicolon = memchr(at, ';', (size_t)(end - at));
		struct text param = up_to(at, semicolon ? semicolon : end);

		if (param.len >= left_out[2].len && is_left_out(param))
			return false;
		at = semicolon ? semicolon + 1 : end;
	}
	return true;
}

void called_uri_write_params(const struct sip_request *request, bool is_plain,
			     struct writer *writer)
{
	struct text params = request->uri.params;
	const char *at = params.ptr, *end;

	if (params.len == 0)
		return;
	if (is_plain) {
		put(writer, TEXT(";"));
		put(writer, params);
		return;
	}
	end = params.ptr + params.len;
	for (;;) {
		const char *semicolon = memchr(at, ';', (size_t)(end - at));
		struct text param = up_to(at, semicolon ? semicolon : end);

		if (!is_left_out(param)) {
			put(writer, TEXT(";"));
			put(writer, param);
		}
		if (!semicolon)
			break;
		at = semicolon + 1;
	}
}

/* Headers are refused before there is anything to say (19.1.1). */
void called_uri_write(const struct sip_request *request, bool is_plain,
		      struct writer *writer)
{
	const struct sip_uri *uri = &request->uri;
	struct text text = request->uri_text;
	const char *from = text.ptr, *end = text.ptr + text.len;

	if (uri->params.len > 0)
		end = uri->params.ptr - 1; /* its ';' */
	if (uri->has_password) {
		put(writer, up_to(from, uri->user.ptr + uri->user.len));
		from = uri->password.ptr + uri->password.len;
	}
	put(writer, up_to(from, end));
	called_uri_write_params(request, is_plain, writer);
}
