/*
 * move_order.h - the order of a list of moves as SQL: by one or two keys and
 * the id, each up or down, and what lies behind or before a place in it. Inside
 * db/ only.
 */
#ifndef SIPMOVED_DB_MOVE_ORDER_H
#define SIPMOVED_DB_MOVE_ORDER_H

#include "db/changes_state.h"

/* A row of the order: what a keyset holds. Numbers are decimal. */
struct move_place {
	char key[MOVE_ADDRESS_MAX + 1];
	char then_key[MOVE_ADDRESS_MAX + 1]; /* "" with one key */
	char id[MOVE_ID_SIZE];		     /* "": none */
};

enum {
	MOVE_PLACE_PARAMETERS = 3, /* key, then_key, id */
};

/* The index whose rows come in the order of the first key. */
const char *move_order_index(const struct move_filter *filter);
/* "starts_at, address, id": the columns of a place. */
void move_order_put_place(struct writer *sql, const struct move_filter *filter);
/* " ORDER BY ..." */
void move_order_put(struct writer *sql, const struct move_filter *filter);
/* " AND ...": what follows the place whose parameters begin at number; what
 * comes before it, with its own row. */
void move_order_put_after(struct writer *sql, const struct move_filter *filter,
			  int number);
void move_order_put_until(struct writer *sql, const struct move_filter *filter,
			  int number);
/* EINVAL: a key that is no number where one is due. */
int move_order_bind(sqlite3_stmt *statement, const struct move_filter *filter,
		    int number, const struct move_place *place)
	__attribute__((warn_unused_result));

#endif
