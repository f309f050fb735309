#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/move_document.h"
#include "api/object_request.h"
#include "api/problem.h"
#include "db/ownership.h"

enum {
	LOCATION_SIZE = 64,
};

struct move_request {
	struct object_request common;
	struct move move;
	struct move_write write;
	struct move_conflict conflict;
	bool is_cancelled; /* and therefore closed to changes */
	bool is_own;	   /* the address may be left out */
};

/* What this change has cancelled. */
static void put_replaced(struct json_writer *writer,
			 const struct move_conflict *conflict)
{
	json_open_array(writer, "replaced");
	for (size_t i = 0; i < conflict->replaced_count; i++)
		json_put_string(writer, NULL, text_of(conflict->replaced[i]));
	json_close_array(writer);
}

static void answer_move(struct exchange *exchange, const char *location)
{
	struct move_request *request = exchange->state;
	struct json_writer writer = { 0 };
	struct zoned_clock clock = { 0 };
	int64_t now_ms = exchange->now_ms;

	/* The change was made after the request came: `state` is as it left it.
	 */
	if (now_ms < request->move.updated_at_ms)
		now_ms = request->move.updated_at_ms;
	move_document_begin(&writer, &request->move, &clock, now_ms);
	zoned_clock_clear(&clock);
	if (request->write.on_conflict == ON_CONFLICT_REPLACE)
		put_replaced(&writer, &request->conflict);
	json_close_object(&writer);
	object_request_answer(exchange, &writer, request->move.revision,
			      location);
}

/* --- one move ------------------------------------------------------------ */

static int run_get(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct move_request *request = exchange->state;

	return move_get(changes, text_of(exchange->path_id), &request->move);
}

static void get_done(struct exchange *exchange)
{
	struct move_request *request = exchange->state;
	const struct move *move = &request->move;

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	/*
	 * `state` changes as time passes, without a new revision: once it has,
	 * a copy from before is not "not modified".
	 */
	if (move_state(move, move->updated_at_ms) ==
		    move_state(move, exchange->now_ms) &&
	    exchange_not_modified(exchange, move->revision))
		return;
	answer_move(exchange, NULL);
}

void moves_get(struct exchange *exchange)
{
	if (object_request_read(exchange, sizeof(struct move_request)))
		object_request_submit(exchange, STORE_READ, run_get, get_done);
}

/* --- changes ------------------------------------------------------------- */

static struct move_request *change_begin(struct exchange *exchange,
					 bool has_body)
{
	struct move_request *request = object_request_change(
		exchange, sizeof(struct move_request), has_body);

	if (!request)
		return NULL;
	request->write = (struct move_write){
		.may_create_domain =
			(exchange->principal.scopes & SCOPE_SYSTEM_ADMIN) != 0,
		.if_revision = request->common.if_revision,
		.faults = &request->common.found,
		.conflict = &request->conflict,
	};
	return request;
}

static void read_on_conflict(struct exchange *exchange,
			     struct move_request *request)
{
	struct text value;

	if (!query_text(exchange, "on_conflict", &value) ||
	    text_equals(value, TEXT("fail")))
		return;
	if (text_equals(value, TEXT("replace")))
		request->write.on_conflict = ON_CONFLICT_REPLACE;
	else
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT,
				     "on_conflict",
				     "must be `fail` or `replace`");
}

static void change_done(struct exchange *exchange, bool is_new)
{
	struct move_request *request = exchange->state;
	char location[LOCATION_SIZE];

	if (exchange->err == EEXIST &&
	    request->conflict.kind != MOVE_NO_CONFLICT) {
		problem_answer_conflict(exchange, &request->conflict);
		return;
	}
	if (request->is_cancelled) {
		problem_answer(exchange, PROBLEM_MOVE_CANCELLED,
			       "The move is cancelled and kept as history: it "
			       "cannot be changed. Make a new one.");
		return;
	}
	if (!object_request_succeeded(exchange, ""))
		return;
	snprintf(location, sizeof(location), "/v1/moves/%s", request->move.id);
	answer_move(exchange, is_new ? location : NULL);
}

static void create_done(struct exchange *exchange)
{
	change_done(exchange, true);
}

static void update_done(struct exchange *exchange)
{
	change_done(exchange, false);
}

/* Who has one address need not say which. */
static int fill_in_address(struct changes *changes,
			   const struct exchange *exchange, struct move *move,
			   struct faults *faults)
{
	struct owned_addresses owned;
	int err = ownership_list(changes, exchange->principal.owner_id, &owned);

	if (err)
		return err;
	if (owned.count == 1)
		text_copy(text_of(owned.uris[0]), move->address,
			  sizeof(move->address));
	else
		faults_add(faults, FAULT_MISSING_MEMBER, "/address",
			   owned.count ? "is required: you have several"
				       : "is required, and you have none; an "
					 "administrator gives you one");
	return owned.count == 1 ? 0 : EINVAL;
}

static int run_create(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct move_request *request = exchange->state;
	int err = 0;

	if (request->is_own && !request->move.address[0])
		err = fill_in_address(changes, exchange, &request->move,
				      &request->common.found);
	if (err)
		return object_request_settle(exchange, err);
	return object_request_settle(
		exchange,
		move_create(changes, &request->move, &request->write));
}

static void create(struct exchange *exchange, bool is_own)
{
	struct move_request *request = change_begin(exchange, true);
	int err;

	if (!request)
		return;
	request->is_own = is_own;
	err = is_own ? move_document_read_own(&request->common.body,
					      &request->move)
		     : move_document_read(&request->common.body,
					  &request->move);
	if (err) {
		problem_answer_errno(exchange, err);
		return;
	}
	read_on_conflict(exchange, request);
	object_request_submit(exchange, STORE_CHANGE, run_create, create_done);
}

void moves_create(struct exchange *exchange)
{
	create(exchange, false);
}

void moves_create_own(struct exchange *exchange)
{
	create(exchange, true);
}

/* Read, merge and write in one job: nothing can come in between. */
static int run_patch(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct move_request *request = exchange->state;
	int err = move_get(changes, text_of(exchange->path_id), &request->move);

	if (!err)
		err = move_document_merge(&request->common.body,
					  &request->move);
	if (err)
		return err;
	err = move_update(changes, &request->move, &request->write);
	request->is_cancelled = err == ECANCELED;
	return object_request_settle(exchange, err);
}

void moves_patch(struct exchange *exchange)
{
	struct move_request *request = change_begin(exchange, true);

	if (!request)
		return;
	read_on_conflict(exchange, request);
	object_request_submit(exchange, STORE_CHANGE, run_patch, update_done);
}

static int run_delete(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct move_request *request = exchange->state;

	return object_request_settle(
		exchange, move_end(changes, text_of(exchange->path_id),
				   request->write.if_revision, &request->move));
}

void moves_delete(struct exchange *exchange)
{
	if (change_begin(exchange, false))
		object_request_submit(exchange, STORE_CHANGE, run_delete,
				      update_done);
}
