#include "db/redirect_log_filter.h"
#include "base/ip_network.h"
#include "db/ownership.h"
#include "db/redirect_log_source.h"

#include <string.h>

enum {
	FIRST_ID = 1,
	END_ID,
	LIMIT,
	ADDRESS_HASH,
	ADDRESS,
	CALL_ID_HASH,
	CALL_ID,
	STATUS,
	FIRST_TERM,
	FIRST_OWNED = FIRST_TERM + LOG_TERMS_MAX, /* hash and text of each */
};

/* '?' stands for the term's parameter. NULL: there is no such match. */
static const char *const terms[LOG_COLUMNS][LOG_MATCHES] = {
	[LOG_COLUMN_ADDRESS] = {
		"address = ?",
		"instr(lower(address), lower(?)) = 1",
		"instr(lower(address), lower(?)) > 0",
	},
	[LOG_COLUMN_CALL_ID] = {
		"call_id = ?",
		"instr(lower(call_id), lower(?)) = 1",
		"instr(lower(call_id), lower(?)) > 0",
	},
	[LOG_COLUMN_MOVE_ID] = { "move_id = ?", NULL, NULL },
	[LOG_COLUMN_METHOD] = {
		"method = ?",
		"instr(lower(method), lower(?)) = 1",
		"instr(lower(method), lower(?)) > 0",
	},
	[LOG_COLUMN_REASON] = { "reason = CAST(? AS INTEGER)", NULL, NULL },
	[LOG_COLUMN_SOURCE] = {
		"in_network(source, ?)",
		"instr(lower(source), lower(?)) = 1",
		"instr(lower(source), lower(?)) > 0",
	},
	[LOG_COLUMN_CALLER] = {
		"caller(from_header) = ?",
		"instr(lower(caller(from_header)), lower(?)) = 1",
		"instr(lower(from_header), lower(?)) > 0",
	},
	[LOG_COLUMN_TARGET] = {
		/* One a line. */
		"instr(char(10) || targets || char(10),"
		" char(10) || ? || char(10)) > 0",
		"instr(lower(char(10) || targets), lower(char(10) || ?)) > 0",
		"instr(lower(targets), lower(?)) > 0",
	},
	[LOG_COLUMN_USER_AGENT] = {
		"user_agent = ?",
		"instr(lower(user_agent), lower(?)) = 1",
		"instr(lower(user_agent), lower(?)) > 0",
	},
	[LOG_COLUMN_RULE_ID] = {
		"instr(tags_refused || ' ', '=' || ? || ' ') > 0",
		NULL,
		NULL,
	},
	[LOG_COLUMN_TRANSPORT] = { "transport = CAST(? AS INTEGER)", NULL,
				   NULL },
	[LOG_COLUMN_ACK_SEEN] = {
		"method = 'INVITE' AND ack_seen = CAST(? AS INTEGER)", NULL,
		NULL,
	},
};

/* --- functions ------------------------------------------------------------ */

static struct text argument_text(sqlite3_value *value)
{
	const unsigned char *bytes = sqlite3_value_text(value);
	int len = sqlite3_value_bytes(value);

	return bytes && len > 0
		       ? (struct text){ (const char *)bytes, (size_t)len }
		       : TEXT("");
}

static void call_caller(sqlite3_context *context, int count,
			sqlite3_value **values)
{
	struct text caller = log_caller_of(argument_text(values[0]));
	(void)count;

	sqlite3_result_text64(context, caller.ptr, caller.len, SQLITE_TRANSIENT,
			      SQLITE_UTF8);
}

/* The network is the same in each record: it is read once. */
static void call_in_network(sqlite3_context *context, int count,
			    sqlite3_value **values)
{
	const struct ip_network *network = sqlite3_get_auxdata(context, 1);
	struct ip_address address;
	struct ip_network fresh;
	(void)count;

	if (!network) {
		struct ip_network *kept;

		if (ip_network_parse(argument_text(values[1]), &fresh)) {
			sqlite3_result_int(context, 0);
			return;
		}
		kept = sqlite3_malloc(sizeof(*kept));
		if (kept)
			*kept = fresh;
		network = &fresh;
		sqlite3_set_auxdata(context, 1, kept, sqlite3_free);
	}
	sqlite3_result_int(
		context,
		ip_address_parse(log_source_host(argument_text(values[0])),
				 &address) == 0 &&
			ip_network_has(network, &address));
}

int log_filter_prepare(struct database *database)
{
	const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
	sqlite3 *handle = database_handle(database);
	int result = sqlite3_create_function_v2(handle, "caller", 1, flags,
						NULL, call_caller, NULL, NULL,
						NULL);

	if (result == SQLITE_OK)
		result = sqlite3_create_function_v2(
			handle, "in_network", 2, flags, NULL, call_in_network,
			NULL, NULL, NULL);
	return database_errno(result);
}

/* --- SQL ------------------------------------------------------------------ */

static void put_term(struct writer *sql, const struct redirect_log_term *term,
		     size_t number)
{
	const char *text = terms[term->column][term->match];

	/* A match that the column does not have finds nothing. */
	for (text = text ? text : "0 AND ?"; *text != '\0'; text++) {
		writer_byte(sql, *text);
		if (*text == '?')
			writer_u64(sql, FIRST_TERM + number);
	}
}

static void put_terms(struct writer *sql,
		      const struct redirect_log_filter *filter)
{
	for (size_t i = 0; i < filter->term_count; i++) {
		bool is_first = i == 0 || filter->terms[i].column !=
						  filter->terms[i - 1].column;

		if (is_first)
			writer_put(sql, i == 0 ? TEXT(" AND ((")
					       : TEXT(")) AND (("));
		else
			writer_put(sql, TEXT(") OR ("));
		put_term(sql, &filter->terms[i], i);
	}
	if (filter->term_count > 0)
		writer_put(sql, TEXT("))"));
}

/* By the hashes, which have an index, and by the texts. */
static void put_owned(struct writer *sql, const struct owned_addresses *owned)
{
	for (unsigned part = 0; part < 2; part++) {
		writer_put(sql, part == 0 ? TEXT(" AND address_hash IN (")
					  : TEXT(" AND address IN ("));
		for (size_t i = 0; i < owned->count; i++) {
			writer_put(sql, i == 0 ? TEXT("?") : TEXT(",?"));
			writer_u64(sql, FIRST_OWNED + 2 * i + part);
		}
		writer_put(sql, TEXT(")"));
	}
}

/*
 * One index, of the text that is known exactly; beside it a status is looked
 * at record by record ("+"), and so it is not SQLite that chooses.
 */
void log_filter_write(const struct redirect_log_filter *filter, uint16_t status,
		      struct writer *sql)
{
	bool is_indexed = filter->address[0] || filter->call_id[0];

	writer_put(sql, TEXT(" WHERE id >= ?1 AND id < ?2"));
	if (filter->call_id[0])
		writer_put(sql,
			   TEXT(" AND call_id_hash = ?6 AND call_id = ?7"));
	if (filter->address[0])
		writer_put(sql, filter->call_id[0]
					? TEXT(" AND address = ?5")
					: TEXT(" AND address_hash = ?4"
					       " AND address = ?5"));
	if (status)
		writer_put(sql, is_indexed ? TEXT(" AND +status = ?8")
					   : TEXT(" AND status = ?8"));
	/* The condition of an index that segments of old have. */
	if (status && !is_indexed && status != 302 && status != 404)
		writer_put(sql, TEXT(" AND status NOT IN (302, 404)"));
	put_terms(sql, filter);
	if (filter->owned)
		put_owned(sql, filter->owned);
	writer_put(sql, filter->oldest_first ? TEXT(" ORDER BY id LIMIT ?3")
					     : TEXT(" ORDER BY id DESC"
						    " LIMIT ?3"));
}

static void bind_hash(sqlite3_stmt *select, int index,
		      const struct hash_key *key, const char *string)
{
	if (string[0] == '\0')
		return;
	sqlite3_bind_int64(select, index,
			   (int64_t)hash_text(key, text_of(string)));
	statement_bind_string(select, index + 1, string);
}

void log_filter_bind(sqlite3_stmt *select,
		     const struct redirect_log_filter *filter, uint16_t status,
		     const struct log_filter_range *range,
		     const struct hash_key *key)
{
	sqlite3_bind_int64(select, FIRST_ID, range->first_id);
	sqlite3_bind_int64(select, END_ID, range->end_id);
	sqlite3_bind_int64(select, LIMIT, (int64_t)range->limit);
	bind_hash(select, ADDRESS_HASH, key, filter->address);
	bind_hash(select, CALL_ID_HASH, key, filter->call_id);
	if (status)
		sqlite3_bind_int(select, STATUS, status);
	for (size_t i = 0; i < filter->term_count; i++)
		statement_bind_text(select, FIRST_TERM + (int)i,
				    filter->terms[i].text);
	for (size_t i = 0; filter->owned && i < filter->owned->count; i++)
		bind_hash(select, FIRST_OWNED + 2 * (int)i, key,
			  filter->owned->uris[i]);
}
