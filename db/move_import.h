/*
 * move_import.h - many moves written by one request: what is asked, what became
 * of the rows, and the record of it that stays.
 *
 * The functions run inside a store job (changes.h). Each row goes through
 * move_create() or move_update() in a savepoint of its own, so that all the
 * rules of a single move hold for it, and a row that fails leaves nothing.
 */
#ifndef SIPMOVED_DB_MOVE_IMPORT_H
#define SIPMOVED_DB_MOVE_IMPORT_H

#include "db/changes.h"
#include "db/move_batch.h"

enum {
	MOVE_IMPORT_ROWS_MAX = 100000,
	MOVE_IMPORT_ERRORS_MAX = 1000, /* kept; more are counted */
	MOVE_IMPORT_PART = 500, /* rows a job, where not all must be in one */
	MOVE_IMPORTS_KEPT = 1000,
};

enum move_import_on_conflict {
	MOVE_IMPORT_FAIL,
	MOVE_IMPORT_SKIP,    /* a row that overlaps another move is left out */
	MOVE_IMPORT_REPLACE, /* what it overlaps is cancelled */
};

struct move_import_error {
	struct move_place place;
	char member[FAULT_POINTER_SIZE]; /* a column, or a JSON pointer */
	char code[40];			 /* "BAD_TARGET", "MOVE_OVERLAPS" */
	char detail[FAULT_DETAIL_SIZE];
};

struct move_import {
	char id[OBJECT_ID_SIZE]; /* "imp_..."; "": not stored yet */
	char format[8];		 /* "csv" */
	bool is_atomic;		 /* all rows or none */
	enum move_import_on_conflict on_conflict;
	bool is_complete; /* false: under way, or it broke off */
	/* Of the rows that were read. */
	uint32_t row_count, created, updated, unchanged, skipped, failed;
	uint32_t error_count; /* all that were found */
	int64_t created_at_ms, updated_at_ms;
	char created_by[64];
	int64_t revision; /* of the last change that it made */

	struct move_import_error *errors; /* owned; the first ones */
	size_t kept_count;
	size_t stored_count; /* of the errors, in the database */
};
void move_import_clear(struct move_import *import);

/* Takes note of one thing that is wrong with a row. It does not count the row
 * as failed. ENOMEM. */
int move_import_add_error(struct move_import *import,
			  const struct move_import_error *error)
	__attribute__((warn_unused_result));

struct move_import_options {
	bool may_create_domain; /* as in struct move_write */
	/* The name of a member for an error's place, from a fault's pointer;
	 * NULL: the pointer is it. */
	void (*name_member)(const char *pointer, char name[FAULT_POINTER_SIZE]);
};

/*
 * Writes a batch's moves. A row with the id of a move that is not cancelled,
 * or else with such a one's external_id, changes that move; without a start
 * it keeps the start it has. Other rows make new moves. What is wrong with a
 * row is counted and noted in the import; an error is the database's.
 * A row that cancels ends the move with its external_id, and counts as updated.
 */
int move_import_apply(struct changes *changes, struct move_import *import,
		      const struct move_batch *batch,
		      const struct move_import_options *options)
	__attribute__((warn_unused_result));

/* Stores the record, or what has changed of it; id, times and revision are
 * filled in. Only the latest MOVE_IMPORTS_KEPT stay. */
int move_import_put(struct changes *changes, struct move_import *import)
	__attribute__((warn_unused_result));
/* With its errors: the caller's to clear. ENOENT. */
int move_import_get(struct changes *changes, struct text id,
		    struct move_import *ret_import)
	__attribute__((warn_unused_result));
/* Without errors; the latest first, after an id ("": from the start). */
int move_import_list(struct changes *changes, const char *after_id,
		     size_t limit, struct move_import *imports,
		     size_t *ret_count, bool *ret_more)
	__attribute__((warn_unused_result));

#endif
