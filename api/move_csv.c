#include "api/move_csv.h"

#include "base/timestamp.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

enum kind {
	TEXT_MEMBER,
	BOOL_MEMBER,
	TARGET_MEMBER, /* target_N, q_N: see below */
	Q_MEMBER,
};

/* All columns, in the order of an export. */
static const struct {
	const char *name;
	enum kind kind;
	uint8_t target; /* which one */
} columns[] = {
	{ "id", TEXT_MEMBER, 0 },
	{ "address", TEXT_MEMBER, 0 },
	{ "target_1", TARGET_MEMBER, 0 },
	{ "q_1", Q_MEMBER, 0 },
	{ "target_2", TARGET_MEMBER, 1 },
	{ "q_2", Q_MEMBER, 1 },
	{ "target_3", TARGET_MEMBER, 2 },
	{ "q_3", Q_MEMBER, 2 },
	{ "target_4", TARGET_MEMBER, 3 },
	{ "q_4", Q_MEMBER, 3 },
	{ "target_5", TARGET_MEMBER, 4 },
	{ "q_5", Q_MEMBER, 4 },
	{ "target_6", TARGET_MEMBER, 5 },
	{ "q_6", Q_MEMBER, 5 },
	{ "target_7", TARGET_MEMBER, 6 },
	{ "q_7", Q_MEMBER, 6 },
	{ "target_8", TARGET_MEMBER, 7 },
	{ "q_8", Q_MEMBER, 7 },
	{ "starts_at", TEXT_MEMBER, 0 },
	{ "ends_at", TEXT_MEMBER, 0 },
	{ "time_zone", TEXT_MEMBER, 0 },
	{ "permanent", BOOL_MEMBER, 0 },
	{ "diversion_reason", TEXT_MEMBER, 0 },
	{ "note", TEXT_MEMBER, 0 },
	{ "external_id", TEXT_MEMBER, 0 },
	{ "state", TEXT_MEMBER, 0 },
	{ "created_at", TEXT_MEMBER, 0 },
	{ "updated_at", TEXT_MEMBER, 0 },
	{ "created_by", TEXT_MEMBER, 0 },
	{ "revision", TEXT_MEMBER, 0 },
};

enum {
	COLUMNS = sizeof(columns) / sizeof(*columns),
	ADDRESS = 1,
	FIRST_TARGET = 2,
};

/* --- out -------------------------------------------------------------------
 */

void move_csv_put_header(struct csv_writer *writer)
{
	for (size_t i = 0; i < COLUMNS; i++)
		csv_put(writer, text_of(columns[i].name));
	csv_end_record(writer);
}

static void put_string(struct csv_writer *writer, const char *string)
{
	csv_put(writer, text_of(string));
}

static void put_time(struct csv_writer *writer, int64_t time_ms)
{
	char text[TIMESTAMP_SIZE] = "";

	if (time_ms != MOVE_OPEN_END)
		timestamp_format(time_ms, text);
	put_string(writer, text);
}

static void put_targets(struct csv_writer *writer, const struct move *move)
{
	char q[16];

	for (size_t i = 0; i < MOVE_TARGETS_MAX; i++) {
		bool is_there = i < move->target_count;
		unsigned permille = is_there ? move->targets[i].q_permille : 0;

		snprintf(q, sizeof(q), "%u.%03u", permille / 1000,
			 permille % 1000);
		put_string(writer, is_there ? move->targets[i].uri : "");
		put_string(writer, is_there ? q : "");
	}
}

void move_csv_put(struct csv_writer *writer, const struct move *move,
		  int64_t now_ms)
{
	char revision[24];

	put_string(writer, move->id);
	put_string(writer, move->address);
	put_targets(writer, move);
	put_time(writer, move->starts_at_ms);
	put_time(writer, move->ends_at_ms);
	put_string(writer, move->time_zone);
	put_string(writer, move->permanent ? "true" : "false");
	csv_put(writer, diversion_reason_name(move->diversion_reason));
	put_string(writer, move->note);
	put_string(writer, move->external_id);
	put_string(writer, move_state_name(move_state(move, now_ms)));
	put_time(writer, move->created_at_ms);
	put_time(writer, move->updated_at_ms);
	put_string(writer, move->created_by);
	snprintf(revision, sizeof(revision), "%lld", (long long)move->revision);
	put_string(writer, revision);
	csv_end_record(writer);
}

/* --- the header ------------------------------------------------------------
 */

static size_t column_of(struct text name)
{
	size_t i = 0;

	while (i < COLUMNS && !text_equals(name, text_of(columns[i].name)))
		i++;
	return i;
}

static void note_column(struct faults *faults, enum fault_code code,
			struct text name, const char *detail)
{
	char shown[FAULT_POINTER_SIZE];

	if (!utf8_is_printable(name) || !text_copy(name, shown, sizeof(shown)))
		shown[0] = '\0';
	faults_add(faults, code, shown, "%s", detail);
}

bool move_csv_read_header(const struct text *cells, size_t count,
			  struct move_csv_header *ret_header,
			  struct faults *faults)
{
	bool seen[COLUMNS + 1] = { false };

	ret_header->count = count;
	for (size_t i = 0; i < count; i++) {
		struct text name = text_trim(cells[i]);
		size_t column = column_of(name);

		if (column == COLUMNS)
			note_column(faults, FAULT_UNKNOWN_MEMBER, name,
				    "is no column of a move: those are the "
				    "members of its document, with target_1 "
				    "... target_8 and q_1 ... q_8 in place of "
				    "`targets`");
		else if (seen[column])
			note_column(faults, FAULT_DUPLICATE, name,
				    "stands twice in the header");
		seen[column] = true;
		ret_header->columns[i] = (uint8_t)column;
	}
	if (!seen[ADDRESS])
		note_column(faults, FAULT_MISSING_MEMBER, TEXT("address"),
			    "must be a column");
	if (!seen[FIRST_TARGET])
		note_column(faults, FAULT_MISSING_MEMBER, TEXT("target_1"),
			    "must be a column");
	return !faults_any(faults);
}

/* --- a line ----------------------------------------------------------------
 */

/* Numbers with up to three decimals are; others go on as text, and are refused
 * as such. */
static bool is_q(struct text text, unsigned *ret_permille)
{
	static const unsigned weights[] = { 100, 10, 1 };
	unsigned permille;

	if (text.len == 0 || text.len > 5 || text.ptr[0] < '0' ||
	    text.ptr[0] > '1')
		return false;
	permille = (unsigned)(text.ptr[0] - '0') * 1000;
	for (size_t i = 1; i < text.len; i++) {
		char c = text.ptr[i];

		if (i == 1 ? c != '.' && c != ',' : c < '0' || c > '9')
			return false;
		if (i > 1)
			permille += (unsigned)(c - '0') * weights[i - 2];
	}
	*ret_permille = permille;
	return true;
}

static void put_q(struct json_writer *writer, struct text cell)
{
	unsigned permille;

	if (is_q(cell, &permille))
		json_put_permille(writer, "q", permille);
	else if (cell.len > 0)
		json_put_string(writer, "q", cell);
}

/* Up to the last one that has a URI, so that a gap is a fault in its place. */
static void put_json_targets(struct json_writer *writer,
			     const struct text *uris, const struct text *qs)
{
	size_t count = MOVE_TARGETS_MAX;

	while (count > 0 && uris[count - 1].len == 0 && qs[count - 1].len == 0)
		count--;
	if (count == 0)
		return;
	json_open_array(writer, "targets");
	for (size_t i = 0; i < count; i++) {
		json_open_object(writer, NULL);
		if (uris[i].len > 0)
			json_put_string(writer, "uri", uris[i]);
		put_q(writer, qs[i]);
		json_close_object(writer);
	}
	json_close_array(writer);
}

static void put_member(struct json_writer *writer, const char *name,
		       enum kind kind, struct text cell)
{
	if (cell.len == 0)
		return;
	if (kind == BOOL_MEMBER && text_equals_nocase(cell, TEXT("true")))
		json_put_bool(writer, name, true);
	else if (kind == BOOL_MEMBER && text_equals_nocase(cell, TEXT("false")))
		json_put_bool(writer, name, false);
	else
		json_put_string(writer, name, cell);
}

void move_csv_to_json(const struct move_csv_header *header,
		      const struct text *cells, struct json_writer *writer)
{
	struct text uris[MOVE_TARGETS_MAX] = { { "", 0 } };
	struct text qs[MOVE_TARGETS_MAX] = { { "", 0 } };

	json_open_object(writer, NULL);
	for (size_t i = 0; i < header->count; i++) {
		size_t column = header->columns[i];
		size_t target = columns[column].target;
		struct text cell = header->is_raw ? cells[i]
						  : csv_unguarded(cells[i]);

		if (columns[column].kind == TARGET_MEMBER)
			uris[target] = cell;
		else if (columns[column].kind == Q_MEMBER)
			qs[target] = cell;
		else
			put_member(writer, columns[column].name,
				   columns[column].kind, cell);
	}
	put_json_targets(writer, uris, qs);
	json_close_object(writer);
}

void move_csv_name_column(const char *pointer, char name[FAULT_POINTER_SIZE])
{
	unsigned target;
	char member[4] = "";

	if (sscanf(pointer, "/targets/%1u/%3s", &target, member) >= 1)
		snprintf(name, FAULT_POINTER_SIZE, "%s_%u",
			 strcmp(member, "q") ? "target" : "q", target + 1);
	else if (!strcmp(pointer, "/targets"))
		snprintf(name, FAULT_POINTER_SIZE, "target_1");
	else
		snprintf(name, FAULT_POINTER_SIZE, "%s",
			 pointer[0] == '/' ? pointer + 1 : pointer);
}

size_t move_csv_column_place(const struct move_csv_header *header,
			     const char *name)
{
	size_t column = column_of(text_of(name));

	if (column == COLUMNS)
		return 0;
	for (size_t i = 0; i < header->count; i++)
		if (header->columns[i] == column)
			return i + 1;
	return header->count + column + 1;
}
