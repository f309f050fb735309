/*
 * ctl_json.h - an answer of the server, walked where it lies: a value is a view
 * of its text. ctl_json_root() holds the whole text against the strict scanner
 * first; after that every walk is over JSON that is known to be good.
 *
 * Views live as long as the text. Main thread.
 */
#ifndef SIPMOVED_CTL_JSON_H
#define SIPMOVED_CTL_JSON_H

#include <stdio.h>

#include "base/text.h"

/* A value as it is written: `"a"`, `12`, `{"b":null}`; empty: there is none. */
struct ctl_json {
	struct text text;
};

/* False: not JSON. */
bool ctl_json_root(struct text text, struct ctl_json *ret_root);

bool ctl_json_is_there(struct ctl_json value); /* and not null */
bool ctl_json_is_string(struct ctl_json value);
bool ctl_json_is_object(struct ctl_json value);
bool ctl_json_is_array(struct ctl_json value);
bool ctl_json_is_true(struct ctl_json value);

/* "name", or "domain.name" for a member of a member. */
struct ctl_json ctl_json_member(struct ctl_json object, const char *path);

/* Over the elements of an array, or over the members of an object; then
 * *ret_name (may be NULL) has the name as it is written, without quotes. */
struct ctl_json_walk {
	struct text rest;
	bool is_object;
};
struct ctl_json_walk ctl_json_walk(struct ctl_json container);
bool ctl_json_next(struct ctl_json_walk *walk, struct text *ret_name,
		   struct ctl_json *ret_value);
size_t ctl_json_count(struct ctl_json container);

/*
 * A string without its quotes and escapes, another scalar as it is written,
 * null as "", an array as its elements with ", " between them. What does not
 * fit is cut.
 */
struct text ctl_json_text(struct ctl_json value, char *buffer, size_t size);
/* The same; NULL for want of memory. free() it. */
char *ctl_json_copy(struct ctl_json value, size_t *ret_len);
/* Of a JSON number or of a string of digits; 0 if it is neither. */
int64_t ctl_json_integer(struct ctl_json value);

/* Laid out over lines, without the last line's end. Bytes that a terminal
 * would obey are written as escapes. */
void ctl_json_print(struct ctl_json value, unsigned depth, FILE *stream);

#endif
