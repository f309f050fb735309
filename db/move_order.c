#include "db/move_order.h"

#include <errno.h>

/* An id starts with the time of its creation, so that ids alone are in order of
 * creation. */
static const struct {
	const char *column; /* NULL: the id is all */
	const char *index;
	bool is_number;
} keys[] = {
	[MOVE_SORT_CREATED_AT] = { NULL, "sqlite_autoindex_move_1", false },
	[MOVE_SORT_STARTS_AT] = { "starts_at", "move_starts_at", true },
	[MOVE_SORT_ADDRESS] = { "address", "move_address", false },
	[MOVE_SORT_REVISION] = { "revision", "move_revision", true },
};

struct key {
	const char *column;
	bool descending;
	int parameter; /* of a place, counted from its first */
};

/* From the first to the id, which tells apart whatever is alike in the others.
 */
static size_t list_keys(const struct move_filter *filter,
			struct key list[MOVE_PLACE_PARAMETERS])
{
	const char *first = keys[filter->sort].column;
	const char *second = keys[filter->then].column;
	size_t count = 0;

	if (first)
		list[count++] = (struct key){ first, filter->descending, 0 };
	if (first && second)
		list[count++] =
			(struct key){ second, filter->then_descending, 1 };
	list[count++] = (struct key){ "id", filter->id_descending, 2 };
	return count;
}

const char *move_order_index(const struct move_filter *filter)
{
	return keys[filter->sort].index;
}

static void put(struct writer *sql, const char *string)
{
	writer_put(sql, text_of(string));
}

void move_order_put_place(struct writer *sql, const struct move_filter *filter)
{
	const char *first = keys[filter->sort].column;
	const char *second = keys[filter->then].column;

	put(sql, first ? first : "''");
	put(sql, ", ");
	put(sql, first && second ? second : "''");
	put(sql, ", id");
}

void move_order_put(struct writer *sql, const struct move_filter *filter)
{
	struct key list[MOVE_PLACE_PARAMETERS];
	size_t count = list_keys(filter, list);

	for (size_t i = 0; i < count; i++) {
		put(sql, i > 0 ? ", " : " ORDER BY ");
		put(sql, list[i].column);
		put(sql, list[i].descending ? " DESC" : "");
	}
}

static void put_comparison(struct writer *sql, const struct key *key,
			   const char *operator, int number)
{
	put(sql, key->column);
	put(sql, operator);
	put(sql, "?");
	writer_i64(sql, number + key->parameter);
}

/* Of a place whose parameters begin at number: what follows it, or what is
 * before it with its own row. */
struct side {
	int number;
	bool is_after;
};

static const char *last_operator(const struct key *list, size_t count,
				 const struct side *side)
{
	if (list[count - 1].descending == side->is_after)
		return side->is_after ? " < " : " <= ";
	return side->is_after ? " > " : " >= ";
}

/* (a, id) > (?a, ?id): found by both in an index of both. */
static void put_row_side(struct writer *sql, const struct key list[2],
			 const char *operator, int number)
{
	put(sql, " AND (");
	put(sql, list[0].column);
	put(sql, ", id)");
	put(sql, operator);
	put(sql, "(?");
	writer_i64(sql, number + list[0].parameter);
	put(sql, ", ?");
	writer_i64(sql, number + list[1].parameter);
	put(sql, ")");
}

/*
 * a >= ?a AND (a > ?a OR (a = ?a AND (b > ?b OR (b = ?b AND id > ?id))))
 * The first part finds the place in the index.
 */
static void put_nested_side(struct writer *sql, const struct key *list,
			    size_t count, const struct side *side)
{
	bool is_down = list[0].descending == side->is_after;

	put(sql, " AND ");
	put_comparison(sql, &list[0], is_down ? " <= " : " >= ", side->number);
	put(sql, " AND (");
	for (size_t i = 0; i + 1 < count; i++) {
		is_down = list[i].descending == side->is_after;
		put_comparison(sql, &list[i], is_down ? " < " : " > ",
			       side->number);
		put(sql, " OR (");
		put_comparison(sql, &list[i], " = ", side->number);
		put(sql, " AND (");
	}
	put_comparison(sql, &list[count - 1], last_operator(list, count, side),
		       side->number);
	for (size_t i = 1; i < count; i++)
		put(sql, "))");
	put(sql, ")");
}

static void put_side(struct writer *sql, const struct move_filter *filter,
		     const struct side *side)
{
	struct key list[MOVE_PLACE_PARAMETERS];
	size_t count = list_keys(filter, list);

	if (count == 2 && list[0].descending == list[1].descending)
		put_row_side(sql, list, last_operator(list, count, side),
			     side->number);
	else
		put_nested_side(sql, list, count, side);
}

void move_order_put_after(struct writer *sql, const struct move_filter *filter,
			  int number)
{
	put_side(sql, filter, &(struct side){ number, true });
}

void move_order_put_until(struct writer *sql, const struct move_filter *filter,
			  int number)
{
	put_side(sql, filter, &(struct side){ number, false });
}

static int bind_key(sqlite3_stmt *statement, int number, enum move_sort sort,
		    const char *key)
{
	uint64_t value;

	if (!keys[sort].is_number) {
		statement_bind_string(statement, number, key);
		return 0;
	}
	if (text_to_u64(text_of(key), &value) || value > INT64_MAX)
		return EINVAL;
	sqlite3_bind_int64(statement, number, (int64_t)value);
	return 0;
}

int move_order_bind(sqlite3_stmt *statement, const struct move_filter *filter,
		    int number, const struct move_place *place)
{
	int err;

	if (!place->id[0])
		return 0;
	statement_bind_string(statement, number + 2, place->id);
	err = bind_key(statement, number, filter->sort, place->key);
	return err ? err
		   : bind_key(statement, number + 1, filter->then,
			      place->then_key);
}
