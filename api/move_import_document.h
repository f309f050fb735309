/*
 * move_import_document.h - an import of moves as JSON.
 */
#ifndef SIPMOVED_API_MOVE_IMPORT_DOCUMENT_H
#define SIPMOVED_API_MOVE_IMPORT_DOCUMENT_H

#include "api/json_writer.h"
#include "db/move_import.h"

/* with_errors: of one import; a list leaves them out. */
void move_import_document_write(struct json_writer *writer,
				const struct move_import *import,
				bool with_errors);
/* The counts and `errors` alone, by row: into an open object. */
void move_import_document_put_result(struct json_writer *writer,
				     const struct move_import *import,
				     bool with_errors);

const char *move_import_on_conflict_name(enum move_import_on_conflict value);

#endif
