#include "api/router.h"

#include <string.h>

static const char *const method_names[] = {
	[HTTP_GET] = "GET",	    [HTTP_HEAD] = "HEAD",
	[HTTP_POST] = "POST",	    [HTTP_PUT] = "PUT",
	[HTTP_PATCH] = "PATCH",	    [HTTP_DELETE] = "DELETE",
	[HTTP_OPTIONS] = "OPTIONS",
};

enum {
	METHODS = sizeof(method_names) / sizeof(*method_names),
};

bool http_method_from_text(struct text text, enum http_method *ret_method)
{
	for (size_t i = 0; i < METHODS; i++)
		if (text_equals(text, text_of(method_names[i]))) {
			*ret_method = (enum http_method)i;
			return true;
		}
	return false;
}

const char *http_method_name(enum http_method method)
{
	return method_names[method];
}

/* The segments from the first on, as they stood in the path. False: they do
 * not fit. */
static bool join(const struct http_target *target, size_t first,
		 char id[PATH_ID_SIZE])
{
	struct writer writer = writer_over(id, PATH_ID_SIZE - 1);

	for (size_t i = first; i < target->segment_count; i++) {
		if (i > first)
			writer_put(&writer, TEXT("/"));
		writer_put(&writer, target->segments[i]);
	}
	id[writer.len] = '\0';
	return writer_is_complete(&writer) && writer.len > 0;
}

/* Walks the row's path beside the segments that were asked for. */
static bool path_fits(const char *path, const struct http_target *target,
		      char id[PATH_ID_SIZE])
{
	id[0] = '\0';
	for (size_t i = 0; i < target->segment_count; i++) {
		struct text segment = target->segments[i];
		size_t len;

		if (*path++ != '/')
			return false;
		if (!strcmp(path, "{path}"))
			return join(target, i, id);
		len = strcspn(path, "/");
		if (len == 4 && !memcmp(path, "{id}", 4)) {
			if (segment.len == 0 ||
			    !text_copy(segment, id, PATH_ID_SIZE))
				return false;
		} else if (!text_equals((struct text){ path, len }, segment)) {
			return false;
		}
		path += len;
	}
	return *path == '\0';
}

struct route router_find(const struct endpoint *table, size_t count,
			 const struct http_target *target,
			 enum http_method method)
{
	enum http_method wanted = method == HTTP_HEAD ? HTTP_GET : method;
	struct route route = { .methods = 0 };

	for (size_t i = 0; i < count; i++) {
		char id[PATH_ID_SIZE];

		if (!path_fits(table[i].path, target, id))
			continue;
		route.methods |= 1U << table[i].method;
		if (table[i].method == wanted) {
			route.endpoint = &table[i];
			memcpy(route.id, id, sizeof(id));
		}
	}
	if (route.methods & 1U << HTTP_GET)
		route.methods |= 1U << HTTP_HEAD;
	if (route.methods)
		route.methods |= 1U << HTTP_OPTIONS;
	return route;
}

void router_allow_text(unsigned methods, char text[ALLOW_TEXT_SIZE])
{
	struct writer writer = writer_over(text, ALLOW_TEXT_SIZE - 1);

	for (size_t i = 0; i < METHODS; i++) {
		if (!(methods & 1U << i))
			continue;
		if (writer.len > 0)
			writer_put(&writer, TEXT(", "));
		writer_put(&writer, text_of(method_names[i]));
	}
	text[writer.len] = '\0';
}
