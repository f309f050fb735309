/*
 * source_document.h - source rules, bans, scanner patterns and the source limit
 * (here), peer profiles and target rules (in files of their own) as JSON
 * documents, by the rules of POST (is_new) and of merge patch.
 */
#ifndef SIPMOVED_API_SOURCE_DOCUMENT_H
#define SIPMOVED_API_SOURCE_DOCUMENT_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "db/source_rows.h"

/* How one kind is read and written; value: the kind's struct, zeroed when it is
 * new. Reading takes note of all members, the unknown ones as well. */
struct source_document {
	void (*read)(struct json_object *object, bool is_new, int64_t now_ms,
		     void *value);
	void (*write)(struct json_writer *writer, const void *value);
};
const struct source_document *source_document(enum source_kind kind);

/* is_new: what is absent takes its default (PUT). */
void source_limit_document_read(struct json_object *object, bool is_new,
				struct source_limit *limit);
void source_limit_document_write(struct json_writer *writer,
				 const struct source_limit *limit);

#endif
