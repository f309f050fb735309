/*
 * move_document.h - a move as JSON: the document of /v1/moves and struct move.
 */
#ifndef SIPMOVED_API_MOVE_DOCUMENT_H
#define SIPMOVED_API_MOVE_DOCUMENT_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "api/zoned_time.h"
#include "db/move.h"

/*
 * Both note every fault they see and go on with what was readable; what needs
 * the whole move (END_BEFORE_START, BAD_TARGET ...) is for move_validate().
 * Errors: ENOMEM.
 *
 * POST: move is zeroed before. An absent starts_at stays 0: now.
 */
int move_document_read(struct json_object *document, struct move *move)
	__attribute__((warn_unused_result));
/*
 * As move_document_read(), of what an export shows: members that are read-only
 * are passed over, but for `id`, which is kept. *ret_history: it was ended or
 * cancelled when it was exported. clock: one for all the documents.
 */
int move_document_import(struct json_object *document, struct move *move,
			 struct zoned_clock *clock, bool *ret_history)
	__attribute__((warn_unused_result));
/* The same; whoever is held to what they own may leave the address out. */
int move_document_read_own(struct json_object *document, struct move *move)
	__attribute__((warn_unused_result));
/* PATCH, RFC 7396, onto the stored move. A local time is read in the zone of
 * the patch, or else in the one the move has. */
int move_document_merge(struct json_object *patch, struct move *move)
	__attribute__((warn_unused_result));

/* clock: one for all the documents of an answer. begin leaves the object open,
 * for a caller with more members. */
void move_document_begin(struct json_writer *writer, const struct move *move,
			 struct zoned_clock *clock, int64_t now_ms);
void move_document_write(struct json_writer *writer, const struct move *move,
			 struct zoned_clock *clock, int64_t now_ms);

#endif
