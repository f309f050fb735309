#include "api/http_media.h"

#include "api/media_type.h"
#include "api/problem.h"

enum {
	TYPES_SIZE = 200,
};

/* --- answers -------------------------------------------------------------- */

static bool is_json_path(const struct endpoint *endpoint)
{
	return text_starts_with_nocase(text_of(endpoint->path), TEXT("/v1/"));
}

/* Several Accept fields are one list; each is asked in its turn. */
static int type_weight(const struct http_head *head, const char *type)
{
	int best = 0;
	bool any = false;

	for (size_t i = 0; i < head->field_count; i++) {
		const struct http_field *field = &head->fields[i];
		int weight;

		if (!text_equals_nocase(field->name, TEXT("Accept")))
			continue;
		weight =
			media_type_weight_permille(field->value, text_of(type));
		if (weight > best)
			best = weight;
		any = true;
	}
	return any ? best : 1;
}

static const struct endpoint_media *media_of(const struct exchange *exchange)
{
	const struct endpoint *endpoint = exchange->wire->endpoint;

	for (size_t i = 0; i < endpoint_media_count; i++)
		if (endpoint_media[i].handle == endpoint->handle)
			return &endpoint_media[i];
	return NULL;
}

bool http_media_negotiate(struct exchange *exchange,
			  const struct http_head *head)
{
	static const char *const json[] = { "application/json", NULL };
	static const char *const plain[] = { "text/plain", NULL };
	const struct endpoint_media *media = media_of(exchange);
	const char *const *types =
		is_json_path(exchange->wire->endpoint) ? json : plain;
	int best = 0;

	if (media && media->answers[0])
		types = media->answers;
	for (size_t i = 0; types[i]; i++) {
		int weight = type_weight(head, types[i]);

		if (weight > best)
			exchange->answer_type = types[i];
		if (weight > best)
			best = weight;
	}
	if (best > 0)
		return true;
	problem_answer(exchange, PROBLEM_NOT_ACCEPTABLE,
		       "This path answers with %s%s%s.", types[0],
		       types[1] ? ", " : "", types[1] ? types[1] : "");
	return false;
}

/* --- bodies --------------------------------------------------------------- */

static bool stream_type_fits(struct exchange *exchange, struct text type)
{
	const struct endpoint_media *media = media_of(exchange);

	for (size_t i = 0; media && media->reads[i]; i++)
		if (media_type_is(type, text_of(media->reads[i]))) {
			exchange->body_type = media->reads[i];
			return true;
		}
	return false;
}

static bool type_fits(struct exchange *exchange, const struct http_head *head)
{
	const struct endpoint *endpoint = exchange->wire->endpoint;
	struct text type = TEXT(""), coding;

	if (http_head_field(head, TEXT("Content-Encoding"), &coding) &&
	    coding.len > 0)
		return false;
	http_head_field(head, TEXT("Content-Type"), &type);
	if (endpoint->body == BODY_STREAM)
		return stream_type_fits(exchange, type);
	return media_type_is(type, TEXT("application/json")) ||
	       (endpoint->body == BODY_MERGE_PATCH &&
		media_type_is(type, TEXT("application/merge-patch+json")));
}

static void list_types(const struct endpoint_media *media,
		       char types[TYPES_SIZE])
{
	struct writer writer = writer_over(types, TYPES_SIZE - 1);

	for (size_t i = 0; media && media->reads[i]; i++) {
		if (i > 0)
			writer_put(&writer, TEXT(", "));
		writer_put(&writer, text_of(media->reads[i]));
	}
	types[writer.len] = '\0';
}

bool http_media_fits(struct exchange *exchange, const struct http_head *head)
{
	const struct endpoint *endpoint = exchange->wire->endpoint;
	static const char *const headers[] = {
		[HTTP_POST] = "Accept-Post",
		[HTTP_PUT] = "Accept",
		[HTTP_PATCH] = "Accept-Patch",
	};
	const char *types = endpoint->body == BODY_MERGE_PATCH
				    ? "application/merge-patch+json, "
				      "application/json"
				    : "application/json";
	char streamed[TYPES_SIZE];

	if (type_fits(exchange, head))
		return true;
	if (endpoint->body == BODY_STREAM) {
		list_types(media_of(exchange), streamed);
		types = streamed;
	}
	exchange_set_header(exchange, headers[endpoint->method], types);
	problem_answer(exchange, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
		       "The body must be %s, without a Content-Encoding.",
		       types);
	return false;
}
