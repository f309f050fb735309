/*
 * Address and Call-ID are looked up by keyed 64-bit hashes: integer indexes are
 * small and cheap to build whatever callers put into those texts, and the key
 * keeps them from making collisions on purpose. What a scan looks at comes
 * before the texts.
 */
#include "db/redirect_log_row.h"
#include "db/redirect_log_text.h"

/* request_uri NULL: the same as the address. */
const char *const log_row_table_sql = "CREATE TABLE redirect ("
				      " id INTEGER PRIMARY KEY,"
				      " received_at_us INTEGER NOT NULL,"
				      " status INTEGER NOT NULL,"
				      " transport INTEGER NOT NULL,"
				      " handling_us INTEGER NOT NULL,"
				      " ack_seen INTEGER NOT NULL,"
				      " address_hash INTEGER,"
				      " call_id_hash INTEGER,"
				      " move_revision INTEGER NOT NULL,"
				      " revision INTEGER NOT NULL,"
				      " method TEXT NOT NULL,"
				      " request_uri TEXT,"
				      " address TEXT NOT NULL,"
				      " from_header TEXT NOT NULL,"
				      " call_id TEXT NOT NULL,"
				      " source TEXT NOT NULL,"
				      " user_agent TEXT NOT NULL,"
				      " targets TEXT NOT NULL,"
				      " move_id TEXT NOT NULL,"
				      " tags_asked TEXT NOT NULL,"
				      " tags_refused TEXT NOT NULL,"
				      " reason INTEGER NOT NULL,"
				      " profile TEXT NOT NULL"
				      ") STRICT";

const char *const log_row_insert_sql =
	"INSERT INTO redirect VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
	" ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,"
	" ?23)";

static struct text bind_clean(sqlite3_stmt *insert, int index, struct text text,
			      struct log_row_scratch *scratch)
{
	if (text.len == 0) {
		text = TEXT("");
	} else if (!log_text_is_clean(text)) {
		char *place = scratch->bytes + scratch->used;
		size_t room = sizeof(scratch->bytes) - scratch->used;

		/* What the replacements add does not make it longer. */
		text.len = log_text_clean(text, place,
					  text.len < room ? text.len : room);
		text.ptr = place;
		scratch->used += text.len;
	}
	sqlite3_bind_text64(insert, index, text.ptr, text.len, SQLITE_STATIC,
			    SQLITE_UTF8);
	return text;
}

static void bind_hash(sqlite3_stmt *insert, int index,
		      const struct hash_key *key, struct text text)
{
	if (text.len > 0)
		sqlite3_bind_int64(insert, index,
				   (int64_t)hash_text(key, text));
	else
		sqlite3_bind_null(insert, index);
}

void log_row_bind(sqlite3_stmt *insert, struct log_row_scratch *scratch,
		  const struct hash_key *key,
		  const struct redirect_log_record *record, bool ack_seen)
{
	struct text address, call_id;

	scratch->used = 0;
	sqlite3_bind_int64(insert, 1, record->id);
	sqlite3_bind_int64(insert, 2, record->received_at_us);
	sqlite3_bind_int(insert, 3, record->status);
	sqlite3_bind_int(insert, 4, (int)record->transport);
	sqlite3_bind_int64(insert, 5, record->handling_us);
	sqlite3_bind_int(insert, 6, ack_seen);
	sqlite3_bind_int64(insert, 9, record->move_revision);
	sqlite3_bind_int64(insert, 10, record->revision);
	bind_clean(insert, 11, record->method, scratch);
	if (text_equals(record->request_uri, record->address))
		sqlite3_bind_null(insert, 12);
	else
		bind_clean(insert, 12, record->request_uri, scratch);
	address = bind_clean(insert, 13, record->address, scratch);
	bind_clean(insert, 14, record->from, scratch);
	call_id = bind_clean(insert, 15, record->call_id, scratch);
	bind_clean(insert, 16, record->source, scratch);
	bind_clean(insert, 17, record->user_agent, scratch);
	bind_clean(insert, 18, record->targets, scratch);
	bind_clean(insert, 19, record->move_id, scratch);
	bind_clean(insert, 20, record->tags_asked, scratch);
	bind_clean(insert, 21, record->tags_refused, scratch);
	sqlite3_bind_int(insert, 22, record->reason);
	bind_clean(insert, 23, record->profile, scratch);
	bind_hash(insert, 7, key, address);
	bind_hash(insert, 8, key, call_id);
}
