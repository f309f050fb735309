#include "db/inbound_sources.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "db/rows.h"

#define SOURCE_COLUMNS                                                  \
	"row_id, id, slug, name, note, secret, header, prefix, "        \
	"dedupe_header, dedupe_pointer, mapping, kind, encoding, "      \
	"algorithm, on_conflict, enabled, window_seconds, created_at, " \
	"updated_at, revision FROM inbound_source "

/* Neither the secret, nor the slug that a bearer needs besides. */
static const char audit_sql[] =
	"SELECT json_object('id', id, 'name', name, 'note', note, 'kind', "
	"kind, 'enabled', json(iif(enabled, 'true', 'false')), 'header', "
	"header, 'prefix', prefix, 'encoding', encoding, 'algorithm', "
	"algorithm, 'window_seconds', window_seconds, 'dedupe_header', "
	"dedupe_header, 'dedupe_pointer', dedupe_pointer, 'on_conflict', "
	"on_conflict, 'mapping', json(mapping)) "
	"FROM inbound_source WHERE row_id = ?1";

static unsigned number_of(const char *const *names, struct text name)
{
	unsigned number = 0;

	while (names[number] && !text_equals(text_of(names[number]), name))
		number++;
	return names[number] ? number : 0;
}

static void read_source(sqlite3_stmt *row, void *ret_source)
{
	struct inbound_source *source = ret_source;
	const struct {
		char *buffer;
		size_t size;
	} texts[] = {
		{ source->id, sizeof(source->id) },
		{ source->slug, sizeof(source->slug) },
		{ source->name, sizeof(source->name) },
		{ source->note, sizeof(source->note) },
		{ source->secret, sizeof(source->secret) },
		{ source->header, sizeof(source->header) },
		{ source->prefix, sizeof(source->prefix) },
		{ source->dedupe_header, sizeof(source->dedupe_header) },
		{ source->dedupe_pointer, sizeof(source->dedupe_pointer) },
		{ source->mapping, sizeof(source->mapping) },
	};
	const struct {
		unsigned *number;
		const char *const *names;
	} words[] = {
		{ &source->kind, inbound_kind_names },
		{ &source->encoding, inbound_encoding_names },
		{ &source->algorithm, inbound_algorithm_names },
		{ &source->on_conflict, inbound_on_conflict_names },
	};
	int column = 1;

	source->row_id = sqlite3_column_int64(row, 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		text_copy(statement_text(row, column++), texts[i].buffer,
			  texts[i].size);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		*words[i].number = number_of(words[i].names,
					     statement_text(row, column++));
	source->enabled = sqlite3_column_int(row, column++) != 0;
	source->window_seconds = sqlite3_column_int64(row, column++);
	source->created_at_ms = sqlite3_column_int64(row, column++);
	source->updated_at_ms = sqlite3_column_int64(row, column++);
	source->revision = sqlite3_column_int64(row, column);
}

int inbound_source_get(struct changes *changes, struct text id,
		       struct inbound_source *ret_source)
{
	return row_get(changes, "SELECT " SOURCE_COLUMNS "WHERE id = ?1", id,
		       read_source, ret_source);
}

int inbound_source_find(struct changes *changes, struct text slug,
			struct inbound_source *ret_source)
{
	return row_get(changes,
		       "SELECT " SOURCE_COLUMNS "WHERE slug = ?1 AND enabled",
		       slug, read_source, ret_source);
}

int inbound_source_list(struct changes *changes, const char *after_id,
			size_t limit, struct inbound_source *sources,
			size_t *ret_count, bool *ret_more)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database,
				     "SELECT " SOURCE_COLUMNS
				     "WHERE id > ?1 ORDER BY id LIMIT ?2",
				     &statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, after_id);
	return row_list(statement, 2,
			&(struct row_page){ read_source, sources,
					    sizeof(*sources), limit, ret_count,
					    ret_more });
}

/* --- changes ---------------------------------------------------------------
 */

/* Parameters 1 to 17 of both statements. */
static void bind_members(sqlite3_stmt *statement,
			 const struct inbound_source *source)
{
	const char *const texts[] = {
		source->id,
		source->name,
		source->note,
		inbound_kind_names[source->kind],
		source->secret,
		source->header,
		source->prefix,
		inbound_encoding_names[source->encoding],
		inbound_algorithm_names[source->algorithm],
		source->dedupe_header,
		source->dedupe_pointer,
		inbound_on_conflict_names[source->on_conflict],
		source->mapping,
	};
	int at = 1;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		statement_bind_string(statement, at++, texts[i]);
	sqlite3_bind_int(statement, at++, source->enabled);
	sqlite3_bind_int64(statement, at++, source->window_seconds);
	sqlite3_bind_int64(statement, at++, source->updated_at_ms);
	sqlite3_bind_int64(statement, at, source->revision);
}

static void read_id(sqlite3_stmt *row, void *ret_id)
{
	text_copy(statement_text(row, 0), ret_id, OBJECT_ID_SIZE);
}

static int check(struct changes *changes, struct inbound_source *source,
		 struct faults *faults, char ret_other_id[OBJECT_ID_SIZE])
{
	int err;

	inbound_source_validate(source, faults);
	if (faults_any(faults))
		return EINVAL;
	err = row_get(changes, "SELECT id FROM inbound_source WHERE name = ?1",
		      text_of(source->name), read_id, ret_other_id);
	if (err == ENOENT || (!err && !strcmp(ret_other_id, source->id)))
		return 0;
	return err ? err : EEXIST;
}

static int refuse_many(struct changes *changes, struct faults *faults)
{
	int64_t count;
	sqlite3_stmt *statement;
	int err = database_statement(changes->database,
				     "SELECT count(*) FROM inbound_source",
				     &statement);

	if (!err)
		err = row_read(statement, row_read_number, &count);
	if (err)
		return err;
	if (count < INBOUND_SOURCES_MAX)
		return 0;
	faults_add(faults, FAULT_TOO_MANY, "", "there are %d sources already",
		   INBOUND_SOURCES_MAX);
	return EINVAL;
}

static void make_slug(char slug[INBOUND_SLUG_SIZE])
{
	unsigned char random[32];

	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(slug, INBOUND_SLUG_SIZE, random, sizeof(random),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static int insert_row(struct changes *changes, struct inbound_source *source)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO inbound_source (id, name, note, kind, secret, "
		"header, prefix, encoding, algorithm, dedupe_header, "
		"dedupe_pointer, on_conflict, mapping, enabled, "
		"window_seconds, created_at, updated_at, revision, slug) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
		"?13, ?14, ?15, ?16, ?16, ?17, ?18)",
		&statement);

	if (err)
		return err;
	bind_members(statement, source);
	statement_bind_string(statement, 18, source->slug);
	err = statement_run(statement);
	source->row_id =
		sqlite3_last_insert_rowid(database_handle(changes->database));
	return err;
}

int inbound_source_create(struct changes *changes,
			  struct inbound_source *source, struct faults *faults,
			  char ret_other_id[OBJECT_ID_SIZE])
{
	struct audit_subject subject = { "inbound_source.create", source->id,
					 audit_sql, 0 };
	int err = changes_may_grow(changes);

	source->id[0] = '\0';
	if (!err)
		err = check(changes, source, faults, ret_other_id);
	if (!err)
		err = refuse_many(changes, faults);
	if (err)
		return err;
	object_id_new("ins", changes->now_ms, source->id);
	make_slug(source->slug);
	source->created_at_ms = source->updated_at_ms = changes->now_ms;
	source->revision = changes_revision(changes);
	err = insert_row(changes, source);
	subject.row_id = source->row_id;
	return err ? err : audit_change(changes, &subject, NULL);
}

static int update_row(struct changes *changes, const void *value)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE inbound_source SET name = ?2, note = ?3, kind = ?4, "
		"secret = ?5, header = ?6, prefix = ?7, encoding = ?8, "
		"algorithm = ?9, dedupe_header = ?10, dedupe_pointer = ?11, "
		"on_conflict = ?12, mapping = ?13, enabled = ?14, "
		"window_seconds = ?15, updated_at = ?16, revision = ?17 "
		"WHERE id = ?1",
		&statement);

	if (err)
		return err;
	bind_members(statement, value);
	return statement_run(statement);
}

static int find_unchanged(struct changes *changes, struct text id,
			  int64_t if_revision,
			  struct inbound_source *ret_source)
{
	int err = inbound_source_get(changes, id, ret_source);

	return err ? err
		   : row_check_revision(if_revision, ret_source->revision);
}

int inbound_source_update(struct changes *changes,
			  struct inbound_source *source, int64_t if_revision,
			  struct faults *faults,
			  char ret_other_id[OBJECT_ID_SIZE])
{
	struct inbound_source was;
	int err =
		find_unchanged(changes, text_of(source->id), if_revision, &was);

	if (!err)
		err = check(changes, source, faults, ret_other_id);
	if (err)
		return err;
	source->updated_at_ms = changes->now_ms;
	source->revision = changes_revision(changes);
	return row_update(changes,
			  &(struct audit_subject){ "inbound_source.update",
						   was.id, audit_sql,
						   was.row_id },
			  update_row, source);
}

int inbound_source_delete(struct changes *changes, struct text id,
			  int64_t if_revision)
{
	struct inbound_source source;
	int err = find_unchanged(changes, id, if_revision, &source);

	return err ? err
		   : row_delete(changes,
				&(struct audit_subject){
					"inbound_source.delete", source.id,
					audit_sql, source.row_id },
				"DELETE FROM inbound_source WHERE row_id = ?1");
}
