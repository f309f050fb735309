/*
 * resource.h - a kind of stored objects as REST, /v1/things and
 * /v1/things/{id}: what GET (ETag, 304), POST (Location, 409 that names the
 * other one), PATCH (If-Match, merge patch), DELETE and the list (limit,
 * cursor, filters) are to all kinds alike. A kind is a table: its values, its
 * document, its steps in the store. What it has besides is its own file's.
 *
 * A handler runs on the "http" thread, a step on the store's.
 */
#ifndef SIPMOVED_API_RESOURCE_H
#define SIPMOVED_API_RESOURCE_H

#include <stddef.h>

#include "api/object_request.h"
#include "api/page.h"

/* exchange->state of all of them. */
struct resource_request {
	struct object_request common;
	const struct resource *resource;
	/* Of a list: its items, items_size values, owned. */
	bool is_list;
	struct page page, asked; /* the one that is read, and by the client */
	void *items;
	size_t items_size;
	/* Zeros to begin with: the value; of a list, its filter. */
	max_align_t own[];
};

struct resource_head {
	const char *id;
	int64_t revision;
};

/* Inside a store job; faults go to the state's common.found, and what is in the
 * way to its common.other_id. own: the request's. */
typedef int resource_step_fn(struct changes *changes, struct exchange *exchange,
			     void *own);

struct resource {
	const char *path; /* "/v1/things" */
	unsigned kind;	  /* for kinds that share functions */
	size_t value_size;
	/* Of a struct that begins with the value, for a kind whose requests
	 * need more beside it; 0: the value alone. */
	size_t request_size;
	size_t filter_size;
	/* They change without a revision, too: never "not modified". */
	bool one_is_always_new, list_is_always_new;

	/* The body's members, all of them: by the rules of POST (is_new) or of
	 * merge patch. What is wrong is a fault; an error is ENOMEM. */
	int (*read)(struct exchange *exchange, bool is_new, void *value);
	/* As an object; one by itself or an item of a list. */
	void (*write)(const struct exchange *exchange,
		      struct json_writer *writer, const void *value);
	struct resource_head (*head)(const void *value);

	resource_step_fn *get, *create;
	resource_step_fn *update; /* value: as it is to become */
	resource_step_fn *remove; /* value: zeros, or what `check` was told */
	/* May the caller change this? Asked of what is stored, and of what it
	 * would become. NULL: whoever has the scope may. */
	int (*check)(const struct exchange *exchange, const void *value);
	/* True: it has answered an error of the kind's own. NULL: none. */
	bool (*refused)(struct exchange *exchange);
	const char *not_empty_detail; /* if deleting can be ENOTEMPTY */

	/* The list's own parameters; NULL: none. */
	void (*read_filter)(struct exchange *exchange, void *filter);
	/* Fills items, page.count and page.more; own: the filter. */
	resource_step_fn *list;
	/* The place of the last item; NULL: its id. */
	void (*place)(const void *value, struct cursor *ret_place);

	/* Wipes or frees what a value holds; NULL: nothing. */
	void (*clear)(void *value);
};

void resource_list(struct exchange *exchange, const struct resource *resource);
void resource_create(struct exchange *exchange,
		     const struct resource *resource);
void resource_get(struct exchange *exchange, const struct resource *resource);
void resource_patch(struct exchange *exchange, const struct resource *resource);
void resource_delete(struct exchange *exchange,
		     const struct resource *resource);

/* For an operation of a kind's own on one of its objects, up to
 * object_request_submit(): the value; NULL: a problem was answered. */
void *resource_change(struct exchange *exchange,
		      const struct resource *resource, bool has_body);
/* Its end: true if the change was made, or would have been. Else a problem was
 * answered. */
bool resource_changed(struct exchange *exchange);
/* What DELETE answers, if it was. */
void resource_answer_deleted(struct exchange *exchange);

#endif
