#include "ctl_verb.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/timestamp.h"

enum {
	CELL_SIZE = 4096,
	PAGE_MAX = 1000,
	LIMIT_DEFAULT = 100,
	NAME_SIZE = 64,
	URI_SIZE = 1024,
	CHANGE_TIMEOUT_S = 300, /* an import or a backup may go first */
};

/* --- what is asked -------------------------------------------------------- */

/* "ends-at" is the member ends_at. */
static void member_name(const char *flag, char name[NAME_SIZE])
{
	text_copy(text_of(flag), name, NAME_SIZE);
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
}

void ctl_verb_query(const struct ctl *ctl, struct ctl_path *path)
{
	char name[NAME_SIZE], uri[URI_SIZE];

	for (size_t i = 0; i < ctl->given_count; i++) {
		const struct ctl_flag *flag = ctl->given[i].flag;
		const char *value = ctl->given[i].value;

		if ((flag->kind != CTL_QUERY && flag->kind != CTL_QUERY_URI) ||
		    !strcmp(flag->name, "limit"))
			continue;
		/* "*@example.com" has no scheme that is left out. */
		if (flag->kind == CTL_QUERY_URI && value[0] != '*') {
			ctl_uri_of(value, uri, sizeof(uri));
			value = uri;
		}
		member_name(flag->name, name);
		ctl_path_query(path, name, value);
	}
	if (ctl->is_dry_run)
		ctl_path_query(path, "dry_run", "true");
}

static void put_words(struct json_writer *writer, const char *name,
		      const char *words)
{
	json_open_array(writer, name);
	while (*words) {
		size_t len = strcspn(words, ",");
		struct text word = text_trim((struct text){ words, len });

		if (word.len > 0)
			json_put_string(writer, NULL, word);
		words += len + (words[len] == ',');
	}
	json_close_array(writer);
}

static bool put_integer(const struct ctl *ctl, struct json_writer *writer,
			const char *name, const char *value)
{
	uint64_t number;

	if (text_to_u64(text_of(value), &number) || number > INT64_MAX) {
		ctl_tell(ctl, "\"%s\" is no number", value);
		return false;
	}
	json_put_integer(writer, name, (int64_t)number);
	return true;
}

static bool put_bool(const struct ctl *ctl, struct json_writer *writer,
		     const char *name, const char *value)
{
	bool is_yes = !strcmp(value, "yes") || !strcmp(value, "true");

	if (!is_yes && strcmp(value, "no") != 0 &&
	    strcmp(value, "false") != 0) {
		ctl_tell(ctl, "\"%s\" is neither yes nor no", value);
		return false;
	}
	json_put_bool(writer, name, is_yes);
	return true;
}

static bool put_member(const struct ctl *ctl, struct json_writer *writer,
		       const struct ctl_flag *flag, const char *value)
{
	char name[NAME_SIZE];

	member_name(flag->name, name);
	if (flag->kind == CTL_STRING ||
	    (flag->kind == CTL_NULLABLE && strcmp(value, "none") != 0))
		json_put_string(writer, name, text_of(value));
	else if (flag->kind == CTL_NULLABLE)
		json_put_null(writer, name);
	else if (flag->kind == CTL_WORDS)
		put_words(writer, name, value);
	else if (flag->kind == CTL_TRUE)
		json_put_bool(writer, name, true);
	else if (flag->kind == CTL_INTEGER)
		return put_integer(ctl, writer, name, value);
	else if (flag->kind == CTL_BOOL)
		return put_bool(ctl, writer, name, value);
	return true;
}

bool ctl_verb_body(const struct ctl *ctl, struct json_writer *writer)
{
	const struct ctl_verb *verb = ctl->verb;
	bool is_good = true;

	for (size_t i = 0; i < 3 && verb->members[i]; i++)
		if (i < ctl->operand_count)
			json_put_string(writer, verb->members[i],
					text_of(ctl->operands[i]));
	for (size_t i = 0; i < ctl->given_count; i++)
		is_good = put_member(ctl, writer, ctl->given[i].flag,
				     ctl->given[i].value) &&
			  is_good;
	return is_good;
}

/* --- how it is told ------------------------------------------------------- */

struct ctl_table ctl_table_for(const struct ctl *ctl,
			       const struct ctl_column *columns,
			       const char *headings[CTL_COLUMNS_MAX])
{
	struct ctl_table table = { .headings = headings,
				   .is_csv = ctl->output == CTL_CSV };

	while (table.columns < CTL_COLUMNS_MAX && columns[table.columns].path) {
		headings[table.columns] = columns[table.columns].heading;
		table.columns++;
	}
	table.is_terminal = table.is_csv ? ctl->is_terminal : ctl->has_colour;
	return table;
}

/* Times to the second are enough for people. */
static struct text shorten_time(struct text cell, char *buffer)
{
	if (cell.len == sizeof("2026-12-01T02:00:00.000Z") - 1 &&
	    !memcmp(cell.ptr + 19, ".000Z", 5)) {
		memcpy(buffer, cell.ptr, 19);
		buffer[19] = 'Z';
		return (struct text){ buffer, 20 };
	}
	return cell;
}

/* An array of targets, contacts or tags is told by what they are called. */
static struct text told_value(struct ctl_json value, char *buffer, size_t size)
{
	static const char *const names[] = { "uri", "tag", "id" };
	struct ctl_json_walk walk = ctl_json_walk(value);
	struct writer writer = writer_over(buffer, size);
	struct ctl_json element, name = { { 0 } };

	if (!ctl_json_is_array(value) ||
	    !ctl_json_next(&walk, NULL, &element) ||
	    !ctl_json_is_object(element))
		return ctl_json_text(value, buffer, size);
	do {
		char text[CELL_SIZE / 4];

		for (size_t i = 0; i < 3; i++) {
			name = ctl_json_member(element, names[i]);
			if (ctl_json_is_there(name))
				break;
		}
		if (writer.len > 0)
			writer_put(&writer, TEXT(" "));
		writer_put(&writer, ctl_json_text(name, text, sizeof(text)));
	} while (ctl_json_next(&walk, NULL, &element));
	return writer_text(&writer);
}

void ctl_table_put_object(struct ctl_table *table,
			  const struct ctl_column *columns,
			  struct ctl_json object)
{
	char cell[CELL_SIZE], time[TIMESTAMP_SIZE];

	for (size_t i = 0; i < table->columns; i++) {
		struct text text =
			told_value(ctl_json_member(object, columns[i].path),
				   cell, sizeof(cell));

		ctl_table_put(table,
			      table->is_csv ? text : shorten_time(text, time));
	}
}

static int finish_table(const struct ctl *ctl, struct ctl_table *table)
{
	bool failed = table->failed;

	ctl_table_clear(table);
	if (failed || fflush(stdout) || ferror(stdout)) {
		ctl_tell(ctl, failed ? "out of memory"
				     : "the output could not be written");
		return CTL_REFUSED;
	}
	return CTL_OK;
}

int ctl_print_object(const struct ctl *ctl, const struct ctl_column *columns,
		     struct ctl_json object)
{
	const char *headings[CTL_COLUMNS_MAX];
	struct ctl_table table;

	if (ctl->output == CTL_JSON || !columns) {
		ctl_json_print(object, 0, stdout);
		fputc('\n', stdout);
		return CTL_OK;
	}
	table = ctl_table_for(ctl, columns, headings);
	ctl_table_put_object(&table, columns, object);
	ctl_table_flush(&table, stdout);
	return finish_table(ctl, &table);
}

/* Objects within are told member by member: "domain.name". */
static void put_members(struct ctl_table *table, struct ctl_json object,
			struct text prefix, unsigned depth)
{
	struct ctl_json_walk walk = ctl_json_walk(object);
	struct ctl_json value;
	struct text name;
	char path[256], cell[CELL_SIZE];

	while (ctl_json_next(&walk, &name, &value)) {
		struct writer writer = writer_over(path, sizeof(path));

		writer_put(&writer, prefix);
		writer_put(&writer, prefix.len > 0 ? TEXT(".") : TEXT(""));
		writer_put(&writer, name);
		if (ctl_json_is_object(value) && depth > 0) {
			put_members(table, value, writer_text(&writer),
				    depth - 1);
			continue;
		}
		ctl_table_put(table, writer_text(&writer));
		ctl_table_put(table, told_value(value, cell, sizeof(cell)));
	}
}

int ctl_print_members(const struct ctl *ctl, struct ctl_json object)
{
	static const char *const headings[] = { "member", "value" };
	struct ctl_table table = { .columns = 2,
				   .headings = headings,
				   .is_csv = ctl->output == CTL_CSV,
				   .is_terminal = ctl->is_terminal,
				   .is_headed = ctl->output != CTL_CSV };

	if (ctl->output == CTL_JSON)
		return ctl_print_object(ctl, NULL, object);
	put_members(&table, object, TEXT(""), 3);
	ctl_table_flush(&table, stdout);
	return finish_table(ctl, &table);
}

/* --- lists ---------------------------------------------------------------- */

struct listing {
	struct ctl_table table;
	const char *headings[CTL_COLUMNS_MAX];
	uint64_t left, count;
	bool has_more;
	char cursor[2048];
};

static void print_json_item(struct listing *listing, struct ctl_json item)
{
	fputs(listing->count > 0 ? ",\n  " : "[\n  ", stdout);
	ctl_json_print(item, 1, stdout);
}

static void take_page(const struct ctl *ctl, struct listing *listing,
		      struct ctl_json page)
{
	struct ctl_json_walk walk =
		ctl_json_walk(ctl_json_member(page, "items"));
	struct ctl_json item;
	struct text cursor;

	while (listing->left > 0 && ctl_json_next(&walk, NULL, &item)) {
		if (ctl->output == CTL_JSON)
			print_json_item(listing, item);
		else
			ctl_table_put_object(&listing->table,
					     ctl->verb->columns, item);
		listing->count++;
		listing->left--;
	}
	if (ctl->output != CTL_JSON)
		ctl_table_flush(&listing->table, stdout);
	cursor = ctl_json_text(ctl_json_member(page, "next_cursor"),
			       listing->cursor, sizeof(listing->cursor) - 1);
	listing->cursor[cursor.len] = '\0';
	listing->has_more = cursor.len > 0;
}

static int ask_page(struct ctl *ctl, struct listing *listing)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, ctl->operands[0]);
	struct ctl_answer answer;
	struct ctl_json page;
	char limit[24];
	int code;

	ctl_verb_query(ctl, &path);
	snprintf(limit, sizeof(limit), "%llu",
		 (unsigned long long)(listing->left < PAGE_MAX ? listing->left
							       : PAGE_MAX));
	ctl_path_query(&path, "limit", limit);
	if (listing->cursor[0])
		ctl_path_query(&path, "cursor", listing->cursor);
	code = ctl_get(ctl, &path, &answer, &page);
	if (!code)
		take_page(ctl, listing, page);
	ctl_answer_clear(&answer);
	return code;
}

static bool read_limit(const struct ctl *ctl, uint64_t *ret_limit)
{
	const char *given = ctl_given(ctl, "limit");

	*ret_limit = LIMIT_DEFAULT;
	if (given && text_to_u64(text_of(given), ret_limit)) {
		ctl_tell(ctl, "--limit is a number; 0 means all");
		return false;
	}
	if (*ret_limit == 0)
		*ret_limit = UINT64_MAX;
	return true;
}

int ctl_run_list(struct ctl *ctl)
{
	struct listing listing = { .count = 0 };
	int code;

	if (!read_limit(ctl, &listing.left))
		return CTL_USAGE;
	listing.table =
		ctl_table_for(ctl, ctl->verb->columns, listing.headings);
	do
		code = ask_page(ctl, &listing);
	while (!code && listing.has_more && listing.left > 0);
	if (!code && ctl->output == CTL_JSON)
		fputs(listing.count > 0 ? "\n]\n" : "[]\n", stdout);
	if (!code && listing.has_more)
		ctl_tell(ctl, "there are more: --limit 0 shows all");
	if (code)
		ctl_table_clear(&listing.table);
	else
		code = finish_table(ctl, &listing.table);
	return code;
}

/* --- one object ----------------------------------------------------------- */

int ctl_run_show(struct ctl *ctl)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, ctl->operands[0]);
	struct ctl_answer answer;
	struct ctl_json root = { { 0 } };
	int code;

	ctl_verb_query(ctl, &path);
	code = ctl_get(ctl, &path, &answer, &root);
	if (!code)
		code = ctl_print_members(ctl, root);
	ctl_answer_clear(&answer);
	return code;
}

bool ctl_is_sure(const struct ctl *ctl, const char *what)
{
	char line[16];

	if (ctl->is_sure || ctl->is_dry_run || !isatty(STDIN_FILENO) ||
	    !isatty(STDERR_FILENO))
		return true;
	fprintf(stderr, "%s %s", ctl->verb->words, what ? what : "");
	fputs(": are you sure? [y/N] ", stderr);
	if (fgets(line, sizeof(line), stdin) && ascii_lower(line[0]) == 'y')
		return true;
	ctl_tell(ctl, "nothing was done");
	return false;
}

/* What is gone has no document; JSON for a program to read there is still. */
static void print_done(const struct ctl *ctl)
{
	if (ctl->output == CTL_JSON)
		puts("null");
	else if (ctl->output == CTL_TABLE && !ctl->is_dry_run)
		puts("done");
}

int ctl_verb_send(struct ctl *ctl, const struct ctl_path *path,
		  struct json_writer *writer)
{
	struct ctl_request request = { .method = ctl->verb->method,
				       .path = path,
				       .timeout_s = CHANGE_TIMEOUT_S };
	struct ctl_answer answer = { 0 };
	struct ctl_json root = { { 0 } };
	char *body = NULL;
	int code;

	if (writer && json_writer_finish(writer, &body, &request.body.len)) {
		ctl_tell(ctl, "out of memory");
		return CTL_REFUSED;
	}
	request.body.ptr = body;
	code = ctl_ask(ctl, &request, &answer);
	if (!code)
		code = ctl_answer_judge(ctl, &answer);
	if (!code && answer.status == 204)
		print_done(ctl);
	else if (!code)
		code = ctl_answer_json(ctl, &answer, &root);
	if (!code && answer.status != 204)
		code = ctl_print_object(ctl, ctl->verb->columns, root);
	if (!code && ctl->is_dry_run)
		ctl_tell(ctl, "a dry run: nothing was changed");
	ctl_answer_clear(&answer);
	free(body);
	return code;
}

int ctl_run_change(struct ctl *ctl)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, ctl->operands[0]);
	bool has_body = strcmp(ctl->verb->method, "DELETE") != 0;
	struct json_writer writer = { 0 };

	ctl_verb_query(ctl, &path);
	json_open_object(&writer, NULL);
	if (has_body && !ctl_verb_body(ctl, &writer)) {
		json_writer_clear(&writer);
		return CTL_USAGE;
	}
	json_close_object(&writer);
	if ((ctl->verb->traits & CTL_ASKS) &&
	    !ctl_is_sure(ctl, ctl->operands[0])) {
		json_writer_clear(&writer);
		return CTL_REFUSED;
	}
	if (has_body)
		return ctl_verb_send(ctl, &path, &writer);
	json_writer_clear(&writer);
	return ctl_verb_send(ctl, &path, NULL);
}

void ctl_uri_of(const char *written, char *uri, size_t size)
{
	const char *scheme = "";

	if (written[0] == '+')
		scheme = "tel:";
	else if (strchr(written, '@') && strncasecmp(written, "sip:", 4) != 0 &&
		 strncasecmp(written, "sips:", 5) != 0)
		scheme = "sip:";
	snprintf(uri, size, "%s%s", scheme, written);
}
