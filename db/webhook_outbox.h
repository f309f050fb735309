/*
 * webhook_outbox.h - events as rows, one delivery for each endpoint that wants
 * to know, in the transaction of what they tell of: an event is never lost, and
 * never told of what was rolled back. Inside db/ only, but for the settings;
 * store thread.
 */
#ifndef SIPMOVED_DB_WEBHOOK_OUTBOX_H
#define SIPMOVED_DB_WEBHOOK_OUTBOX_H

#include "db/backup.h"
#include "db/changes.h"
#include "db/webhook_event.h"

struct move_import;
struct backup;
struct redirect_log_entry;

enum {
	WEBHOOK_BODY_MAX = 20 * 1000, /* bytes of JSON */
};

/*
 * What events say of objects: the API's documents, which only api/ can write.
 * Each gives JSON that the caller frees. ENOMEM.
 */
struct webhook_documents {
	int (*move)(const struct move *move, int64_t now_ms, char **ret_json);
	int (*move_import)(const struct move_import *import, char **ret_json);
	int (*backup)(const struct backup *backup, char **ret_json);
	int (*call)(const struct redirect_log_entry *entry, char **ret_json);
};

/* Of the redirect log; the others are named after their events. */
#define WEBHOOK_CALLS_POSITION "calls"

struct webhook_event_draft {
	enum webhook_event_type type;
	const char *object_id; /* "": told as often as it is written */
	int64_t revision;
	int64_t at_ms;		 /* when it happened */
	const char *data;	 /* a JSON object */
	int64_t endpoint_row_id; /* not 0: for this one alone */
};

/* Is there an endpoint that is enabled? If not, nothing is told at all. */
int webhook_has_takers(struct changes *changes, bool *ret_has)
	__attribute__((warn_unused_result));
/* Does anybody want to know? Asked before an event is put into words. */
int webhook_is_wanted(struct changes *changes, enum webhook_event_type type,
		      bool *ret_wanted) __attribute__((warn_unused_result));
/* The same (object, revision, type) again replaces what is said of it. */
int webhook_event_write(struct changes *changes,
			const struct webhook_event_draft *draft)
	__attribute__((warn_unused_result));

/* How far what comes by itself was told. Zeros: it has none yet. */
struct webhook_position {
	int64_t value; /* a time, or a record of the redirect log */
	char after_id[OBJECT_ID_SIZE]; /* of those with the same value */
};
int webhook_position_get(struct changes *changes, const char *name,
			 struct webhook_position *ret_position)
	__attribute__((warn_unused_result));
int webhook_position_set(struct changes *changes, const char *name,
			 const struct webhook_position *position)
	__attribute__((warn_unused_result));
/* Before an endpoint is made or changed: of what nobody wanted so far, the past
 * is not told. */
int webhook_positions_begin(struct changes *changes)
	__attribute__((warn_unused_result));

/* JSON by a statement that selects one, with ?1, ?2 ... as texts, NULL ends
 * them. malloc'ed. */
int webhook_json(struct changes *changes, const char *sql,
		 const char *const *texts, char **ret_json)
	__attribute__((warn_unused_result));

/* --- what the files of changes say -----------------------------------------
 */

/* type: created, updated or cancelled, and what follows of it by itself. was:
 * NULL for a new one. */
int webhook_move_changed(struct changes *changes, enum webhook_event_type type,
			 const struct move *was, const struct move *move)
	__attribute__((warn_unused_result));
/* One of those that come by themselves. */
int webhook_move_passed(struct changes *changes, enum webhook_event_type type,
			const struct move *move, int64_t at_ms)
	__attribute__((warn_unused_result));
int webhook_policy_changed(struct changes *changes)
	__attribute__((warn_unused_result));
/* err 0: it was made. */
int webhook_backup_ended(struct changes *changes, const struct backup *backup,
			 int backup_err) __attribute__((warn_unused_result));
int webhook_import_done(struct changes *changes,
			const struct move_import *import)
	__attribute__((warn_unused_result));

#endif
