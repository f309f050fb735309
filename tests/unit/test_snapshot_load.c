#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <sodium.h>

#include "base/embedded.h"
#include "db/changes_state.h"
#include "db/snapshot_state.h"

enum {
	NOW_MS = 1000,
};

static struct database *database_with(const char *sql)
{
	struct database *database;

	assert_int_equal(
		0, database_open(":memory:",
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
				 &database));
	for (size_t i = 0; i < migrations_count; i++)
		assert_int_equal(
			0, database_execute(database,
					    (const char *)migrations[i].bytes));
	assert_int_equal(0, database_execute(database, sql));
	return database;
}

static void insert_move(struct database *database, int row_id,
			const char *address, int64_t starts_at, int64_t ends_at,
			int64_t cancelled_at)
{
	char sql[600];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO move (row_id, id, address, starts_at, ends_at, "
		 "time_zone, permanent, note, cancelled_at, created_at, "
		 "updated_at, created_by, revision) VALUES (%d, 'mov_%026d', "
		 "'%s', %lld, %lld, '', 1, '', %lld, 1, 1, 'tester', 9)",
		 row_id, row_id, address, (long long)starts_at,
		 (long long)ends_at, (long long)cancelled_at);
	assert_int_equal(0, database_execute(database, sql));
}

static void insert_target(struct database *database, int move, int position,
			  const char *uri, int q_permille)
{
	char sql[600];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO move_target (move_id, position, uri, q_permille, "
		 "leads_to, leads_to_number) VALUES (%d, %d, %s, %d, '', '')",
		 move, position, uri, q_permille);
	assert_int_equal(0, database_execute(database, sql));
}

static void insert_address(struct database *database, const char *uri)
{
	char sql[600];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO address (id, uri, note, created_at, updated_at, "
		 "revision) VALUES ('adr_' || hex(randomblob(13)), '%s', '', "
		 "1, 1, 1)",
		 uri);
	assert_int_equal(0, database_execute(database, sql));
}

static struct snapshot *load(struct database *database)
{
	struct snapshot_builder *builder;

	assert_int_equal(0, snapshot_builder_begin(NULL, &builder));
	assert_int_equal(0, snapshot_load_all(database, builder, NOW_MS));
	return snapshot_builder_finish(builder, 1);
}

static const struct snapshot_address *find(const struct snapshot *snapshot,
					   const char *address)
{
	return snapshot_address(snapshot, text_of(address));
}

static void moves_that_can_still_answer_are_loaded(void **state)
{
	struct database *database = database_with("");
	const struct snapshot_address *alice;
	struct snapshot *snapshot;
	(void)state;

	insert_address(database, "sip:bob@example.com");
	insert_address(database, "sip:alice@example.com");
	insert_move(database, 1, "sip:alice@example.com", 3000, INT64_MAX, 0);
	insert_move(database, 2, "sip:alice@example.com", 500, 1000, 0);
	insert_move(database, 3, "sip:alice@example.com", 500, 2000, 7);
	insert_move(database, 4, "sip:alice@example.com", 500, 2000, 0);
	insert_move(database, 5, "sip:alice@example.com", 2000, 3000, 0);
	for (int move = 1; move <= 5; move++) {
		insert_target(database, move, 0, "'sip:x@example.net'", 300);
		insert_target(database, move, 1, "'tel:+15550100'", 700);
	}
	snapshot = load(database);

	assert_int_equal(2, snapshot_address_count(snapshot));
	assert_int_equal(0, find(snapshot, "sip:bob@example.com")->move_count);
	alice = find(snapshot, "sip:alice@example.com");
	assert_int_equal(3, alice->move_count);
	assert_int_equal(500, alice->moves[0].starts_at_ms);
	assert_int_equal(2000, alice->moves[1].starts_at_ms);
	assert_int_equal(3000, alice->moves[2].starts_at_ms);
	assert_string_equal("mov_00000000000000000000000004",
			    alice->moves[0].id);
	assert_int_equal(2, alice->moves[0].target_count);
	assert_int_equal(700, alice->moves[0].targets[0].q_permille);
	assert_true(alice->moves[0].permanent);
	assert_int_equal(9, alice->moves[0].revision);
	snapshot_free_whole(snapshot);
	database_close(database);
}

static void targets_belong_to_their_own_move(void **state)
{
	struct database *database = database_with("");
	const struct snapshot_address *carol;
	struct snapshot *snapshot;
	(void)state;

	insert_address(database, "sip:carol@example.com");
	insert_move(database, 1, "sip:carol@example.com", 500, 2000, 7);
	insert_target(database, 1, 0, "'sip:cancelled@example.net'", 1000);
	insert_move(database, 2, "sip:carol@example.com", 500, 2000, 0);
	insert_target(database, 2, 0, "'sip:right@example.net'", 1000);
	insert_move(database, 3, "sip:carol@example.com", 500, 1000, 0);
	insert_target(database, 3, 0, "'sip:ended@example.net'", 1000);
	snapshot = load(database);
	carol = find(snapshot, "sip:carol@example.com");
	assert_int_equal(1, carol->move_count);
	assert_int_equal(1, carol->moves[0].target_count);
	assert_true(text_equals(TEXT("sip:right@example.net"),
				carol->moves[0].targets[0].uri));
	snapshot_free_whole(snapshot);
	database_close(database);
}

static void a_move_of_a_deleted_address_is_not_loaded(void **state)
{
	struct database *database = database_with("");
	struct snapshot *snapshot;
	(void)state;

	insert_address(database, "sip:bob@example.com");
	insert_move(database, 1, "sip:gone@example.com", 500, 2000, 0);
	insert_target(database, 1, 0, "'sip:x@example.net'", 1000);
	snapshot = load(database);
	assert_int_equal(1, snapshot_address_count(snapshot));
	assert_null(find(snapshot, "sip:gone@example.com"));
	snapshot_free_whole(snapshot);
	database_close(database);
}

static void damaged_rows_are_left_out_and_never_cut(void **state)
{
	static const char *const uris[] = {
		"'sip:x@example.net' || char(0) || 'y'",
		"'sip:x@example.net;a=' || printf('%0300d', 0)",
		"'sip:x@example.net' || char(13, 10) || 'Via: y'",
		"''",
		"'mailto:x@example.net'",
	};
	struct database *database = database_with("");
	struct snapshot *snapshot;
	(void)state;

	insert_address(database, "sip:alice@example.com");
	insert_move(database, 1, "sip:alice@example.com", 500, 2000, 0);
	for (int i = 0; i < 5; i++)
		insert_target(database, 1, i, uris[i], 1000);
	insert_target(database, 1, 5, "'sip:q@example.net'", 0);
	insert_target(database, 1, 6, "'sip:q@example.net'", 1001);
	insert_move(database, 2, "sip:alice@example.com", 2000, 3000, 0);
	for (int i = 0; i < 12; i++)
		insert_target(database, 2, i, "'sip:many@example.net'", 1000);
	snapshot = load(database);
	assert_int_equal(1,
			 find(snapshot, "sip:alice@example.com")->move_count);
	assert_int_equal(
		MOVE_TARGETS_MAX,
		find(snapshot, "sip:alice@example.com")->moves[0].target_count);
	snapshot_free_whole(snapshot);
	database_close(database);
}

static void domains_rules_and_tokens_are_loaded(void **state)
{
	struct database *database = database_with(
		"INSERT INTO domain (row_id, id, name, note, created_at, "
		"updated_at, revision) VALUES (4, 'dom_x', 'example.com', '', "
		"1, 1, 1);"
		"INSERT INTO extension_rule VALUES (1, 'rul_x', '*', 2, 'foo', "
		"'*', 2, 1, '', 1, 1, 1);"
		"INSERT INTO token (row_id, public_id, name, role, scopes, "
		"secret_sha256, created_at, expires_at, revoked_at, revision) "
		"VALUES (1, 'abcdefgh', 'n', 'admin', 3, "
		"zeroblob(32), 1, 50, 0, 1);"
		"INSERT INTO token (row_id, public_id, name, role, scopes, "
		"secret_sha256, created_at, expires_at, revoked_at, revision) "
		"VALUES (2, 'revoked0', 'o', 'admin', 3, "
		"zeroblob(32), 1, 50, 2, 1);");
	struct snapshot *snapshot = load(database);
	struct extension_verdict verdict;
	const struct token *token;
	(void)state;

	assert_int_equal(4, snapshot_domain(snapshot, TEXT("example.com"))->id);
	verdict = extension_policy_resolve(snapshot_extension_policy(snapshot),
					   EXTENSION_REQUIRE, TEXT("Foo"),
					   TEXT("INVITE"), TEXT(""));
	assert_int_equal(EXTENSION_REJECT, verdict.action);
	assert_string_equal("rul_x", verdict.rule->id);
	token = snapshot_token(snapshot, TEXT("abcdefgh"));
	assert_int_equal(3, token->scopes);
	assert_int_equal(50, token->expires_at_ms);
	assert_null(snapshot_token(snapshot, TEXT("revoked0")));
	snapshot_free_whole(snapshot);
	database_close(database);
}

static void a_rule_that_means_nothing_is_damage(void **state)
{
	struct database *database = database_with(
		"INSERT INTO extension_rule VALUES (1, 'rul_x', '*', 3, 'foo', "
		"'*', 2, 1, '', 1, 1, 1);");
	struct snapshot_builder *builder;
	(void)state;

	assert_int_equal(0, snapshot_builder_begin(NULL, &builder));
	assert_int_equal(EBADMSG, snapshot_load_all(database, builder, NOW_MS));
	snapshot_builder_discard(builder);
	database_close(database);
}

static void only_what_was_touched_is_loaded_again(void **state)
{
	struct database *database = database_with("");
	char touched[3][MOVE_ADDRESS_MAX + 1] = { "sip:alice@example.com",
						  "sip:new@example.com",
						  "sip:gone@example.com" };
	struct changes changes = { .database = database,
				   .now_ms = NOW_MS,
				   .touched_addresses = { .list = touched,
							  .count = 3 } };
	struct snapshot_builder *builder;
	struct snapshot *before, *after;
	(void)state;

	insert_address(database, "sip:alice@example.com");
	insert_address(database, "sip:bob@example.com");
	insert_address(database, "sip:gone@example.com");
	before = load(database);
	insert_move(database, 1, "sip:alice@example.com", 500, 2000, 0);
	insert_target(database, 1, 0, "'sip:x@example.net'", 1000);
	insert_address(database, "sip:new@example.com");
	assert_int_equal(
		0, database_execute(database,
				    "DELETE FROM address WHERE uri = "
				    "'sip:gone@example.com'; UPDATE address "
				    "SET uri = 'sip:unseen@example.com' WHERE "
				    "uri = 'sip:bob@example.com'"));
	assert_int_equal(0, snapshot_builder_begin(before, &builder));
	assert_int_equal(0, snapshot_load_touched(&changes, builder));
	after = snapshot_builder_finish(builder, 2);

	assert_int_equal(1, find(after, "sip:alice@example.com")->move_count);
	assert_non_null(find(after, "sip:new@example.com"));
	assert_null(find(after, "sip:gone@example.com"));
	assert_ptr_equal(find(before, "sip:bob@example.com"),
			 find(after, "sip:bob@example.com"));
	assert_non_null(find(before, "sip:gone@example.com"));
	snapshot_free_unshared(before, after);
	snapshot_free_whole(after);
	database_close(database);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves_that_can_still_answer_are_loaded),
		cmocka_unit_test(targets_belong_to_their_own_move),
		cmocka_unit_test(a_move_of_a_deleted_address_is_not_loaded),
		cmocka_unit_test(damaged_rows_are_left_out_and_never_cut),
		cmocka_unit_test(domains_rules_and_tokens_are_loaded),
		cmocka_unit_test(a_rule_that_means_nothing_is_damage),
		cmocka_unit_test(only_what_was_touched_is_loaded_again),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("snapshot_load", tests, NULL, NULL);
}
