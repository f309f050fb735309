#include "store_fixture.h"

static const char alice[] = "sip:alice@example.com";
static const char bob[] = "sip:bob@example.com";
static const char carol[] = "sip:carol@example.com";
static const char hotel[] = "sip:alice@hotel.example.net";
static const char office[] = "sip:alice@office.example.net";

static const struct snapshot *snapshot_of(struct fixture *fixture)
{
	return publisher_current(store_publisher(fixture->store));
}

struct get_call {
	const char *id;
	struct move move;
};

static int run_move_get(struct changes *changes, void *arg)
{
	struct get_call *call = arg;

	return move_get(changes, text_of(call->id), &call->move);
}

static int run_move_end(struct changes *changes, void *arg)
{
	struct move_call *call = arg;

	return move_end(changes, text_of(call->move.id),
			call->write.if_revision, &call->move);
}

static int update_move(struct fixture *fixture, struct move_call *call)
{
	int err = fixture_run(fixture, run_move_update, call);

	faults_clear(&call->faults);
	return err;
}

static enum fault_code only_fault(struct move_call *call)
{
	enum fault_code code;

	assert_int_equal(1, call->faults.count);
	code = call->faults.list[0].code;
	faults_clear(&call->faults);
	return code;
}

static void a_new_move_is_kept_whole_and_answers_calls(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call =
		a_move("sip:alice@EXAMPLE.com:5060", hotel, AT(0), AT(60));
	struct get_call got;
	const struct snapshot_address *address;

	text_copy(TEXT("sip:+15550100@gw.example.net"),
		  call.move.targets[1].uri, MOVE_URI_MAX);
	call.move.targets[1].q_permille = 500;
	call.move.target_count = 2;
	text_copy(TEXT("Asia/Jakarta"), call.move.time_zone, 64);
	text_copy(TEXT("in \"Jakarta\""), call.move.note, MOVE_NOTE_MAX);
	text_copy(TEXT("cal-1"), call.move.external_id, 64);
	call.move.permanent = true;
	call.move.diversion_reason = DIVERSION_TIME_OF_DAY;
	assert_int_equal(0, create_move(fixture, &call));

	got.id = call.move.id;
	assert_int_equal(0, fixture_run(fixture, run_move_get, &got));
	assert_string_equal(alice, got.move.address);
	assert_int_equal(2, got.move.target_count);
	assert_string_equal(hotel, got.move.targets[0].uri);
	assert_int_equal(500, got.move.targets[1].q_permille);
	assert_int_equal(AT(0), got.move.starts_at_ms);
	assert_int_equal(AT(60), got.move.ends_at_ms);
	assert_string_equal("Asia/Jakarta", got.move.time_zone);
	assert_string_equal("in \"Jakarta\"", got.move.note);
	assert_string_equal("cal-1", got.move.external_id);
	assert_true(got.move.permanent);
	assert_int_equal(DIVERSION_TIME_OF_DAY, got.move.diversion_reason);
	assert_int_equal(2, got.move.revision);
	assert_true(got.move.created_at_ms > 0);
	address = snapshot_address(snapshot_of(fixture), text_of(alice));
	assert_non_null(address);
	assert_null(snapshot_active_move(address, AT(0) - 1));
	assert_non_null(snapshot_active_move(address, AT(0)));
	assert_int_equal(
		DIVERSION_TIME_OF_DAY,
		snapshot_active_move(address, AT(0))->diversion_reason);
	assert_int_equal(1, fixture_number(fixture,
					   "SELECT count(*) FROM audit WHERE "
					   "after ->> '$.diversion_reason' = "
					   "'time-of-day'"));
	assert_non_null(
		snapshot_domain(snapshot_of(fixture), TEXT("example.com")));
}

static void a_move_without_a_start_starts_now(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = a_move(alice, hotel, 0, MOVE_OPEN_END);

	assert_int_equal(0, create_move(fixture, &call));
	assert_int_equal(call.move.created_at_ms, call.move.starts_at_ms);
}

static int create_as_calendar(struct changes *changes, void *arg)
{
	changes_set_actor(changes,
			  &(struct actor){ "token", "calendar", "127.0.0.1",
					   "req-1", "operator", "", "" });
	return run_move_create(changes, arg);
}

static void a_new_move_leaves_one_audit_row_for_each_new_object(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = a_move(alice, hotel, AT(0), AT(60));

	assert_int_equal(0, fixture_run(fixture, create_as_calendar, &call));

	assert_string_equal("calendar", call.move.created_by);
	assert_int_equal(3, fixture_number(fixture,
					   "SELECT count(*) FROM audit "
					   "WHERE actor_name = 'calendar' "
					   "AND revision = 2"));
	assert_int_equal(
		1, fixture_number(
			   fixture,
			   "SELECT count(*) FROM audit "
			   "WHERE action = 'move.create' AND before IS NULL "
			   "AND request_id = 'req-1' AND peer = '127.0.0.1' "
			   "AND after ->> '$.address' = "
			   "'sip:alice@example.com' AND after ->> "
			   "'$.targets[0].uri' = "
			   "'sip:alice@hotel.example.net' "
			   "AND after ->> '$.targets[0].q' = 1.0"));
}

static void every_fault_of_a_move_is_told_and_nothing_is_kept(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call =
		a_move("nonsense", "sip:a@b.example\r\nX: 1", AT(1), AT(0));

	assert_int_equal(EINVAL, fixture_run(fixture, run_move_create, &call));
	assert_int_equal(3, call.faults.count);
	faults_clear(&call.faults);
	assert_int_equal(0,
			 fixture_number(fixture, "SELECT count(*) FROM move"));
	assert_int_equal(1, store_health(fixture->store).revision);
}

static void an_unknown_domain_needs_the_right_to_create_it(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = a_move(alice, hotel, AT(0), AT(60));

	call.write.may_create_domain = false;
	assert_int_equal(EINVAL, fixture_run(fixture, run_move_create, &call));
	assert_string_equal("/address", call.faults.list[0].pointer);
	assert_int_equal(FAULT_UNKNOWN_DOMAIN, only_fault(&call));
	call.write.may_create_domain = true;
	assert_int_equal(0, create_move(fixture, &call));
	call = a_move(bob, hotel, AT(0), AT(60));
	call.write.may_create_domain = false;
	assert_int_equal(0, create_move(fixture, &call));
	call = a_move("tel:+1-555-0100", hotel, AT(0), AT(60));
	call.write.may_create_domain = false;
	assert_int_equal(0, create_move(fixture, &call));
	assert_string_equal("tel:+15550100", call.move.address);
}

static void windows_are_half_open_so_that_moves_may_touch(void **state)
{
	static const struct {
		int from, until; /* minutes, beside [10, 20) */
		int err;
	} cases[] = {
		{ 0, 10, 0 },	    { 20, 30, 0 },	{ 0, 11, EEXIST },
		{ 19, 30, EEXIST }, { 12, 13, EEXIST }, { 0, 30, EEXIST },
		{ 10, 20, EEXIST },
	};
	struct fixture *fixture = *state;
	struct move_call first =
		made_move(fixture, alice, hotel, AT(10), AT(20));

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct move_call call = a_move(alice, office, AT(cases[i].from),
					       AT(cases[i].until));

		assert_int_equal(cases[i].err, create_move(fixture, &call));
		if (!cases[i].err) {
			assert_int_equal(
				0, fixture_run(fixture, run_move_end, &call));
			continue;
		}
		assert_int_equal(MOVE_OVERLAPS, call.conflict.kind);
		assert_int_equal(1, call.conflict.id_count);
		assert_string_equal(first.move.id, call.conflict.ids[0]);
	}
}

static void a_conflict_names_at_most_eight_others(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call;

	for (int i = 0; i < 10; i++)
		made_move(fixture, alice, hotel, AT(10 * i), AT(10 * i + 10));
	call = a_move(alice, office, AT(0), MOVE_OPEN_END);
	assert_int_equal(EEXIST, create_move(fixture, &call));
	assert_int_equal(8, call.conflict.id_count);
}

static void replacing_cancels_the_overlapped_moves_alone(void **state)
{
	struct fixture *fixture = *state;
	struct move_call one = made_move(fixture, alice, hotel, AT(0), AT(10));
	struct move_call two = made_move(fixture, alice, hotel, AT(10), AT(20));
	struct move_call rest =
		made_move(fixture, alice, hotel, AT(20), AT(30));
	struct move_call call = a_move(alice, office, AT(5), AT(20));
	struct get_call got;

	call.write.on_conflict = ON_CONFLICT_REPLACE;
	assert_int_equal(0, create_move(fixture, &call));

	got.id = one.move.id;
	assert_int_equal(0, fixture_run(fixture, run_move_get, &got));
	assert_true(got.move.cancelled_at_ms != 0);
	assert_int_equal(call.move.revision, got.move.revision);
	got.id = two.move.id;
	assert_int_equal(0, fixture_run(fixture, run_move_get, &got));
	assert_true(got.move.cancelled_at_ms != 0);
	got.id = rest.move.id;
	assert_int_equal(0, fixture_run(fixture, run_move_get, &got));
	assert_int_equal(0, got.move.cancelled_at_ms);
	assert_int_equal(2, fixture_number(fixture,
					   "SELECT count(*) FROM audit "
					   "WHERE action = 'move.cancel'"));
	assert_int_equal(2, snapshot_move_count(snapshot_of(fixture)));
}

static void replacing_frees_the_external_id_of_what_it_replaces(void **state)
{
	struct fixture *fixture = *state;
	struct move_call first = a_move(alice, hotel, AT(0), AT(10));
	struct move_call call = a_move(alice, office, AT(0), AT(20));
	struct move_call other = a_move(bob, office, AT(0), AT(20));

	text_copy(TEXT("cal-1"), first.move.external_id, 64);
	assert_int_equal(0, create_move(fixture, &first));
	text_copy(TEXT("cal-1"), other.move.external_id, 64);
	assert_int_equal(EEXIST, create_move(fixture, &other));
	assert_int_equal(MOVE_EXTERNAL_ID_TAKEN, other.conflict.kind);
	assert_string_equal(first.move.id, other.conflict.ids[0]);

	text_copy(TEXT("cal-1"), call.move.external_id, 64);
	call.write.on_conflict = ON_CONFLICT_REPLACE;
	assert_int_equal(0, create_move(fixture, &call));
}

static void a_loop_is_refused_and_shown(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call;

	made_move(fixture, alice, bob, AT(0), AT(60));
	made_move(fixture, bob, carol, AT(30), AT(90));
	call = a_move(carol, "sip:alice@Example.COM;user=phone", AT(50),
		      AT(100));
	assert_int_equal(EEXIST, create_move(fixture, &call));

	assert_int_equal(MOVE_LOOPS, call.conflict.kind);
	assert_int_equal(4, call.conflict.cycle_count);
	assert_string_equal(carol, call.conflict.cycle[0]);
	assert_string_equal(alice, call.conflict.cycle[1]);
	assert_string_equal(bob, call.conflict.cycle[2]);
	assert_string_equal(carol, call.conflict.cycle[3]);
}

static void a_loop_is_one_only_while_all_its_moves_are_in_force(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call;

	made_move(fixture, alice, bob, AT(0), AT(60));
	made_move(fixture, bob, carol, AT(30), AT(90));
	/* After alice's has ended, and before bob's has begun. */
	made_move(fixture, carol, alice, AT(60), AT(100));
	made_move(fixture, carol, alice, AT(0), AT(30));
	call = a_move(carol, alice, AT(59), AT(60));
	assert_int_equal(EEXIST, create_move(fixture, &call));
}

struct domain_call {
	struct domain domain;
	struct faults faults;
};

static int run_domain_create(struct changes *changes, void *arg)
{
	struct domain_call *call = arg;

	return domain_create(changes, &call->domain, &call->faults);
}

static void a_domain_that_would_close_a_loop_is_not_served(void **state)
{
	struct fixture *fixture = *state;
	struct domain_call call = { .domain.name = "gateway.example" };
	struct move_call move;

	/* Not served here, the gateway's numbers are its own affair. */
	made_move(fixture, "tel:+15550001", "sip:+15550002@gateway.example",
		  AT(0), MOVE_OPEN_END);
	made_move(fixture, "tel:+15550002", "tel:+15550001", AT(0),
		  MOVE_OPEN_END);

	assert_int_equal(EINVAL,
			 fixture_run(fixture, run_domain_create, &call));
	assert_int_equal(1, call.faults.count);
	assert_string_equal("/name", call.faults.list[0].pointer);
	faults_clear(&call.faults);
	move = a_move("sip:bob@gateway.example", hotel, AT(0), AT(9));
	assert_int_equal(EINVAL, fixture_run(fixture, run_move_create, &move));
	assert_int_equal(FAULT_BAD_TARGET, only_fault(&move));
	assert_int_equal(0, fixture_number(fixture,
					   "SELECT count(*) FROM domain WHERE "
					   "name = 'gateway.example'"));
}

static void a_move_that_makes_its_domain_served_makes_no_loop_by_that(
	void **state)
{
	struct fixture *fixture = *state;
	struct move_call call;

	made_move(fixture, "tel:+15550001", "sip:+15550002@gateway.example",
		  AT(0), AT(90));
	made_move(fixture, "tel:+15550002", "sip:bob@gateway.example", AT(0),
		  AT(90));
	call = a_move("sip:bob@gateway.example", "tel:+15550001", AT(0),
		      AT(60));
	assert_int_equal(EEXIST, create_move(fixture, &call));
	assert_int_equal(MOVE_LOOPS, call.conflict.kind);
}

static void a_cancelled_move_makes_no_loop(void **state)
{
	struct fixture *fixture = *state;
	struct move_call first = made_move(fixture, alice, bob, AT(0), AT(60));

	assert_int_equal(0, fixture_run(fixture, run_move_end, &first));
	made_move(fixture, bob, alice, AT(0), AT(60));
}

static void a_loop_is_found_behind_any_of_the_targets(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = a_move(alice, hotel, AT(0), AT(60));

	text_copy(text_of(bob), call.move.targets[1].uri, MOVE_URI_MAX);
	call.move.targets[1].q_permille = 1;
	call.move.target_count = 2;
	assert_int_equal(0, create_move(fixture, &call));
	call = a_move(bob, office, AT(0), AT(60));
	text_copy(text_of(alice), call.move.targets[1].uri, MOVE_URI_MAX);
	call.move.targets[1].q_permille = 1;
	call.move.target_count = 2;
	assert_int_equal(EEXIST, create_move(fixture, &call));
	assert_int_equal(MOVE_LOOPS, call.conflict.kind);
}

static void a_number_leads_back_to_its_tel_address_in_a_served_domain(
	void **state)
{
	struct fixture *fixture = *state;
	struct move_call call;

	/* The gateway is not served: its calls do not come to us. */
	made_move(fixture, "tel:+15550100", "sip:+15550100@gw.example.net",
		  AT(0), AT(60));
	made_move(fixture, alice, "tel:+15550101", AT(0), AT(60));
	call = a_move("tel:+15550101", "sip:+1-555-0101@example.com", AT(0),
		      AT(60));
	assert_int_equal(EEXIST, create_move(fixture, &call));
	assert_int_equal(MOVE_LOOPS, call.conflict.kind);
	assert_int_equal(2, call.conflict.cycle_count);
	call = a_move("tel:+15550101", alice, AT(0), AT(60));
	assert_int_equal(EEXIST, create_move(fixture, &call));
	assert_int_equal(3, call.conflict.cycle_count);
}

static void a_chain_of_more_moves_than_a_call_follows_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call;
	char from[64], to[64];

	for (int i = 0; i < LOOP_HOPS_MAX; i++) {
		snprintf(from, sizeof(from), "sip:u%d@example.com", i);
		snprintf(to, sizeof(to), "sip:u%d@example.com", i + 1);
		made_move(fixture, from, to, AT(0), AT(60));
	}
	call = a_move(alice, "sip:u0@example.com", AT(0), AT(60));
	assert_int_equal(EINVAL, fixture_run(fixture, run_move_create, &call));
	assert_int_equal(FAULT_BAD_TARGET, only_fault(&call));
	call = a_move(alice, "sip:u1@example.com", AT(0), AT(60));
	assert_int_equal(0, create_move(fixture, &call));
	/* A loop of one more hop than are followed is refused as well. */
	call = a_move("sip:u16@example.com", "sip:u0@example.com", AT(0),
		      AT(60));
	assert_int_equal(EINVAL, fixture_run(fixture, run_move_create, &call));
	assert_int_equal(FAULT_BAD_TARGET, only_fault(&call));
	call = a_move("sip:u15@example.com", "sip:u0@example.com", AT(0),
		      AT(60));
	call.write.on_conflict = ON_CONFLICT_REPLACE;
	assert_int_equal(EEXIST, create_move(fixture, &call));
	assert_int_equal(LOOP_HOPS_MAX + 1, call.conflict.cycle_count);
}

static void what_a_refused_change_has_replaced_stays_in_force(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call;

	made_move(fixture, alice, hotel, AT(0), AT(60));
	made_move(fixture, bob, alice, AT(0), AT(60));
	call = a_move(alice, bob, AT(0), AT(60));
	call.write.on_conflict = ON_CONFLICT_REPLACE;
	assert_int_equal(EEXIST, create_move(fixture, &call));
	assert_int_equal(0, fixture_number(fixture, "SELECT count(*) FROM move "
						    "WHERE cancelled_at <> 0"));
	assert_int_equal(2, snapshot_move_count(snapshot_of(fixture)));
}

static void an_edit_replaces_all_but_id_creator_and_creation(void **state)
{
	struct fixture *fixture = *state;
	struct move_call was = made_move(fixture, alice, hotel, AT(0), AT(60));
	struct move_call call = a_move(alice, office, AT(30), AT(90));
	const struct snapshot_address *address;

	text_copy(text_of(was.move.id), call.move.id, MOVE_ID_SIZE);
	call.move.created_at_ms = 1;
	call.write.if_revision = was.move.revision;
	assert_int_equal(0, update_move(fixture, &call));

	assert_int_equal(was.move.created_at_ms, call.move.created_at_ms);
	assert_int_equal(3, call.move.revision);
	assert_int_equal(
		1, fixture_number(fixture, "SELECT count(*) FROM move_target"));
	address = snapshot_address(snapshot_of(fixture), text_of(alice));
	assert_null(snapshot_active_move(address, AT(29)));
	assert_non_null(snapshot_active_move(address, AT(89)));
	assert_int_equal(
		1, fixture_number(
			   fixture,
			   "SELECT count(*) FROM audit WHERE action = "
			   "'move.update' AND before ->> '$.targets[0].uri' "
			   "LIKE '%hotel%' AND after ->> '$.targets[0].uri' "
			   "LIKE '%office%'"));
}

static void an_edit_may_give_the_move_to_another_address(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = made_move(fixture, alice, bob, AT(0), AT(60));

	/* Only without the move's own past self is there no loop. */
	text_copy(text_of(bob), call.move.address, MOVE_ADDRESS_MAX);
	text_copy(text_of(alice), call.move.targets[0].uri, MOVE_URI_MAX);
	assert_int_equal(0, update_move(fixture, &call));
	assert_int_equal(0,
			 snapshot_address(snapshot_of(fixture), text_of(alice))
				 ->move_count);
	assert_int_equal(1, snapshot_address(snapshot_of(fixture), text_of(bob))
				    ->move_count);
}

static void an_edit_is_refused_where_a_new_move_would_be(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = made_move(fixture, alice, hotel, AT(0), AT(10));
	struct move_call next =
		made_move(fixture, alice, hotel, AT(20), AT(30));

	call.move.ends_at_ms = AT(21);
	assert_int_equal(EEXIST, update_move(fixture, &call));
	assert_string_equal(next.move.id, call.conflict.ids[0]);
	call.move.ends_at_ms = AT(20);
	assert_int_equal(0, update_move(fixture, &call));
	call.write.if_revision = call.move.revision - 1;
	assert_int_equal(ESTALE, update_move(fixture, &call));
	call.write.if_revision = 0;
	assert_int_equal(0, fixture_run(fixture, run_move_end, &call));
	assert_int_equal(ECANCELED, update_move(fixture, &call));
	text_copy(TEXT("mov_00000000000000000000000000"), call.move.id,
		  MOVE_ID_SIZE);
	assert_int_equal(ENOENT, update_move(fixture, &call));
}

static void cancelling_twice_is_no_error_and_changes_nothing_more(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = made_move(fixture, alice, hotel, AT(0), AT(10));

	call.write.if_revision = 99;
	assert_int_equal(ESTALE, fixture_run(fixture, run_move_end, &call));
	call.write.if_revision = call.move.revision;
	assert_int_equal(0, fixture_run(fixture, run_move_end, &call));
	assert_true(call.move.cancelled_at_ms != 0);
	assert_int_equal(3, call.move.revision);
	assert_int_equal(0, snapshot_move_count(snapshot_of(fixture)));
	assert_int_equal(1, snapshot_address_count(snapshot_of(fixture)));
	call.write.if_revision = 0;
	assert_int_equal(0, fixture_run(fixture, run_move_end, &call));
	assert_int_equal(3, call.move.revision);
	assert_int_equal(3, store_health(fixture->store).revision);
	text_copy(TEXT("mov_nothing"), call.move.id, MOVE_ID_SIZE);
	assert_int_equal(ENOENT, fixture_run(fixture, run_move_end, &call));
}

static void an_active_move_that_is_deleted_ends_now(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call =
		made_move(fixture, alice, hotel, 1000, MOVE_OPEN_END);

	assert_int_equal(0, fixture_run(fixture, run_move_end, &call));
	assert_int_equal(0, call.move.cancelled_at_ms);
	assert_int_equal(call.move.updated_at_ms, call.move.ends_at_ms);
	assert_int_equal(MOVE_ENDED,
			 move_state(&call.move, call.move.ends_at_ms));
	assert_int_equal(3, call.move.revision);
	assert_int_equal(1, fixture_number(fixture,
					   "SELECT count(*) FROM audit WHERE "
					   "action = 'move.end' AND "
					   "after ->> '$.ends_at' IS NOT NULL "
					   "AND before ->> '$.ends_at' IS "
					   "NULL"));
	assert_int_equal(0, fixture_run(fixture, run_move_end, &call));
	assert_int_equal(3, call.move.revision);
}

struct start_and_end {
	struct move_call call;
	struct move ended;
};

static int run_start_and_end(struct changes *changes, void *arg)
{
	struct start_and_end *both = arg;
	int err = run_move_create(changes, &both->call);

	return err ? err
		   : move_end(changes, text_of(both->call.move.id), 0,
			      &both->ended);
}

static void a_move_deleted_in_the_millisecond_it_starts_is_cancelled(
	void **state)
{
	struct fixture *fixture = *state;
	struct start_and_end both = { .call = a_move(alice, hotel, 0,
						     MOVE_OPEN_END) };

	assert_int_equal(0, fixture_run(fixture, run_start_and_end, &both));
	assert_int_equal(both.ended.starts_at_ms, both.ended.cancelled_at_ms);
	assert_true(both.ended.ends_at_ms == MOVE_OPEN_END);
}

static void a_move_that_is_over_stays_as_it_is_when_deleted(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = ended_move(fixture, alice, hotel, 1000, 2000);

	assert_int_equal(0, fixture_run(fixture, run_move_end, &call));
	assert_int_equal(0, call.move.cancelled_at_ms);
	assert_int_equal(2000, call.move.ends_at_ms);
	assert_int_equal(3, call.move.revision);
}

static void a_move_that_would_be_over_is_not_made(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = a_move(alice, hotel, 1000, 2000);

	assert_int_equal(EINVAL, fixture_run(fixture, run_move_create, &call));
	assert_int_equal(FAULT_ENDS_IN_PAST, only_fault(&call));
}

static void what_a_replacing_move_cancels_is_named(void **state)
{
	struct fixture *fixture = *state;
	struct move_call first = made_move(fixture, alice, hotel, AT(0), AT(9));
	struct move_call second =
		made_move(fixture, alice, office, AT(9), AT(20));
	struct move_call call = a_move(alice, office, AT(5), AT(10));

	assert_int_equal(EEXIST, create_move(fixture, &call));
	assert_int_equal(2, call.conflict.id_count);
	assert_int_equal(AT(9), call.conflict.starts_at_ms[1]);
	assert_int_equal(AT(20), call.conflict.ends_at_ms[1]);
	assert_int_equal(0, call.conflict.replaced_count);
	call.write.on_conflict = ON_CONFLICT_REPLACE;
	assert_int_equal(0, create_move(fixture, &call));
	assert_int_equal(2, call.conflict.replaced_count);
	assert_string_equal(first.move.id, call.conflict.replaced[0]);
	assert_string_equal(second.move.id, call.conflict.replaced[1]);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_new_move_is_kept_whole_and_answers_calls),
		TEST(a_move_without_a_start_starts_now),
		TEST(a_new_move_leaves_one_audit_row_for_each_new_object),
		TEST(every_fault_of_a_move_is_told_and_nothing_is_kept),
		TEST(an_unknown_domain_needs_the_right_to_create_it),
		TEST(windows_are_half_open_so_that_moves_may_touch),
		TEST(a_conflict_names_at_most_eight_others),
		TEST(replacing_cancels_the_overlapped_moves_alone),
		TEST(replacing_frees_the_external_id_of_what_it_replaces),
		TEST(a_loop_is_refused_and_shown),
		TEST(a_loop_is_one_only_while_all_its_moves_are_in_force),
		TEST(a_domain_that_would_close_a_loop_is_not_served),
		TEST(a_move_that_makes_its_domain_served_makes_no_loop_by_that),
		TEST(a_cancelled_move_makes_no_loop),
		TEST(a_loop_is_found_behind_any_of_the_targets),
		TEST(a_number_leads_back_to_its_tel_address_in_a_served_domain),
		TEST(a_chain_of_more_moves_than_a_call_follows_is_refused),
		TEST(what_a_refused_change_has_replaced_stays_in_force),
		TEST(an_edit_replaces_all_but_id_creator_and_creation),
		TEST(an_edit_may_give_the_move_to_another_address),
		TEST(an_edit_is_refused_where_a_new_move_would_be),
		TEST(cancelling_twice_is_no_error_and_changes_nothing_more),
		TEST(an_active_move_that_is_deleted_ends_now),
		TEST(a_move_deleted_in_the_millisecond_it_starts_is_cancelled),
		TEST(a_move_that_is_over_stays_as_it_is_when_deleted),
		TEST(a_move_that_would_be_over_is_not_made),
		TEST(what_a_replacing_move_cancels_is_named),
	};
#undef TEST

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
