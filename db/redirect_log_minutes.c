#include "db/redirect_log_minutes.h"

enum {
	US_PER_MINUTE = 60000000,
};

static const char *const add_sql =
	"INSERT INTO minute VALUES (?1, ?2, ?3, ?4)"
	" ON CONFLICT DO UPDATE SET calls = calls + excluded.calls";

int log_minutes_store(struct log_minutes *minutes, struct database *database)
{
	sqlite3_stmt *statement;
	int err = 0;

	for (size_t i = 0; i < minutes->count && !err; i++) {
		const struct log_minute *kept = &minutes->list[i];

		err = database_statement(database, add_sql, &statement);
		if (err)
			break;
		sqlite3_bind_int64(statement, 1, kept->minute);
		sqlite3_bind_int(statement, 2, kept->status);
		sqlite3_bind_int(statement, 3, kept->reason);
		sqlite3_bind_int64(statement, 4, kept->calls);
		err = statement_run(statement);
	}
	minutes->count = 0;
	return err;
}

int log_minutes_add(struct log_minutes *minutes, struct database *database,
		    const struct redirect_log_record *record)
{
	int64_t minute = record->received_at_us / US_PER_MINUTE;
	int err;

	for (size_t i = 0; i < minutes->count; i++)
		if (minutes->list[i].minute == minute &&
		    minutes->list[i].status == record->status &&
		    minutes->list[i].reason == record->reason) {
			minutes->list[i].calls++;
			return 0;
		}
	if (minutes->count == LOG_MINUTES_KEPT) {
		err = log_minutes_store(minutes, database);
		if (err)
			return err;
	}
	minutes->list[minutes->count++] =
		(struct log_minute){ minute, record->status, record->reason,
				     1 };
	return 0;
}
