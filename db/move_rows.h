/*
 * move_rows.h - moves as rows: what move_rows.c, move_conflicts.c and
 * move_list.c share. Inside db/ only; store thread.
 */
#ifndef SIPMOVED_DB_MOVE_ROWS_H
#define SIPMOVED_DB_MOVE_ROWS_H

#include "db/changes_state.h"

#define MOVE_COLUMNS                                           \
	"row_id, id, address, starts_at, ends_at, time_zone, " \
	"permanent, note, external_id, cancelled_at, "         \
	"created_at, updated_at, created_by, revision, "       \
	"diversion_reason, set_by_role, updated_by, updated_by_other"

struct move_row {
	int64_t row_id;
	struct move move;
	char owner_id[OBJECT_ID_SIZE]; /* of a change: whose it is, or "" */
};

/* From a statement that stands on a row of MOVE_COLUMNS, with its targets. */
int move_row_read(struct changes *changes, sqlite3_stmt *statement,
		  struct move_row *ret_row) __attribute__((warn_unused_result));
/* ENOENT, ESTALE. */
int move_row_find(struct changes *changes, struct text id, int64_t if_revision,
		  struct move_row *ret_row) __attribute__((warn_unused_result));
/* Marks it cancelled, with its audit row, and reads it again. */
int move_row_cancel(struct changes *changes, struct move_row *row)
	__attribute__((warn_unused_result));

/* Where calls to a target are looked up here; "" if nowhere. */
struct move_lead {
	char address[MOVE_ADDRESS_MAX + 1]; /* of its user and host */
	char number[MOVE_ADDRESS_MAX + 1];  /* of its user, if it is one */
};
void move_target_leads_to(const char *uri, struct move_lead *ret_lead);

/*
 * Looks for what stands against writing this move (validated; move->id is set
 * for an update): other moves of its address in its time, its external_id with
 * another, a loop. With ON_CONFLICT_REPLACE the overlapped ones are cancelled.
 * EEXIST see write->conflict; EINVAL see write->faults.
 */
int move_conflicts_settle(struct changes *changes, const struct move *move,
			  const struct move_write *write)
	__attribute__((warn_unused_result));
/* move_loops.c: the last of the three alone. */
int move_loops_refuse(struct changes *changes, const struct move *move,
		      const struct move_write *write)
	__attribute__((warn_unused_result));
/*
 * For a domain that was just inserted: the moves whose targets are numbers in
 * it. EINVAL: one of them would now lead back to its address; the fault is at
 * the pointer.
 */
int move_loops_refuse_domain(struct changes *changes, const char *name,
			     const char *pointer, struct faults *faults)
	__attribute__((warn_unused_result));

#endif
