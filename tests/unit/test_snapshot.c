#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

#include "db/publisher.h"
#include "db/snapshot_builder.h"

enum {
	NAMES = 3000,
	STEPS = 400,
};

static struct text name_of(unsigned number, char buffer[64])
{
	snprintf(buffer, 64, "sip:u%u@example.com", number);
	return text_of(buffer);
}

static struct move a_move(int64_t starts_at_ms, int64_t ends_at_ms,
			  const char *target)
{
	struct move move = {
		.target_count = 1,
		.starts_at_ms = starts_at_ms,
		.ends_at_ms = ends_at_ms,
		.revision = 7,
	};

	snprintf(move.id, sizeof(move.id), "mov_%026d", 1);
	snprintf(move.targets[0].uri, sizeof(move.targets[0].uri), "%s",
		 target);
	move.targets[0].q_permille = 1000;
	return move;
}

static struct snapshot_builder *begin(const struct snapshot *base)
{
	struct snapshot_builder *builder;

	assert_int_equal(0, snapshot_builder_begin(base, &builder));
	return builder;
}

static void put(struct snapshot_builder *builder, const char *address,
		const struct move *moves, size_t count)
{
	assert_int_equal(0, snapshot_builder_put_address(
				    builder, text_of(address), moves, count));
}

/* A snapshot of one address, alone. */
static struct snapshot *snapshot_of(const struct move *moves, size_t count)
{
	struct snapshot_builder *builder = begin(NULL);

	put(builder, "sip:alice@example.com", moves, count);
	return snapshot_builder_finish(builder, 1);
}

static const struct snapshot_address *alice(const struct snapshot *snapshot)
{
	return snapshot_address(snapshot, TEXT("sip:alice@example.com"));
}

static void an_empty_snapshot_knows_nobody_and_refuses_nothing(void **state)
{
	struct snapshot *empty = snapshot_builder_finish(begin(NULL), 3);
	struct extension_verdict verdict;
	(void)state;

	assert_int_equal(3, snapshot_revision(empty));
	assert_int_equal(0, snapshot_address_count(empty));
	assert_null(alice(empty));
	assert_null(snapshot_domain(empty, TEXT("example.com")));
	assert_null(snapshot_token(empty, TEXT("abcdefgh")));
	verdict = extension_policy_resolve(snapshot_extension_policy(empty),
					   EXTENSION_REQUIRE, TEXT("foo"),
					   TEXT("INVITE"), TEXT(""));
	assert_int_equal(EXTENSION_IGNORE, verdict.action);
	snapshot_free_whole(empty);
}

static void an_address_without_a_move_is_known(void **state)
{
	struct snapshot *snapshot = snapshot_of(NULL, 0);
	(void)state;

	assert_non_null(alice(snapshot));
	assert_int_equal(0, alice(snapshot)->move_count);
	assert_null(snapshot_active_move(alice(snapshot), 1));
	assert_null(snapshot_address(snapshot, TEXT("sip:Alice@example.com")));
	snapshot_free_whole(snapshot);
}

static void a_move_is_in_force_from_its_first_to_before_its_last_ms(
	void **state)
{
	const struct move moves[] = {
		a_move(3000, MOVE_OPEN_END, "sip:c@example.net"),
		a_move(1000, 2000, "sip:a@example.net"),
		a_move(2000, 2500, "sip:b@example.net"),
	};
	static const struct {
		int64_t now_ms;
		char user; /* 0: none in force */
	} rows[] = {
		{ 0, 0 },      { 999, 0 },
		{ 1000, 'a' }, { 1999, 'a' },
		{ 2000, 'b' }, { 2499, 'b' },
		{ 2500, 0 },   { 2999, 0 },
		{ 3000, 'c' }, { INT64_MAX - 1, 'c' },
	};
	struct snapshot *snapshot = snapshot_of(moves, 3);
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct snapshot_move *move =
			snapshot_active_move(alice(snapshot), rows[i].now_ms);

		assert_int_equal(rows[i].user,
				 move ? move->targets[0].uri.ptr[4] : 0);
	}
	snapshot_free_whole(snapshot);
}

static void targets_stand_by_descending_q_in_their_own_order(void **state)
{
	static const uint16_t q[] = { 500, 1000, 500, 1, 1000 };
	struct move move = a_move(0, MOVE_OPEN_END, "sip:x@example.net");
	const struct snapshot_move *made;
	struct snapshot *snapshot;
	char order[6] = "";
	(void)state;

	move.target_count = 5;
	for (size_t i = 0; i < 5; i++) {
		snprintf(move.targets[i].uri, sizeof(move.targets[i].uri),
			 "sip:%zu@example.net", i);
		move.targets[i].q_permille = q[i];
	}
	snapshot = snapshot_of(&move, 1);
	made = snapshot_active_move(alice(snapshot), 5);
	for (size_t i = 0; i < 5; i++)
		order[i] = made->targets[i].uri.ptr[4];
	assert_string_equal("14023", order);
	assert_int_equal(7, made->revision);
	assert_string_equal(move.id, made->id);
	snapshot_free_whole(snapshot);
}

static void a_stored_target_that_is_not_fit_never_gets_in(void **state)
{
	struct move moves[] = {
		a_move(0, 10, "sip:a@example.net\r\nX: y"),
		a_move(10, 20, "sip:b@example.net?Subject=x"),
		a_move(20, 30, "sip:c@example.net"),
	};
	struct snapshot *snapshot;
	(void)state;

	moves[2].target_count = 2;
	snprintf(moves[2].targets[1].uri, sizeof(moves[2].targets[1].uri),
		 "http://example.net");
	snapshot = snapshot_of(moves, 3);
	assert_int_equal(1, snapshot_move_count(snapshot));
	assert_null(snapshot_active_move(alice(snapshot), 5));
	assert_int_equal(
		1, snapshot_active_move(alice(snapshot), 25)->target_count);
	snapshot_free_whole(snapshot);
}

static void domains_and_tokens_are_found_by_name(void **state)
{
	struct snapshot_builder *builder = begin(NULL);
	struct domain domains[100] = { 0 };
	struct token tokens[100] = { 0 };
	struct snapshot *snapshot;
	(void)state;

	for (int i = 0; i < 100; i++) {
		domains[i].row_id = 1000 + i;
		snprintf(domains[i].name, sizeof(domains[i].name),
			 "d%d.example.com", i);
		snprintf(tokens[i].public_id, sizeof(tokens[i].public_id),
			 "id%06u", (unsigned)i % 1000000);
		tokens[i].scopes = (uint32_t)i;
	}
	assert_int_equal(0,
			 snapshot_builder_set_domains(builder, domains, 100));
	assert_int_equal(0, snapshot_builder_set_tokens(builder, tokens, 100));
	snapshot = snapshot_builder_finish(builder, 1);
	assert_int_equal(100, snapshot_domain_count(snapshot));
	for (int i = 0; i < 100; i++) {
		struct text name = text_of(domains[i].name);
		struct text id = text_of(tokens[i].public_id);

		assert_int_equal(1000 + i, snapshot_domain(snapshot, name)->id);
		assert_int_equal(i, snapshot_token(snapshot, id)->scopes);
	}
	assert_null(snapshot_domain(snapshot, TEXT("d100.example.com")));
	assert_null(snapshot_token(snapshot, TEXT("id000100")));
	snapshot_free_whole(snapshot);
}

static void a_change_leaves_the_older_snapshot_as_it_was(void **state)
{
	const struct move first = a_move(0, 10, "sip:a@example.net");
	const struct move second = a_move(0, 10, "sip:b@example.net");
	struct publisher *publisher;
	struct snapshot_reader *reader;
	struct snapshot_builder *builder;
	const struct snapshot *older, *newer;
	(void)state;

	assert_int_equal(0, publisher_new(NULL, &publisher));
	assert_int_equal(0, publisher_add_reader(publisher, NULL, &reader));
	publisher_publish(publisher, snapshot_of(&first, 1));
	older = snapshot_reader_adopt(reader);
	builder = begin(older);
	put(builder, "sip:alice@example.com", &second, 1);
	put(builder, "sip:bob@example.com", &first, 1);
	publisher_publish(publisher, snapshot_builder_finish(builder, 2));
	newer = publisher_current(publisher);

	assert_int_equal(1, snapshot_address_count(older));
	assert_int_equal('a', alice(older)->moves[0].targets[0].uri.ptr[4]);
	assert_null(snapshot_address(older, TEXT("sip:bob@example.com")));
	assert_int_equal(2, snapshot_address_count(newer));
	assert_int_equal('b', alice(newer)->moves[0].targets[0].uri.ptr[4]);
	snapshot_reader_stop(reader);
	publisher_free(publisher);
}

/* What the table should hold: -1 absent, else the number in the target. */
struct model {
	int value[NAMES];
	size_t known;
};

/* A user whose name is an address's, and whose role is its number. */
static void put_user(struct snapshot_builder *builder, const char *name,
		     int value)
{
	struct snapshot_user user = { .enabled = true };

	text_copy(text_of(name), user.name, sizeof(user.name));
	snprintf(user.role, sizeof(user.role), "%d", value);
	assert_int_equal(0,
			 snapshot_builder_put_user(builder, text_of(name),
						   value < 0 ? NULL : &user));
}

static void assert_user(const struct snapshot *snapshot, struct text name,
			int value)
{
	const struct snapshot_user *user = snapshot_user(snapshot, name);

	assert_int_equal(value >= 0, user != NULL);
	if (user)
		assert_int_equal(value, strtol(user->role, NULL, 10));
}

static void change_at_random(struct snapshot_builder *builder,
			     struct model *model)
{
	unsigned number = randombytes_uniform(NAMES);
	int value = (int)randombytes_uniform(1000000);
	char name[64], uri[64];
	struct move move;

	name_of(number, name);
	if (randombytes_uniform(3) == 0) {
		assert_int_equal(0, snapshot_builder_remove_address(
					    builder, text_of(name)));
		model->known -= model->value[number] >= 0;
		model->value[number] = -1;
		put_user(builder, name, -1);
		return;
	}
	snprintf(uri, sizeof(uri), "sip:%d@example.net", value);
	move = a_move(0, MOVE_OPEN_END, uri);
	put(builder, name, &move, 1);
	put_user(builder, name, value);
	model->known += model->value[number] < 0;
	model->value[number] = value;
}

static void assert_agrees(const struct snapshot *snapshot,
			  const struct model *model)
{
	char name[64], uri[64];

	assert_int_equal(model->known, snapshot_address_count(snapshot));
	assert_int_equal(model->known, snapshot_move_count(snapshot));
	for (unsigned i = 0; i < NAMES; i++) {
		const struct snapshot_address *address =
			snapshot_address(snapshot, name_of(i, name));

		assert_int_equal(model->value[i] >= 0, address != NULL);
		assert_user(snapshot, text_of(name), model->value[i]);
		if (!address)
			continue;
		snprintf(uri, sizeof(uri), "sip:%d@example.net",
			 model->value[i]);
		assert_true(text_equals(text_of(uri),
					address->moves[0].targets[0].uri));
	}
}

/*
 * Random puts and removals, many a builder so that own nodes are changed in
 * place, some builders discarded, against a plain table. That nothing leaks or
 * is freed twice is the sanitizer's to say.
 */
static void any_run_of_changes_gives_what_a_plain_table_gives(void **state)
{
	static struct model model, before;
	struct publisher *publisher;
	(void)state;

	memset(model.value, -1, sizeof(model.value));
	model.known = 0;
	assert_int_equal(0, publisher_new(NULL, &publisher));
	for (int step = 0; step < STEPS; step++) {
		struct snapshot_builder *builder =
			begin(publisher_current(publisher));
		unsigned changes = 1 + randombytes_uniform(60);

		before = model;
		while (changes-- > 0)
			change_at_random(builder, &model);
		if (randombytes_uniform(4) == 0) {
			snapshot_builder_discard(builder);
			model = before;
		} else {
			publisher_publish(publisher, snapshot_builder_finish(
							     builder, step));
		}
		if (publisher_current(publisher) && step % 40 == 0)
			assert_agrees(publisher_current(publisher), &model);
	}
	assert_agrees(publisher_current(publisher), &model);
	publisher_free(publisher);
}

static void sections_are_shared_until_they_are_set(void **state)
{
	const struct domain domain = { .row_id = 5, .name = "example.com" };
	struct snapshot_builder *builder = begin(NULL);
	struct publisher *publisher;
	(void)state;

	assert_int_equal(0, publisher_new(NULL, &publisher));
	assert_int_equal(0, snapshot_builder_set_domains(builder, &domain, 1));
	publisher_publish(publisher, snapshot_builder_finish(builder, 1));
	builder = begin(publisher_current(publisher));
	put(builder, "sip:alice@example.com", NULL, 0);
	publisher_publish(publisher, snapshot_builder_finish(builder, 2));
	assert_int_equal(5, snapshot_domain(publisher_current(publisher),
					    TEXT("example.com"))
				    ->id);
	builder = begin(publisher_current(publisher));
	assert_int_equal(0, snapshot_builder_set_domains(builder, NULL, 0));
	assert_int_equal(0, snapshot_builder_set_domains(builder, NULL, 0));
	assert_int_equal(0, snapshot_builder_set_rules(builder, NULL, 0));
	publisher_publish(publisher, snapshot_builder_finish(builder, 3));
	assert_null(snapshot_domain(publisher_current(publisher),
				    TEXT("example.com")));
	assert_non_null(alice(publisher_current(publisher)));
	publisher_free(publisher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_empty_snapshot_knows_nobody_and_refuses_nothing),
		cmocka_unit_test(an_address_without_a_move_is_known),
		cmocka_unit_test(
			a_move_is_in_force_from_its_first_to_before_its_last_ms),
		cmocka_unit_test(
			targets_stand_by_descending_q_in_their_own_order),
		cmocka_unit_test(a_stored_target_that_is_not_fit_never_gets_in),
		cmocka_unit_test(domains_and_tokens_are_found_by_name),
		cmocka_unit_test(a_change_leaves_the_older_snapshot_as_it_was),
		cmocka_unit_test(
			any_run_of_changes_gives_what_a_plain_table_gives),
		cmocka_unit_test(sections_are_shared_until_they_are_set),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
