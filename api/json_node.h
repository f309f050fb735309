/*
 * json_node.h - how a document's nodes lie in memory: json_reader.c makes them,
 * json_value.c walks them. Nowhere else.
 */
#ifndef SIPMOVED_API_JSON_NODE_H
#define SIPMOVED_API_JSON_NODE_H

#include <stddef.h>

struct cJSON;

/* cJSON keeps children in a list; an array of nodes makes the index cheap. */
struct json_value {
	const struct cJSON *item;
	const struct json_value *children;
	size_t count;
};

struct json_document {
	struct cJSON *root;
	struct json_value *values; /* [0] is the root */
	size_t value_count;
};

#endif
