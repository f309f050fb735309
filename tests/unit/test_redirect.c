#include "call_fixture.h"

#include "db/snapshot_state.h"

struct redirect_case {
	const char *uri;
	int64_t at; /* relative to FIXTURE_NOW_MS */
	uint16_t status;
	const char *targets; /* "a b", best first */
};

static struct text number_of(const struct sip_uri *uri, char *buffer)
{
	struct writer writer = writer_over(buffer, SIP_CANONICAL_SIZE);

	if (sip_uri_canonical_number(uri, &writer))
		return (struct text){ 0 };
	return writer_text(&writer);
}

static struct redirect_decision decide(const struct snapshot *snapshot,
				       const char *uri_text, int64_t at)
{
	const struct answer_style style = ANSWER_STYLE_DEFAULT;
	char canonical[SIP_CANONICAL_SIZE], number[SIP_CANONICAL_SIZE];
	struct redirect_decision decision;
	struct sip_uri uri;

	assert_int_equal(0, sip_uri_parse(text_of(uri_text), &uri));
	redirect_decide(
		snapshot,
		&(struct redirect_question){
			.uri = &uri,
			.canonical = fixture_canonical(uri_text, canonical),
			.number = number_of(&uri, number),
			.style = &style,
			.now_ms = FIXTURE_NOW_MS + at,
		},
		&decision);
	return decision;
}

static void check(const struct snapshot *snapshot,
		  const struct redirect_case *row)
{
	struct redirect_decision decision = decide(snapshot, row->uri, row->at);
	char targets[1024];
	struct writer writer = writer_over(targets, sizeof(targets));

	for (size_t i = 0; i < decision.contact_count; i++) {
		if (i > 0)
			writer_byte(&writer, ' ');
		writer_put(&writer, decision.contacts[i].uri);
	}
	writer_byte(&writer, '\0');
	if (decision.status != row->status)
		print_message("%s: %d\n", row->uri, decision.status);
	assert_int_equal(row->status, decision.status);
	assert_string_equal(row->targets, targets);
	assert_true((decision.move != NULL) == (decision.contact_count > 0));
}

static void check_all(const struct redirect_case *rows, size_t count)
{
	struct snapshot *snapshot = fixture_with_preset("standard");

	for (size_t i = 0; i < count; i++)
		check(snapshot, &rows[i]);
	snapshot_free_whole(snapshot);
}

static void a_move_starts_and_ends_on_the_millisecond_it_says(void **state)
{
	static const struct redirect_case rows[] = {
		{ "sip:hour@example.com", -1, 480, "" },
		{ "sip:hour@example.com", 0, 302, "sip:hour@new.example.net" },
		{ "sip:hour@example.com", FIXTURE_HOUR_MS - 1, 302,
		  "sip:hour@new.example.net" },
		{ "sip:hour@example.com", FIXTURE_HOUR_MS, 480, "" },
	};
	(void)state;

	check_all(rows, COUNT(rows));
}

static void a_known_address_without_an_active_move_is_480_an_unknown_one_404(
	void **state)
{
	static const struct redirect_case rows[] = {
		{ "sip:later@example.com", 0, 480, "" },
		{ "sip:past@example.com", 0, 480, "" },
		{ "sip:idle@example.com", 0, 480, "" },
		{ "sip:nobody@example.com", 0, 404, "" },
		{ "sip:USER@example.com", 0, 404, "" },
	};
	(void)state;

	check_all(rows, COUNT(rows));
}

static void targets_come_best_first(void **state)
{
	static const struct redirect_case rows[] = {
		{ "sip:multi@example.com", 0, 302,
		  "sip:a@new.example.net sip:c@new.example.net "
		  "sip:b@new.example.net" },
	};
	(void)state;

	check_all(rows, COUNT(rows));
}

static void a_target_equal_to_the_request_uri_is_left_out(void **state)
{
	static const struct redirect_case rows[] = {
		{ "sip:self@example.com", 0, 404, "" },
		{ "sip:self@EXAMPLE.COM", 0, 404, "" },
		{ "sip:s%65lf@example.com", 0, 404, "" },
		/* A port makes another URI of it, 19.1.4. */
		{ "sip:self@example.com:5062", 0, 302, "sip:self@example.com" },
		{ "sip:self@example.com.", 0, 404, "" },
		{ "sip:six@[2001:db8::10]", 0, 404, "" },
		{ "sip:loop@example.com", 0, 302, "sip:loop@new.example.net" },
	};
	(void)state;

	check_all(rows, COUNT(rows));
}

static void a_permanent_move_is_301(void **state)
{
	static const struct redirect_case rows[] = {
		{ "sip:gone@example.com", 0, 301, "sip:gone@new.example.net" },
	};
	(void)state;

	check_all(rows, COUNT(rows));
}

static void a_sips_call_is_sent_to_sips_targets_alone(void **state)
{
	static const struct redirect_case rows[] = {
		{ "sips:secure@example.com", 0, 302,
		  "sips:secure@new.example.net" },
		{ "sip:secure@example.com", 0, 302,
		  "sips:secure@new.example.net" },
		{ "sips:both@example.com", 0, 302,
		  "sips:both@new.example.net" },
		{ "sips:user@example.com", 0, 480, "" },
	};
	struct snapshot *snapshot = fixture_with_preset("standard");
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++)
		check(snapshot, &rows[i]);
	assert_true(
		decide(snapshot, "sips:user@example.com", 0).is_sips_refused);
	assert_false(
		decide(snapshot, "sip:later@example.com", 0).is_sips_refused);
	snapshot_free_whole(snapshot);
}

static struct snapshot *with_targets(const char *first, const char *second)
{
	const struct fixture_move move = {
		"sip:alice@example.com",
		.targets = { { first, 1000 }, { second, 500 } },
	};
	struct snapshot_builder *builder = NULL;

	assert_int_equal(0, snapshot_builder_begin(NULL, &builder));
	fixture_put_domains(builder, NULL);
	fixture_put_move(builder, &move, 1);
	return snapshot_builder_finish(builder, 1);
}

/* R13, Q7: whatever way it came into memory. */
static void what_could_break_a_contact_is_not_sent(void **state)
{
	static const char good[] = "sip:good@new.example.net";
	static const char *const broken[] = {
		"sip:a@b>\r\nX: y", "sip:a\n@b",      "sip:a@b\t",
		"sip:a b@c",	    "sip:<a@b",	      "sip:a@b>",
		"sip:\"a@b",	    "sip:\xc3\xa9@b", "sip:a@b\x7f",
	};
	static const struct redirect_case alone = { "sip:alice@example.com", 0,
						    480, "" },
					  beside = { "sip:alice@example.com", 0,
						     302, good };
	(void)state;

	for (size_t i = 0; i < COUNT(broken); i++) {
		struct snapshot *snapshot = with_targets(broken[i], NULL);

		check(snapshot, &alone);
		snapshot_free_whole(snapshot);
		snapshot = with_targets(broken[i], good);
		check(snapshot, &beside);
		snapshot_free_whole(snapshot);
	}
}

static void a_number_is_found_however_it_is_written(void **state)
{
	static const char target[] = "sip:+15550199@gw.example.net;user=phone";
	static const struct redirect_case rows[] = {
		{ "tel:+15550100", 0, 302, target },
		{ "tel:+1-555-0100", 0, 302, target },
		{ "sip:+15550100@example.com", 0, 302, target },
		{ "sip:+1-555-0100@example.net;user=phone", 0, 302, target },
		{ "sip:15550100@example.com", 0, 404, "" },
		{ "tel:+15550101", 0, 404, "" },
	};
	(void)state;

	check_all(rows, COUNT(rows));
}

/* The fixture, screened by one rule: all its targets are at new.example.net. */
static struct snapshot *screened(enum target_kind kind, const char *value)
{
	struct target_rule rule = { .object.id = "trl_1",
				    .action = TARGET_DENY,
				    .kind = kind,
				    .enabled = true };
	struct snapshot *base = fixture_with_preset("standard");
	struct snapshot_builder *builder = NULL;
	struct target_screen *screen = NULL;
	struct snapshot *snapshot;

	text_copy(text_of(value), rule.value, sizeof(rule.value));
	assert_int_equal(0, snapshot_builder_begin(base, &builder));
	assert_int_equal(0,
			 target_screen_new(snapshot_builder_key(builder), &rule,
					   1, &target_policy_default, &screen));
	snapshot_builder_take_target_screen(builder, screen);
	snapshot = snapshot_builder_finish(builder, 8);
	snapshot_free_unshared(base, snapshot);
	return snapshot;
}

static void what_rules_deny_is_not_sent_and_known_which(void **state)
{
	static const struct redirect_case at_host[] = {
		{ "sip:user@example.com", 0, 480, "" },
		{ "sip:multi@example.com", 0, 480, "" },
		{ "sip:gone@example.com", 0, 480, "" },
		{ "sip:later@example.com", 0, 480, "" },
		/* The other target is the called URI itself. */
		{ "sip:loop@example.com", 0, 480, "" },
		{ "sip:self@example.com", 0, 404, "" },
		{ "sips:both@example.com", 0, 480, "" },
		{ "sip:nobody@example.com", 0, 404, "" },
		{ "tel:+15550100", 0, 302,
		  "sip:+15550199@gw.example.net;user=phone" },
	};
	struct snapshot *snapshot = screened(TARGET_DOMAIN, "new.example.net");
	struct redirect_decision decision;
	(void)state;

	for (size_t i = 0; i < COUNT(at_host); i++)
		check(snapshot, &at_host[i]);
	decision = decide(snapshot, "sip:multi@example.com", 0);
	assert_int_equal(3, decision.withheld_count);
	assert_true(text_equals(TEXT("sip:a@new.example.net"),
				decision.withheld[0].uri));
	assert_string_equal("trl_1", decision.withheld[0].term->id);
	assert_non_null(decision.withheld_from);
	assert_int_equal(0,
			 decide(snapshot, "tel:+15550100", 0).withheld_count);
	snapshot_free_whole(snapshot);

	snapshot = screened(TARGET_NUMBER_PREFIX, "+1555");
	check(snapshot, &(struct redirect_case){ "tel:+15550100", 0, 480, "" });
	check(snapshot, &(struct redirect_case){ "sip:user@example.com", 0, 302,
						 "sip:moved@new.example.net" });
	snapshot_free_whole(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_move_starts_and_ends_on_the_millisecond_it_says),
		cmocka_unit_test(
			a_known_address_without_an_active_move_is_480_an_unknown_one_404),
		cmocka_unit_test(targets_come_best_first),
		cmocka_unit_test(a_target_equal_to_the_request_uri_is_left_out),
		cmocka_unit_test(a_permanent_move_is_301),
		cmocka_unit_test(a_sips_call_is_sent_to_sips_targets_alone),
		cmocka_unit_test(what_could_break_a_contact_is_not_sent),
		cmocka_unit_test(a_number_is_found_however_it_is_written),
		cmocka_unit_test(what_rules_deny_is_not_sent_and_known_which),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
