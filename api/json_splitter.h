/*
 * json_splitter.h - the elements of a long list in JSON, one by one, out of
 * bytes that come piece by piece: lines (NDJSON), or an array, bare or as
 * {"items": [...]}. It finds where an element begins and ends and what stands
 * between; whether the element itself is JSON, json_reader.h says.
 *
 * Bounded: RECORD_BYTES_MAX an element. One thread.
 */
#ifndef SIPMOVED_API_JSON_SPLITTER_H
#define SIPMOVED_API_JSON_SPLITTER_H

#include "api/record_read.h"
#include "base/text.h"

struct json_splitter {
	struct text element;  /* the last one, until more is fed */
	uint32_t record_line; /* where it begins; the first line is 1 */
	const char *why;      /* RECORD_BROKEN: a sentence, static */

	bool is_lines;
	char *bytes; /* owned */
	size_t len;
	uint32_t line;
	int state;
	size_t depth;
	bool in_string, is_escaped, has_object, is_done;
};

/* ENOMEM */
int json_splitter_init(struct json_splitter *splitter, bool is_lines)
	__attribute__((warn_unused_result));
void json_splitter_clear(struct json_splitter *splitter);
/* Takes from the front of *part what it reads. */
enum record_read json_splitter_feed(struct json_splitter *splitter,
				    struct text *part);
/* No more will come: the last line. PARTIAL: there is none. */
enum record_read json_splitter_end(struct json_splitter *splitter);

#endif
