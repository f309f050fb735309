#include "db/audit_words.h"

#include <string.h>

#include "base/digest_hash.h"
#include "base/timestamp.h"
#include "db/answer_style.h"
#include "db/domain_settings.h"
#include "db/source_policy.h"
#include "db/target_rule.h"
#include "db/token.h"

#ifndef SQLITE_RESULT_SUBTYPE
#define SQLITE_RESULT_SUBTYPE 0 /* before SQLite 3.45 nothing asks for it */
#endif

enum {
	ARRAY_SIZE = 1024,
	JSON_SUBTYPE = 'J', /* SQLite's own, of what its JSON functions give */
};

static const struct word_list {
	const char *function;
	const char *const *words; /* NULL at the end */
} word_lists[] = {
	{ "source_action_word", source_action_names },
	{ "scanner_header_word", scanner_header_names },
	{ "scanner_match_word", scanner_match_names },
	{ "scanner_action_word", scanner_action_names },
	{ "target_action_word", target_action_names },
	{ "target_kind_word", target_kind_names },
	{ "target_role_word", target_role_names },
	{ "contact_expires_word", contact_expires_names },
	{ "retry_after_word", retry_after_names },
};

static const char *scope_word(unsigned bit_number)
{
	return token_scope_name(1U << bit_number);
}

static const char *algorithm_word(unsigned bit_number)
{
	return digest_algorithm_name((enum digest_algorithm)bit_number);
}

/* Stored as bits. */
static const struct word_set {
	const char *function;
	const char *(*word)(unsigned bit_number);
	unsigned count;
} word_sets[] = {
	{ "token_scope_words", scope_word, __builtin_popcount(SCOPES_ALL) },
	{ "digest_algorithm_words", algorithm_word, DIGEST_ALGORITHMS },
};

static void give_word(sqlite3_context *context, int count,
		      sqlite3_value **values)
{
	const struct word_list *list = sqlite3_user_data(context);
	sqlite3_int64 number = sqlite3_value_int64(values[0]);

	(void)count;
	for (sqlite3_int64 i = 0; list->words[i]; i++)
		if (i == number)
			sqlite3_result_text(context, list->words[i], -1,
					    SQLITE_STATIC);
}

/* JSON as a value of json_object(), and no text there. */
static void give_json(sqlite3_context *context, struct text json)
{
	sqlite3_result_text(context, json.ptr, (int)json.len, SQLITE_TRANSIENT);
	sqlite3_result_subtype(context, JSON_SUBTYPE);
}

/* A word holds nothing that JSON escapes. */
static void put_word(struct writer *writer, struct text word)
{
	writer_put(writer, writer->len > 0 ? TEXT(",\"") : TEXT("[\""));
	writer_put(writer, word);
	writer_put(writer, TEXT("\""));
}

static void give_array(sqlite3_context *context, struct writer *writer)
{
	writer_put(writer, writer->len > 0 ? TEXT("]") : TEXT("[]"));
	if (writer_is_complete(writer))
		give_json(context, writer_text(writer));
	else
		sqlite3_result_error_toobig(context);
}

static void give_set(sqlite3_context *context, int count,
		     sqlite3_value **values)
{
	const struct word_set *set = sqlite3_user_data(context);
	sqlite3_int64 bits = sqlite3_value_int64(values[0]);
	char buffer[ARRAY_SIZE];
	struct writer writer = writer_over(buffer, sizeof(buffer));

	(void)count;
	for (unsigned i = 0; i < set->count; i++)
		if (bits & (sqlite3_int64)1 << i)
			put_word(&writer, text_of(set->word(i)));
	give_array(context, &writer);
}

static void give_split(sqlite3_context *context, int count,
		       sqlite3_value **values)
{
	const unsigned char *text = sqlite3_value_text(values[0]);
	struct text rest = text_of(text ? (const char *)text : "");
	char buffer[ARRAY_SIZE];
	struct writer writer = writer_over(buffer, sizeof(buffer));

	(void)count;
	while (rest.len > 0) {
		const char *end = memchr(rest.ptr, ' ', rest.len);
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;

		put_word(&writer, (struct text){ rest.ptr, len });
		len += end ? 1 : 0;
		rest = (struct text){ rest.ptr + len, rest.len - len };
	}
	give_array(context, &writer);
}

static void give_bool(sqlite3_context *context, int count,
		      sqlite3_value **values)
{
	(void)count;
	give_json(context, sqlite3_value_int64(values[0]) ? TEXT("true")
							  : TEXT("false"));
}

static void give_time(sqlite3_context *context, int count,
		      sqlite3_value **values)
{
	char text[TIMESTAMP_SIZE];

	(void)count;
	if (sqlite3_value_type(values[0]) == SQLITE_NULL)
		return;
	timestamp_format(sqlite3_value_int64(values[0]), text);
	sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

static int add(struct database *database, const char *name, const void *words,
	       void (*function)(sqlite3_context *, int, sqlite3_value **))
{
	/* SQLite hands the words back, and changes nothing of them. */
	return database_errno(sqlite3_create_function_v2(
		database_handle(database), name, 1,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY |
			SQLITE_RESULT_SUBTYPE,
		(void *)(uintptr_t)words, function, NULL, NULL, NULL));
}

int audit_words_open(struct database *database)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(word_lists) / sizeof(*word_lists);
	     i++)
		err = add(database, word_lists[i].function, &word_lists[i],
			  give_word);
	for (size_t i = 0; !err && i < sizeof(word_sets) / sizeof(*word_sets);
	     i++)
		err = add(database, word_sets[i].function, &word_sets[i],
			  give_set);
	if (!err)
		err = add(database, "json_words", NULL, give_split);
	if (!err)
		err = add(database, "json_bool", NULL, give_bool);
	if (!err)
		err = add(database, "json_time", NULL, give_time);
	return err;
}
