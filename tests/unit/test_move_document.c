#include "api/move_document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* 2026-12-01T02:00:00Z */
static const int64_t december_ms = INT64_C(1796090400000);

struct reading {
	struct json_document *document;
	struct json_object object;
	struct faults faults;
	struct move move;
};

static void reading_init(struct reading *reading, const char *json)
{
	char detail[FAULT_DETAIL_SIZE];

	memset(reading, 0, sizeof(*reading));
	assert_int_equal(0, json_document_parse(text_of(json),
						&reading->document, detail));
	assert_true(json_document_object(reading->document, &reading->faults,
					 &reading->object));
}

static void reading_clear(struct reading *reading)
{
	json_document_free(reading->document);
	faults_clear(&reading->faults);
}

static void reading_of(struct reading *reading, const char *json)
{
	reading_init(reading, json);
	assert_int_equal(0,
			 move_document_read(&reading->object, &reading->move));
}

static void merge(struct reading *reading, const char *json,
		  const struct move *stored)
{
	reading_init(reading, json);
	reading->move = *stored;
	assert_int_equal(0,
			 move_document_merge(&reading->object, &reading->move));
}

static struct move a_stored_move(void)
{
	return (struct move){
		.id = "mov_00000000000000000000000001",
		.address = "sip:alice@example.com",
		.targets = { { "sip:alice@hotel.example.net", 500 } },
		.target_count = 1,
		.starts_at_ms = december_ms,
		.ends_at_ms = december_ms + 3600000,
		.time_zone = "Asia/Jakarta",
		.permanent = true,
		.diversion_reason = DIVERSION_AWAY,
		.note = "hotel",
		.external_id = "trip-7",
		.revision = 12,
	};
}

static void only_address_and_targets_are_required(void **state)
{
	struct reading reading;
	(void)state;

	reading_of(&reading, "{\"address\":\"sip:alice@example.com\","
			     "\"targets\":[{\"uri\":\"sip:a@b.example\"}]}");

	assert_false(faults_any(&reading.faults));
	assert_string_equal("sip:alice@example.com", reading.move.address);
	assert_int_equal(1, reading.move.target_count);
	assert_int_equal(1000, reading.move.targets[0].q_permille);
	assert_int_equal(0, reading.move.starts_at_ms);
	assert_true(reading.move.ends_at_ms == MOVE_OPEN_END);
	assert_false(reading.move.permanent);
	assert_int_equal(DIVERSION_UNCONDITIONAL,
			 reading.move.diversion_reason);
	reading_clear(&reading);
}

static void a_written_state_is_told_how_to_end_a_move(void **state)
{
	struct reading reading;
	(void)state;

	reading_of(&reading, "{\"address\":\"sip:alice@example.com\","
			     "\"targets\":[{\"uri\":\"sip:a@b.example\"}],"
			     "\"state\":\"ended\"}");

	assert_int_equal(1, reading.faults.count);
	assert_string_equal("is what the times make it: to end a move, DELETE "
			    "it or set `ends_at`",
			    reading.faults.list[0].detail);
	reading_clear(&reading);
}

static void every_fault_is_listed_at_its_place(void **state)
{
	static const struct {
		const char *pointer;
		enum fault_code code;
	} expected[] = {
		{ "/time_zone", FAULT_UNKNOWN_TIME_ZONE },
		{ "/address", FAULT_MISSING_MEMBER },
		{ "/targets/0/q", FAULT_OUT_OF_RANGE },
		{ "/targets/1", FAULT_WRONG_TYPE },
		{ "/targets/2/uri", FAULT_MISSING_MEMBER },
		{ "/targets/2/weight", FAULT_UNKNOWN_MEMBER },
		{ "/starts_at", FAULT_BAD_TIME },
		{ "/ends_at", FAULT_WRONG_TYPE },
		{ "/permanent", FAULT_WRONG_TYPE },
		{ "/diversion_reason", FAULT_BAD_FORMAT },
		{ "/id", FAULT_READ_ONLY_MEMBER },
		{ "/revision", FAULT_READ_ONLY_MEMBER },
		{ "/state", FAULT_READ_ONLY_MEMBER },
		{ "/start_at", FAULT_UNKNOWN_MEMBER },
	};
	struct reading reading;
	(void)state;

	reading_of(&reading,
		   "{\"targets\":[{\"uri\":\"sip:a@b.example\",\"q\":0},7,"
		   "{\"weight\":1}],\"starts_at\":\"tomorrow\",\"ends_at\":5,"
		   "\"time_zone\":\"Mars/Olympus\",\"permanent\":\"yes\","
		   "\"diversion_reason\":\"holiday\","
		   "\"id\":\"x\",\"state\":\"active\",\"revision\":\"1\","
		   "\"start_at\":null}");

	assert_int_equal(sizeof(expected) / sizeof(expected[0]),
			 reading.faults.count);
	for (size_t i = 0; i < reading.faults.count; i++) {
		assert_string_equal(expected[i].pointer,
				    reading.faults.list[i].pointer);
		assert_int_equal(expected[i].code, reading.faults.list[i].code);
	}
	reading_clear(&reading);
}

static void q_has_at_most_three_decimals_and_is_above_zero(void **state)
{
	static const struct {
		const char *q;
		int permille; /* 0: refused */
	} rows[] = {
		{ "1", 1000 },	  { "1.0", 1000 },  { "0.5", 500 },
		{ "0.001", 1 },	  { "0.999", 999 }, { "0.1", 100 },
		{ "null", 1000 }, { "0", 0 },	    { "-0.5", 0 },
		{ "1.001", 0 },	  { "0.0001", 0 },  { "0.1234", 0 },
		{ "\"0.5\"", 0 },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading reading;
		char json[200];

		snprintf(json, sizeof(json),
			 "{\"address\":\"sip:a@b.example\",\"targets\":"
			 "[{\"uri\":\"sip:c@d.example\",\"q\":%s}]}",
			 rows[i].q);
		reading_of(&reading, json);
		if (rows[i].permille)
			assert_int_equal(rows[i].permille,
					 reading.move.targets[0].q_permille);
		assert_int_equal(rows[i].permille == 0,
				 faults_any(&reading.faults));
		reading_clear(&reading);
	}
}

static void a_local_time_means_what_the_zone_beside_it_says(void **state)
{
	struct reading reading;
	(void)state;

	reading_of(&reading, "{\"address\":\"sip:a@b.example\",\"targets\":"
			     "[{\"uri\":\"sip:c@d.example\"}],"
			     "\"starts_at\":\"2026-12-01T09:00:00\","
			     "\"ends_at\":\"2026-12-01T10:00:00+07:00\","
			     "\"time_zone\":\"Asia/Jakarta\"}");

	assert_false(faults_any(&reading.faults));
	assert_true(reading.move.starts_at_ms == december_ms);
	assert_true(reading.move.ends_at_ms == december_ms + 3600000);
	assert_string_equal("Asia/Jakarta", reading.move.time_zone);
	reading_clear(&reading);
}

static void an_absent_member_of_a_patch_is_left_alone(void **state)
{
	struct move stored = a_stored_move();
	struct reading reading;
	(void)state;

	merge(&reading, "{\"note\":\"beach\"}", &stored);

	assert_false(faults_any(&reading.faults));
	assert_string_equal("beach", reading.move.note);
	text_copy(text_of(stored.note), reading.move.note,
		  sizeof(reading.move.note));
	assert_memory_equal(&stored, &reading.move, sizeof(stored));
	reading_clear(&reading);
}

static void null_in_a_patch_takes_a_member_back_to_its_default(void **state)
{
	struct move stored = a_stored_move();
	struct reading reading;
	(void)state;

	merge(&reading,
	      "{\"ends_at\":null,\"note\":null,\"external_id\":null,"
	      "\"time_zone\":null,\"permanent\":null,"
	      "\"diversion_reason\":null}",
	      &stored);

	assert_false(faults_any(&reading.faults));
	assert_true(reading.move.ends_at_ms == MOVE_OPEN_END);
	assert_string_equal("", reading.move.note);
	assert_string_equal("", reading.move.external_id);
	assert_string_equal("", reading.move.time_zone);
	assert_false(reading.move.permanent);
	assert_int_equal(DIVERSION_UNCONDITIONAL,
			 reading.move.diversion_reason);
	reading_clear(&reading);
}

static void a_patch_cannot_take_away_what_is_required(void **state)
{
	struct move stored = a_stored_move();
	struct reading reading;
	(void)state;

	merge(&reading, "{\"address\":null,\"targets\":null}", &stored);

	assert_int_equal(2, reading.faults.count);
	assert_int_equal(FAULT_MISSING_MEMBER, reading.faults.list[0].code);
	assert_int_equal(FAULT_MISSING_MEMBER, reading.faults.list[1].code);
	reading_clear(&reading);
}

static void targets_of_a_patch_replace_all_of_them(void **state)
{
	struct move stored = a_stored_move();
	struct reading reading;
	(void)state;

	stored.targets[1] = stored.targets[0];
	stored.target_count = 2;
	merge(&reading, "{\"targets\":[{\"uri\":\"tel:+15550100\"}]}", &stored);

	assert_false(faults_any(&reading.faults));
	assert_int_equal(1, reading.move.target_count);
	assert_string_equal("tel:+15550100", reading.move.targets[0].uri);
	assert_int_equal(1000, reading.move.targets[0].q_permille);
	reading_clear(&reading);
}

static void a_patch_reads_local_times_in_the_zone_of_the_move(void **state)
{
	struct move stored = a_stored_move();
	struct reading reading;
	(void)state;

	merge(&reading, "{\"ends_at\":\"2026-12-01T12:00:00\"}", &stored);

	assert_false(faults_any(&reading.faults));
	assert_true(reading.move.ends_at_ms == december_ms + 3 * 3600000);
	reading_clear(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_address_and_targets_are_required),
		cmocka_unit_test(every_fault_is_listed_at_its_place),
		cmocka_unit_test(a_written_state_is_told_how_to_end_a_move),
		cmocka_unit_test(
			q_has_at_most_three_decimals_and_is_above_zero),
		cmocka_unit_test(
			a_local_time_means_what_the_zone_beside_it_says),
		cmocka_unit_test(an_absent_member_of_a_patch_is_left_alone),
		cmocka_unit_test(
			null_in_a_patch_takes_a_member_back_to_its_default),
		cmocka_unit_test(a_patch_cannot_take_away_what_is_required),
		cmocka_unit_test(targets_of_a_patch_replace_all_of_them),
		cmocka_unit_test(
			a_patch_reads_local_times_in_the_zone_of_the_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
