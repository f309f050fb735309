#include <errno.h>
#include <stdlib.h>

#include "db/snapshot_load_rows.h"
#include "db/snapshot_state.h"
#include "db/source_tables.h"

/* *ret_values: malloc'ed, the caller's, on errors too. */
static int read_all(struct database *database, enum source_kind kind,
		    void **ret_values, size_t *ret_count)
{
	const struct source_table *table = source_table(kind);
	size_t count = 0, size = 0;
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(database, table->all_sql, &statement);

	if (err)
		return err;
	while (!(err = statement_step(statement, &row)) && row) {
		if (count == size) {
			void *larger;

			size = size ? 2 * size : 16;
			larger = reallocarray(*ret_values, size, table->size);
			if (!larger) {
				err = ENOMEM;
				break;
			}
			*ret_values = larger;
		}
		err = source_table_read(table, statement,
					(char *)*ret_values +
						count * table->size);
		if (err)
			break;
		count++;
	}
	sqlite3_reset(statement);
	*ret_count = count;
	return err;
}

int snapshot_load_sources(struct database *database,
			  struct snapshot_builder *builder)
{
	void *rules = NULL, *bans = NULL, *patterns = NULL;
	struct snapshot_source_rows rows = { 0 };
	int err = source_limit_read(database, &rows.limit);

	if (!err)
		err = read_all(database, SOURCE_RULES, &rules,
			       &rows.rule_count);
	if (!err)
		err = read_all(database, SOURCE_BANS, &bans, &rows.ban_count);
	if (!err)
		err = read_all(database, SCANNER_PATTERNS, &patterns,
			       &rows.pattern_count);
	rows.rules = rules;
	rows.bans = bans;
	rows.patterns = patterns;
	if (!err)
		err = snapshot_builder_set_sources(builder, &rows);
	free(rules);
	free(bans);
	free(patterns);
	return err;
}
