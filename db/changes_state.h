/*
 * changes_state.h - what a job in the store shares with the files that change
 * rows (move_rows.c, domain_rows.c, ...). Inside db/ only; store thread.
 */
#ifndef SIPMOVED_DB_CHANGES_STATE_H
#define SIPMOVED_DB_CHANGES_STATE_H

#include "db/changes.h"
#include "db/database.h"
#include "db/snapshot_builder.h"

/* Some of them twice. */
struct touched_names {
	char (*list)[MOVE_ADDRESS_MAX + 1];
	size_t count, size;
};

struct changes {
	struct database *database;
	const struct snapshot *snapshot; /* committed: what calls see now */
	struct actor actor;
	int64_t now_ms;
	bool allow_local_targets;
	/* The disk is nearly full: only what ends or edits is let through. */
	bool is_low_on_disk;
	/* The revision this job's rows get; 0 until changes_revision(). */
	int64_t revision;
	int64_t last_revision; /* of the jobs before, committed or not */
	/* What the next snapshot must reload; kept for the whole group, and cut
	 * back to where it was when a job's savepoint is rolled back. */
	struct touched_names touched_addresses, touched_users;
	bool touched_domains, touched_rules, touched_tokens;
	bool touched_sources;
	bool touched_peer_profiles;
	bool touched_targets;
	bool touched_sip_users; /* and who has to be one */
	/* Target rules as this group has made them; NULL until asked for. */
	struct target_screen *pending_screen;
	struct session_pages touched_sessions; /* or who is behind one */
	/* Asked for each address of an import: does any domain ignore the case
	 * of users? Not asked again until a domain's settings change. */
	enum {
		CASE_NOT_ASKED,
		CASE_MATTERS,
		CASE_IS_IGNORED
	} user_case;
	/* Rows that no snapshot holds, and no revision tells of: when a session
	 * was last used. */
	bool touched_quietly;
	/* Deliveries of webhooks, or when moves begin and end: their sender is
	 * told after the commit. */
	bool touched_outbox;
	/* When calendars are to be read: their reader is told likewise. */
	bool touched_calendars;
	const struct webhook_documents *documents; /* NULL: no events */
	const char *public_origin; /* "https://moves.example.com", or "" */
};

/* Before each job: nobody has acted yet, and it has no revision. */
void changes_begin(struct changes *changes, int64_t now_ms);
/* How much was touched, to go back to when a job fails. */
struct changes_mark {
	size_t touched_address_count, touched_user_count;
	bool touched_domains, touched_rules, touched_tokens;
	bool touched_sources;
	bool touched_peer_profiles;
	bool touched_targets;
	bool touched_sip_users;
	struct session_pages touched_sessions;
	bool touched_quietly;
	bool touched_outbox;
	bool touched_calendars;
};
struct changes_mark changes_mark(const struct changes *changes);
void changes_rewind(struct changes *changes, const struct changes_mark *mark);
void changes_clear(struct changes *changes); /* frees what was touched */
/* Target rules, or their policy, are others now. */
void changes_touch_targets(struct changes *changes);
/* For what makes new rows: ENOSPC while the disk is nearly full. */
int changes_may_grow(const struct changes *changes)
	__attribute__((warn_unused_result));

/* The job's revision: the first call in a job takes the next one. */
int64_t changes_revision(struct changes *changes);
/* token_rows.c: a user was changed who may have tokens. */
int tokens_touch_of(struct changes *changes, int64_t user_row_id)
	__attribute__((warn_unused_result));
/* ENOMEM */
int changes_touch_address(struct changes *changes, const char *canonical)
	__attribute__((warn_unused_result));
/* One who has, or had, that name. ENOMEM */
int changes_touch_user(struct changes *changes, const char *name)
	__attribute__((warn_unused_result));

/*
 * The row as JSON: sql selects one json_object() by ?1, the row's number.
 * *ret_json: malloc'ed, the caller's; NULL if there is no such row.
 */
int audit_row_json(struct changes *changes, const char *sql, int64_t row_id,
		   char **ret_json) __attribute__((warn_unused_result));
/* What the audit row says of an object; before is NULL for a creation. */
struct audit_subject {
	const char *action; /* "move.create" */
	const char *object_id;
	const char *row_sql; /* see audit_row_json() */
	int64_t row_id;
};
/* The audit row of a change that was just made: reads what the row is now. */
int audit_change(struct changes *changes, const struct audit_subject *subject,
		 const char *before) __attribute__((warn_unused_result));
/* The same of an address, or what hangs on one. owner_id: the user's whose it
 * is, or was; "": nobody's. */
int audit_owned_change(struct changes *changes,
		       const struct audit_subject *subject,
		       const char *owner_id, const char *before)
	__attribute__((warn_unused_result));
/* One audit row with the job's actor, time and revision. before, after: JSON
 * made by SQLite's json_object(), or NULL. */
int audit_write(struct changes *changes, const char *action,
		const char *object_id, const char *before, const char *after)
	__attribute__((warn_unused_result));

/*
 * snapshot_load.c: reads rows into a builder. All of it at start; what was
 * touched after a group. Moves that ended before now_ms, and cancelled ones,
 * are left out (they can never answer a call again).
 */
int snapshot_load_all(struct database *database,
		      struct snapshot_builder *builder, int64_t now_ms)
	__attribute__((warn_unused_result));
int snapshot_load_touched(struct changes *changes,
			  struct snapshot_builder *builder)
	__attribute__((warn_unused_result));

#endif
