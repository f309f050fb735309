#include "store_fixture.h"

#include "base/clock.h"

static const char alice[] = "sip:alice@example.com";
static const char hotel[] = "sip:alice@hotel.example.net";

enum {
	ADDRESSES = 6,
	PER_ADDRESS = 5,
	COUNT = ADDRESSES * PER_ADDRESS,
};

struct list_call {
	struct move_filter filter;
	struct move moves[COUNT];
	size_t count;
	bool more;
};

static int run_move_list(struct changes *changes, void *arg)
{
	struct list_call *call = arg;

	return move_list(changes, &call->filter, call->moves, &call->count,
			 &call->more);
}

static void list(struct fixture *fixture, struct list_call *call)
{
	if (!call->filter.limit)
		call->filter.limit = COUNT;
	assert_int_equal(0, fixture_run(fixture, run_move_list, call));
}

static size_t count_of(struct fixture *fixture, struct move_filter filter)
{
	static struct list_call call;

	call.filter = filter;
	list(fixture, &call);
	return call.count;
}

/* Out of order on purpose, and with many of the same start. */
static void make_many(struct fixture *fixture)
{
	char address[64];

	for (int i = 0; i < PER_ADDRESS; i++)
		for (int j = ADDRESSES - 1; j >= 0; j--) {
			int slot = (3 * i + 2) % PER_ADDRESS;

			snprintf(address, sizeof(address),
				 "sip:user%d@example.com", j);
			made_move(fixture, address, hotel, AT(10 * slot),
				  AT(10 * slot + 10));
		}
}

static void set_after(struct move_filter *filter, const struct move *last)
{
	text_copy(text_of(last->id), filter->after_id,
		  sizeof(filter->after_id));
	if (filter->sort == MOVE_SORT_ADDRESS)
		text_copy(text_of(last->address), filter->after_key,
			  sizeof(filter->after_key));
	else
		snprintf(filter->after_key, sizeof(filter->after_key), "%lld",
			 (long long)(filter->sort == MOVE_SORT_STARTS_AT
					     ? last->starts_at_ms
					     : last->created_at_ms));
}

static int in_order(enum move_sort sort, const struct move *a,
		    const struct move *b)
{
	if (sort == MOVE_SORT_STARTS_AT && a->starts_at_ms != b->starts_at_ms)
		return a->starts_at_ms < b->starts_at_ms;
	if (sort == MOVE_SORT_CREATED_AT &&
	    a->created_at_ms != b->created_at_ms)
		return a->created_at_ms < b->created_at_ms;
	if (sort == MOVE_SORT_ADDRESS && strcmp(a->address, b->address) != 0)
		return strcmp(a->address, b->address) < 0;
	return strcmp(a->id, b->id) < 0;
}

static void pages_hold_every_move_once_in_order(void **state)
{
	struct fixture *fixture = *state;
	static struct list_call call;
	struct move all[COUNT];

	make_many(fixture);
	for (int turn = 0; turn < 6; turn++) {
		size_t count = 0;

		call = (struct list_call){ 0 };
		call.filter.sort = (enum move_sort)(turn / 2);
		call.filter.descending = turn % 2 != 0;
		call.filter.id_descending = turn % 2 != 0;
		call.filter.limit = 7;
		do {
			list(fixture, &call);
			assert_true(count + call.count <= COUNT);
			memcpy(all + count, call.moves,
			       call.count * sizeof(*all));
			count += call.count;
			set_after(&call.filter, &all[count - 1]);
		} while (call.more);
		assert_int_equal(COUNT, count);
		for (size_t i = 1; i < COUNT; i++) {
			const struct move *a = &all[i - 1], *b = &all[i];

			assert_true(call.filter.descending
					    ? in_order(call.filter.sort, b, a)
					    : in_order(call.filter.sort, a, b));
		}
	}
}

static void a_last_page_that_is_full_has_no_more_behind_it(void **state)
{
	struct fixture *fixture = *state;
	static struct list_call call;

	make_many(fixture);
	call = (struct list_call){ .filter.limit = COUNT };
	list(fixture, &call);
	assert_int_equal(COUNT, call.count);
	assert_false(call.more);
	call.filter.limit = COUNT - 1;
	list(fixture, &call);
	assert_int_equal(COUNT - 1, call.count);
	assert_true(call.more);
}

static int cancel(struct changes *changes, void *arg)
{
	struct move_call *call = arg;

	return move_end(changes, text_of(call->move.id), 0, &call->move);
}

static void states_are_told_apart_and_added_up(void **state)
{
	struct fixture *fixture = *state;
	int64_t now_ms = clock_wall_ms();
	int64_t hour = 3600000;
	struct move_call gone;

	ended_move(fixture, alice, hotel, now_ms - 2 * hour, now_ms - hour);
	made_move(fixture, alice, hotel, now_ms - hour, now_ms + hour);
	made_move(fixture, alice, hotel, now_ms + hour, now_ms + 2 * hour);
	made_move(fixture, alice, hotel, now_ms + 2 * hour, MOVE_OPEN_END);
	gone = made_move(fixture, "sip:bob@example.com", hotel, now_ms + hour,
			 now_ms + 2 * hour);
	assert_int_equal(0, fixture_run(fixture, cancel, &gone));

	static const struct {
		unsigned states;
		size_t count;
	} cases[] = {
		{ 0, 5 },
		{ 1U << MOVE_SCHEDULED, 2 },
		{ 1U << MOVE_ACTIVE, 1 },
		{ 1U << MOVE_ENDED, 1 },
		{ 1U << MOVE_CANCELLED, 1 },
		{ 1U << MOVE_SCHEDULED | 1U << MOVE_CANCELLED, 3 },
		{ 15, 5 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			cases[i].count,
			count_of(fixture, (struct move_filter){
						  .states = cases[i].states }));
	assert_int_equal(
		1, count_of(fixture,
			    (struct move_filter){ .active_at_ms = now_ms }));
	assert_int_equal(
		1, count_of(fixture,
			    (struct move_filter){
				    .active_at_ms = now_ms + 100 * hour }));
}

static void windows_are_found_that_touch_a_span(void **state)
{
	static const struct {
		int from, until; /* 0: open */
		size_t count;
	} cases[] = {
		{ 10, 20, 1 }, { 1, 10, 0 },  { 20, 30, 0 }, { 19, 20, 1 },
		{ 0, 10, 0 },  { 0, 11, 1 },  { 19, 0, 1 },  { 20, 0, 0 },
		{ 11, 12, 1 }, { 1, 100, 1 },
	};
	struct fixture *fixture = *state;

	made_move(fixture, alice, hotel, AT(10), AT(20));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			cases[i].count,
			count_of(
				fixture,
				(struct move_filter){
					.from_ms = cases[i].from
							   ? AT(cases[i].from)
							   : 0,
					.until_ms = cases[i].until
							    ? AT(cases[i].until)
							    : 0 }));
}

static void texts_filter_by_address_target_external_id_and_note(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = a_move(alice, hotel, AT(0), AT(10));

	text_copy(TEXT("Trip to 100% Jakarta"), call.move.note, MOVE_NOTE_MAX);
	text_copy(TEXT("cal-1"), call.move.external_id, 64);
	text_copy(TEXT("sip:second@hotel.example.net"),
		  call.move.targets[1].uri, MOVE_URI_MAX);
	call.move.targets[1].q_permille = 1;
	call.move.target_count = 2;
	assert_int_equal(0, create_move(fixture, &call));
	made_move(fixture, "sip:bob@example.com", "sip:bob@home.example.net",
		  AT(0), AT(10));

	static const struct {
		struct move_filter filter;
		size_t count;
	} cases[] = {
		{ { .address = { "sip:alice@example.com", 21 } }, 1 },
		{ { .address = { "sip:alice", 9 } }, 0 },
		{ { .target = { "sip:second@hotel.example.net", 28 } }, 1 },
		{ { .target = { "sip:second", 10 } }, 0 },
		{ { .external_id = { "cal-1", 5 } }, 1 },
		{ { .external_id = { "cal", 3 } }, 0 },
		{ { .note_contains = { "jakarta", 7 } }, 1 },
		{ { .note_contains = { "100% ", 5 } }, 1 },
		{ { .note_contains = { "%", 1 } }, 1 },
		{ { .note_contains = { "_", 1 } }, 0 },
		{ { .note_contains = { "ALICE", 5 } }, 1 },
		{ { .note_contains = { "example.com", 11 } }, 2 },
		{ { .address = { "sip:alice@example.com", 21 },
		    .note_contains = { "bob", 3 } },
		  0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(cases[i].count,
				 count_of(fixture, cases[i].filter));
}

static void a_page_shows_each_move_with_its_targets(void **state)
{
	struct fixture *fixture = *state;
	static struct list_call call;
	struct move_call made = a_move(alice, hotel, AT(0), AT(10));

	for (size_t i = 1; i < MOVE_TARGETS_MAX; i++) {
		snprintf(made.move.targets[i].uri, MOVE_URI_MAX,
			 "sip:t%zu@hotel.example.net", i);
		made.move.targets[i].q_permille = (uint16_t)(1000 - i);
	}
	made.move.target_count = MOVE_TARGETS_MAX;
	assert_int_equal(0, create_move(fixture, &made));
	call = (struct list_call){ 0 };
	list(fixture, &call);
	assert_int_equal(1, call.count);
	assert_int_equal(MOVE_TARGETS_MAX, call.moves[0].target_count);
	for (size_t i = 0; i < MOVE_TARGETS_MAX; i++)
		assert_string_equal(made.move.targets[i].uri,
				    call.moves[0].targets[i].uri);
}

enum {
	MANY = 25000,
	EVERY = 3000, /* of them is wanted */
	WANTED = 9,
};

static int insert_many(struct changes *changes, void *arg)
{
	(void)arg;
	assert_true(changes_revision(changes) > 0); /* else nobody wrote */
	/* Many begin at once, and belong to one revision. */
	return database_errno(sqlite3_exec(
		database_handle(changes->database),
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 "
		"FROM n WHERE i < 25000) INSERT INTO move (id, address, "
		"starts_at, ends_at, time_zone, permanent, note, cancelled_at, "
		"created_at, updated_at, created_by, revision) SELECT "
		"printf('mov_%026d', i), printf('sip:u%d@example.com', "
		"i * 7919 % 20000), 1 + i * 31 % 100, 9223372036854775807, '', "
		"0, iif(i % 3000 = 1, 'wanted', ''), 0, 1, 1, '', "
		"2 + i % 50 FROM n;"
		"INSERT INTO move_target (move_id, position, uri, q_permille, "
		"leads_to, leads_to_number) SELECT row_id, 0, "
		"'sip:desk@example.net', 1000, '', '' FROM move",
		NULL, NULL, NULL));
}

struct part_call {
	struct move_filter filter;
	struct move moves[WANTED];
	struct list_part part;
};

static int run_part(struct changes *changes, void *arg)
{
	struct part_call *call = arg;

	return move_list_part(changes, &call->filter, call->moves, &call->part);
}

static int run_count(struct changes *changes, void *arg)
{
	struct part_call *call = arg;

	return move_count_part(changes, &call->filter, 8, &call->part);
}

static size_t parts_of(struct fixture *fixture,
		       int (*run)(struct changes *changes, void *arg),
		       struct part_call *call)
{
	size_t parts = 0;

	while (!call->part.is_done) {
		assert_int_equal(0, fixture_run(fixture, run, call));
		assert_true(++parts <= MANY / 1000);
	}
	return parts;
}

static void a_search_without_an_index_is_made_in_parts(void **state)
{
	static const struct move_filter filters[] = {
		{ .note_contains = { "WANTED", 6 } },
		{ .note_contains = { "wanted", 6 },
		  .target = { "sip:desk@example.net", 20 } },
		{ .note_contains = { "wanted", 6 },
		  .address_prefix = { "sip:u", 5 } },
		{ .note_contains = { "wanted", 6 }, .is_watch = true },
		{ .note_contains = { "wanted", 6 },
		  .at_domain = { "@example.com", 12 } },
	};
	struct fixture *fixture = *state;
	static struct part_call call;

	assert_int_equal(0, fixture_run(fixture, insert_many, NULL));
	for (size_t i = 0; i < 5 * 8; i++) {
		call = (struct part_call){ .filter = filters[i / 8] };
		call.filter.sort = (enum move_sort)(i % 4);
		call.filter.descending = i % 8 >= 4;
		call.filter.id_descending = i % 8 >= 4;
		if (i / 8 % 2 == 1 && call.filter.sort == MOVE_SORT_STARTS_AT)
			call.filter.then = MOVE_SORT_ADDRESS;
		if (i / 8 % 2 == 1 && call.filter.sort == MOVE_SORT_ADDRESS)
			call.filter.then = MOVE_SORT_STARTS_AT;
		call.filter.limit = WANTED;
		/* However many there are behind them. */
		assert_int_equal(3, parts_of(fixture, run_part, &call));
		assert_int_equal(WANTED, call.part.count);
		assert_false(call.part.more);
		for (size_t j = 1; j < WANTED; j++)
			assert_int_not_equal(0, strcmp(call.moves[j - 1].id,
						       call.moves[j].id));
	}
}

static void a_page_in_parts_tells_whether_there_are_more(void **state)
{
	struct fixture *fixture = *state;
	static struct part_call call;

	assert_int_equal(0, fixture_run(fixture, insert_many, NULL));
	call = (struct part_call){ .filter = { .note_contains = { "wanted", 6 },
					       .limit = WANTED - 1 } };
	parts_of(fixture, run_part, &call);
	assert_int_equal(WANTED - 1, call.part.count);
	assert_true(call.part.more);
	call = (struct part_call){ .filter = {
					   .note_contains = { "wanted", 6 } } };
	assert_int_equal(3, parts_of(fixture, run_count, &call));
	assert_int_equal(8, call.part.count);
	assert_true(call.part.more);
	call = (struct part_call){ .filter = {
					   .note_contains = { "absent", 6 } } };
	assert_int_equal(3, parts_of(fixture, run_count, &call));
	assert_int_equal(0, call.part.count);
	assert_false(call.part.more);
}

static void what_an_index_finds_is_found_at_once(void **state)
{
	static const struct move_filter filters[] = {
		{ .note_contains = { "", 0 } },
		{ .address = { "sip:u7919@example.com", 21 },
		  .note_contains = { "wanted", 6 } },
		{ .target = { "sip:nobody@example.net", 22 } },
		{ .external_id = { "x", 1 } },
		{ .address_prefix = { "sip:u1234", 9 },
		  .states = 1U << MOVE_CANCELLED },
	};
	struct fixture *fixture = *state;
	static struct part_call call;

	assert_int_equal(0, fixture_run(fixture, insert_many, NULL));
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		call = (struct part_call){ .filter = filters[i] };
		call.filter.limit = WANTED;
		assert_int_equal(1, parts_of(fixture, run_part, &call));
	}
}

static void a_cursor_that_is_not_a_time_is_refused(void **state)
{
	struct fixture *fixture = *state;
	static struct list_call call;

	call = (struct list_call){ .filter.limit = 1,
				   .filter.sort = MOVE_SORT_STARTS_AT,
				   .filter.after_key = "1 OR 1",
				   .filter.after_id = "mov_" };
	assert_int_equal(EINVAL, fixture_run(fixture, run_move_list, &call));
	call.filter.limit = 0;
	assert_int_equal(EINVAL, fixture_run(fixture, run_move_list, &call));
	call.filter.limit = PAGE_LIMIT_MAX + 1;
	assert_int_equal(EINVAL, fixture_run(fixture, run_move_list, &call));
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(pages_hold_every_move_once_in_order),
		TEST(a_last_page_that_is_full_has_no_more_behind_it),
		TEST(states_are_told_apart_and_added_up),
		TEST(windows_are_found_that_touch_a_span),
		TEST(texts_filter_by_address_target_external_id_and_note),
		TEST(a_page_shows_each_move_with_its_targets),
		TEST(a_search_without_an_index_is_made_in_parts),
		TEST(a_page_in_parts_tells_whether_there_are_more),
		TEST(what_an_index_finds_is_found_at_once),
		TEST(a_cursor_that_is_not_a_time_is_refused),
	};
#undef TEST

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
