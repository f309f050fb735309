/*
 * inbound_effect.h - what one event of an inbound source does: read by its
 * mapping, then applied in the store as a row of an import is, by the rules of
 * POST /v1/moves. The same for what comes in, what is replayed and what is
 * tried.
 */
#ifndef SIPMOVED_API_INBOUND_EFFECT_H
#define SIPMOVED_API_INBOUND_EFFECT_H

#include "api/inbound_mapping.h"
#include "db/inbound_sources.h"
#include "db/move_import.h"

struct inbound_effect {
	/* By _read(); no error in the import and no ignore: it can be applied.
	 */
	struct mapped_event mapped;
	struct move move;
	/* What is wrong, at members of the move; what became of it. */
	struct move_import import;
	/* By _apply(): the move that was made or changed. */
	struct move stored;
	bool has_stored;
};

void inbound_effect_clear(struct inbound_effect *effect);

/* Zeroed before. mapping_json: what the source keeps. ENOMEM */
int inbound_effect_read(struct inbound_effect *effect, struct text mapping_json,
			struct text body) __attribute__((warn_unused_result));
/* The same by a mapping and a payload that are at hand. ENOMEM */
int inbound_effect_map(struct inbound_effect *effect,
		       const struct inbound_mapping *mapping,
		       const struct json_value *payload)
	__attribute__((warn_unused_result));
/* Inside a store job. An error is the database's; what is wrong with the event
 * is in the import, and then nothing was changed. */
int inbound_effect_apply(struct inbound_effect *effect, struct changes *changes,
			 unsigned on_conflict)
	__attribute__((warn_unused_result));

bool inbound_effect_is_refused(const struct inbound_effect *effect);
/* "created", "updated", "cancelled", "unchanged", "none" */
const char *inbound_effect_change(const struct inbound_effect *effect);
/* "errors": [...] as problems have it, the first `max` of them. */
void inbound_effect_write_errors(struct json_writer *writer,
				 const struct inbound_effect *effect,
				 size_t max);
/* All that were kept, for problem_answer_members(). */
void inbound_effect_put_errors(struct json_writer *writer, void *effect);

#endif
