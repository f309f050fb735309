#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "db/move.h"

static struct move a_move(void)
{
	return (struct move){
		.address = "sip:alice@example.com",
		.targets[0] = { "sip:alice@hotel.example.net", 1000 },
		.target_count = 1,
		.starts_at_ms = 1000,
		.ends_at_ms = 2000,
	};
}

static bool has_fault(const struct faults *faults, enum fault_code code,
		      const char *pointer)
{
	for (size_t i = 0; i < faults->count; i++)
		if (faults->list[i].code == code &&
		    !strcmp(faults->list[i].pointer, pointer))
			return true;
	return false;
}

/* Exactly this one fault. */
static void assert_one_fault(struct move *move, enum fault_code code,
			     const char *pointer)
{
	struct faults faults = { 0 };

	move_validate(move, false, &faults);
	if (faults.count != 1 || !has_fault(&faults, code, pointer)) {
		for (size_t i = 0; i < faults.count; i++)
			print_error("%s %s: %s\n",
				    fault_code_name(faults.list[i].code),
				    faults.list[i].pointer,
				    faults.list[i].detail);
		fail_msg("wanted one %s at %s, got %zu", fault_code_name(code),
			 pointer, faults.count);
	}
	faults_clear(&faults);
}

static void assert_no_fault(struct move *move)
{
	struct faults faults = { 0 };

	move_validate(move, false, &faults);
	if (faults_any(&faults))
		fail_msg("%s: %s", faults.list[0].pointer,
			 faults.list[0].detail);
	faults_clear(&faults);
}

static void a_move_starts_and_ends_on_the_millisecond_it_says(void **state)
{
	struct move move = a_move();
	static const struct {
		int64_t now_ms;
		enum move_state state;
	} rows[] = {
		{ 999, MOVE_SCHEDULED },
		{ 1000, MOVE_ACTIVE },
		{ 1999, MOVE_ACTIVE },
		{ 2000, MOVE_ENDED },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(rows[i].state,
				 move_state(&move, rows[i].now_ms));
		assert_int_equal(rows[i].state == MOVE_ACTIVE,
				 move_is_active(&move, rows[i].now_ms));
	}
	move.cancelled_at_ms = 500;
	assert_int_equal(MOVE_CANCELLED, move_state(&move, 1500));
	assert_string_equal("cancelled", move_state_name(MOVE_CANCELLED));
}

static const char *const sendable[] = {
	"sip:alice@hotel.example.net",
	"sips:alice@hotel.example.net",
	"SIP:alice@hotel.example.net",
	"sip:alice@198.51.100.7:5062;transport=tcp",
	"sip:alice@[2001:db8::7]:5062",
	"sip:+15550100@example.net;user=phone",
	"tel:+15550100",
	"tel:+1-555-0100;ext=22",
	"tel:0100;phone-context=+1555",
	"sip:a%2cb@example.net",
	"sip:alice@10.1.2.3",
	"sip:alice@localhost.example.net",
};

static const char *const refused[] = {
	"",
	"alice@example.net",
	"sip:example.net",
	"sip:@example.net",
	"sip:alice@",
	"http://example.net/",
	"mailto:alice@example.net",
	"sip:alice:secret@example.net",
	"sip:alice@example.net;method=REGISTER",
	"sip:alice@example.net;Method=INVITE",
	"sip:alice@example.net;%6dethod=INVITE",
	"sip:alice@example.net;ttl=3",
	"sip:alice@example.net;maddr=239.255.255.1",
	"sip:alice@example.net;lr",
	"sip:alice@example.net;lr=on",
	"sip:alice@example.net;a=b;lr",
	"sip:alice@example.net;transport=tls",
	"sip:alice@example.net;Transport=TLS",
	"sip:alice@example.net;transport=t%6cs",
	"sip:alice@example.net?Subject=x",
	"sip:alice@example.net?",
	"sip:alice@example.net\r\nX: y",
	"sip:alice@example.net\n",
	"sip:al ice@example.net",
	"sip:al\tice@example.net",
	"sip:al,ice@example.net",
	"sip:\"alice\"@example.net",
	"<sip:alice@example.net>",
	"sip:alice@example.net>,<sip:eve@example.org",
	"sip:alic\xc3\xa9@example.net",
	"sip:alice%zz@example.net",
	"sip:alice@exa mple.net",
	"sip:alice@example.net:99999",
	"tel:abc",
	"tel:0100",
	"tel:",
};

static const char *const local[] = {
	"sip:a@127.0.0.1",
	"sip:a@127.255.0.9:5070",
	"sip:a@0.0.0.0",
	"sip:a@169.254.1.1",
	"sip:a@224.0.1.75",
	"sip:a@255.255.255.255",
	"sip:a@localhost",
	"sip:a@LocalHost",
	"sip:a@sip.localhost",
	"sip:a@[::1]",
	"sip:a@[::]",
	"sip:a@[fe80::1]",
	"sip:a@[febf::1]",
	"sip:a@[ff02::1]",
	"sip:a@[::ffff:127.0.0.1]",
	"sip:a@[::127.0.0.1]",
	"sip:a@[64:ff9b::7f00:1]",
};

static void a_contact_that_rfc_3261_allows_is_sendable(void **state)
{
	const char *why = NULL;
	(void)state;

	for (size_t i = 0; i < sizeof(sendable) / sizeof(*sendable); i++)
		if (!move_target_is_sendable(text_of(sendable[i]), false, &why))
			fail_msg("%s: %s", sendable[i], why);
	assert_null(why);
}

static void what_must_not_stand_in_a_contact_is_refused(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		const char *why = NULL;

		if (move_target_is_sendable(text_of(refused[i]), true, &why))
			fail_msg("%s is let through", refused[i]);
		assert_non_null(why);
	}
}

static void a_local_target_is_refused_unless_allowed(void **state)
{
	const char *why;
	(void)state;

	for (size_t i = 0; i < sizeof(local) / sizeof(*local); i++) {
		if (move_target_is_sendable(text_of(local[i]), false, &why))
			fail_msg("%s is let through", local[i]);
		if (!move_target_is_sendable(text_of(local[i]), true, &why))
			fail_msg("%s: %s", local[i], why);
	}
}

static void a_target_may_have_255_bytes_and_not_more(void **state)
{
	char uri[MOVE_URI_MAX + 2];
	const char *why;
	(void)state;

	memset(uri, 'a', sizeof(uri));
	memcpy(uri, "sip:", 4);
	memcpy(uri + MOVE_URI_MAX - 12, "@example.net", 12);
	uri[MOVE_URI_MAX] = 'x';
	assert_true(move_target_is_sendable((struct text){ uri, MOVE_URI_MAX },
					    false, &why));
	assert_false(move_target_is_sendable(
		(struct text){ uri, MOVE_URI_MAX + 1 }, false, &why));
}

static void an_address_is_kept_in_its_canonical_form(void **state)
{
	static const char *const rows[][2] = {
		{ "sip:alice@example.com", "sip:alice@example.com" },
		{ "SIPS:alice@EXAMPLE.com:5061;transport=tcp",
		  "sip:alice@example.com" },
		{ "sip:%61lice@example.com.", "sip:alice@example.com" },
		{ "tel:+1-555-0100", "tel:+15550100" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct move move = a_move();

		text_copy(text_of(rows[i][0]), move.address,
			  sizeof(move.address));
		assert_no_fault(&move);
		assert_string_equal(rows[i][1], move.address);
		assert_no_fault(&move);
		assert_string_equal(rows[i][1], move.address);
	}
}

static void what_is_no_address_is_refused_and_left_as_it_was(void **state)
{
	static const char *const rows[] = {
		"",
		"alice@example.com",
		"alice",
		"+15550100",
		"sip:example.com",
		"sip:@example.com",
		"sip:alice@",
		"sip:alice:secret@example.com",
		"sip:alice@example.com?Subject=x",
		"sip:alice@example.com\r\nX: y",
		"sip:alic\xc3\xa9@example.com",
		"tel:0100;phone-context=+1555",
		"tel:0100",
		"http://example.com",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct move move = a_move();

		text_copy(text_of(rows[i]), move.address, sizeof(move.address));
		assert_one_fault(&move, FAULT_BAD_ADDRESS, "/address");
		assert_string_equal(rows[i], move.address);
	}
}

static void an_address_without_scheme_gets_a_helpful_word(void **state)
{
	struct move move = a_move();
	struct faults faults = { 0 };
	(void)state;

	text_copy(TEXT("alice@example.com"), move.address,
		  sizeof(move.address));
	move_validate(&move, false, &faults);
	assert_non_null(strstr(faults.list[0].detail, "sip:alice@example.com"));
	faults_clear(&faults);
}

static void the_same_target_twice_is_a_fault(void **state)
{
	struct move move = a_move();
	(void)state;

	move.target_count = 2;
	move.targets[1] = move.targets[0];
	text_copy(TEXT("sip:%61lice@HOTEL.example.net"), move.targets[1].uri,
		  sizeof(move.targets[1].uri));
	assert_one_fault(&move, FAULT_DUPLICATE, "/targets/1/uri");
	text_copy(TEXT("sip:Alice@hotel.example.net"), move.targets[1].uri,
		  sizeof(move.targets[1].uri));
	assert_no_fault(&move);
}

static void a_target_that_is_the_address_is_a_fault(void **state)
{
	struct move move = a_move();
	(void)state;

	text_copy(TEXT("sip:alice@Example.com"), move.targets[0].uri,
		  sizeof(move.targets[0].uri));
	assert_one_fault(&move, FAULT_TARGET_IS_ADDRESS, "/targets/0/uri");
	text_copy(TEXT("tel:+15550100"), move.address, sizeof(move.address));
	text_copy(TEXT("tel:+1.555.0100"), move.targets[0].uri,
		  sizeof(move.targets[0].uri));
	assert_one_fault(&move, FAULT_TARGET_IS_ADDRESS, "/targets/0/uri");
}

static void q_is_from_one_permille_to_one(void **state)
{
	struct move move = a_move();
	(void)state;

	move.targets[0].q_permille = 1;
	assert_no_fault(&move);
	move.targets[0].q_permille = 0;
	assert_one_fault(&move, FAULT_OUT_OF_RANGE, "/targets/0/q");
	move.targets[0].q_permille = 1001;
	assert_one_fault(&move, FAULT_OUT_OF_RANGE, "/targets/0/q");
}

static void a_move_has_one_to_eight_targets(void **state)
{
	struct move move = a_move();
	(void)state;

	move.target_count = 0;
	assert_one_fault(&move, FAULT_OUT_OF_RANGE, "/targets");
	for (size_t i = 0; i < MOVE_TARGETS_MAX; i++)
		move.targets[i] = (struct move_target){
			.uri = { 's', 'i', 'p', ':', (char)('a' + i), '@', 'x',
				 '.', 'n', 'e', 't' },
			.q_permille = 1000,
		};
	move.target_count = MOVE_TARGETS_MAX;
	assert_no_fault(&move);
	move.target_count = MOVE_TARGETS_MAX + 1;
	assert_one_fault(&move, FAULT_TOO_MANY, "/targets");
}

static void a_move_ends_after_it_starts(void **state)
{
	struct move move = a_move();
	(void)state;

	move.ends_at_ms = 1000;
	assert_one_fault(&move, FAULT_END_BEFORE_START, "/ends_at");
	move.ends_at_ms = 1001;
	assert_no_fault(&move);
	move.ends_at_ms = MOVE_OPEN_END;
	assert_no_fault(&move);
	move.starts_at_ms = -1;
	assert_one_fault(&move, FAULT_BAD_TIME, "/starts_at");
	move.starts_at_ms = 0;
	move.ends_at_ms = MOVE_OPEN_END - 1;
	assert_one_fault(&move, FAULT_BAD_TIME, "/ends_at");
}

static void notes_and_external_ids_are_clean_text(void **state)
{
	struct move move = a_move();
	(void)state;

	text_copy(TEXT("Kuta \xe2\x98\x80 holiday"), move.note,
		  sizeof(move.note));
	text_copy(TEXT("cal/2026-12#7"), move.external_id,
		  sizeof(move.external_id));
	assert_no_fault(&move);
	text_copy(TEXT("two\r\nlines"), move.note, sizeof(move.note));
	assert_one_fault(&move, FAULT_BAD_FORMAT, "/note");
	text_copy(TEXT("bad \xc3"), move.note, sizeof(move.note));
	assert_one_fault(&move, FAULT_BAD_FORMAT, "/note");
	move.note[0] = '\0';
	text_copy(TEXT("has blank"), move.external_id,
		  sizeof(move.external_id));
	assert_one_fault(&move, FAULT_BAD_FORMAT, "/external_id");
}

static void every_fault_is_told_at_once(void **state)
{
	struct move move = a_move();
	struct faults faults = { 0 };
	(void)state;

	text_copy(TEXT("alice"), move.address, sizeof(move.address));
	text_copy(TEXT("sip:a@b.net;lr"), move.targets[0].uri,
		  sizeof(move.targets[0].uri));
	move.targets[0].q_permille = 0;
	move.ends_at_ms = 5;
	text_copy(TEXT("\n"), move.note, sizeof(move.note));
	text_copy(TEXT("\x01"), move.external_id, sizeof(move.external_id));
	move_validate(&move, false, &faults);
	assert_int_equal(6, faults.count);
	assert_true(has_fault(&faults, FAULT_BAD_ADDRESS, "/address"));
	assert_true(has_fault(&faults, FAULT_BAD_TARGET, "/targets/0/uri"));
	assert_true(has_fault(&faults, FAULT_OUT_OF_RANGE, "/targets/0/q"));
	assert_true(has_fault(&faults, FAULT_END_BEFORE_START, "/ends_at"));
	assert_true(has_fault(&faults, FAULT_BAD_FORMAT, "/note"));
	assert_true(has_fault(&faults, FAULT_BAD_FORMAT, "/external_id"));
	faults_clear(&faults);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_move_starts_and_ends_on_the_millisecond_it_says),
		cmocka_unit_test(a_contact_that_rfc_3261_allows_is_sendable),
		cmocka_unit_test(what_must_not_stand_in_a_contact_is_refused),
		cmocka_unit_test(a_local_target_is_refused_unless_allowed),
		cmocka_unit_test(a_target_may_have_255_bytes_and_not_more),
		cmocka_unit_test(an_address_is_kept_in_its_canonical_form),
		cmocka_unit_test(
			what_is_no_address_is_refused_and_left_as_it_was),
		cmocka_unit_test(an_address_without_scheme_gets_a_helpful_word),
		cmocka_unit_test(the_same_target_twice_is_a_fault),
		cmocka_unit_test(a_target_that_is_the_address_is_a_fault),
		cmocka_unit_test(q_is_from_one_permille_to_one),
		cmocka_unit_test(a_move_has_one_to_eight_targets),
		cmocka_unit_test(a_move_ends_after_it_starts),
		cmocka_unit_test(notes_and_external_ids_are_clean_text),
		cmocka_unit_test(every_fault_is_told_at_once),
	};

	return cmocka_run_group_tests_name("move", tests, NULL, NULL);
}
