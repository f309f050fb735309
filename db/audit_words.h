/*
 * audit_words.h - the audit's `before` and `after` in the API's words. The
 * database keeps kinds as numbers and times as milliseconds; functions of ours
 * in the SQL that makes an audit row's JSON turn them into what the API says.
 * Inside db/ only.
 */
#ifndef SIPMOVED_DB_AUDIT_WORDS_H
#define SIPMOVED_DB_AUDIT_WORDS_H

#include "db/database.h"

/*
 * From now on this connection's SQL has them, each of one argument:
 *   source_action_word(number) and its like: a word; NULL for what is none
 *   token_scope_words(bits), digest_algorithm_words(bits): an array of words
 *   json_words('a b'): an array of words
 *   json_bool(number): true or false
 *   json_time(ms): an RFC 3339 time; NULL stays NULL
 */
int audit_words_open(struct database *database)
	__attribute__((warn_unused_result));

#endif
