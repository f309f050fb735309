#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/call_simulation_document.h"
#include "api/domain_settings_document.h"
#include "api/lookup_request.h"
#include "api/move_document.h"
#include "api/object_request.h"
#include "api/problem.h"
#include "db/address_history.h"
#include "db/ownership.h"
#include "db/source_match.h"

enum {
	MOVES_TOLD = 20, /* of the address, those that start last */
};

struct lookup {
	struct object_request common;
	struct lookup_request request;
	struct call_simulation simulation;
	bool is_no_request; /* found by the simulation */
	struct source_match match;
	struct move *moves; /* MOVES_TOLD of them; owned */
	size_t move_count;
	bool has_more_moves;
	bool is_own; /* of one's own address, and nothing but what a caller gets
		      */
};

static void lookup_free(void *state)
{
	struct lookup *lookup = state;

	lookup_request_clear(&lookup->request);
	free(lookup->moves);
	object_request_clear(&lookup->common);
	free(lookup);
}

/* --- the question (store thread) ----------------------------------------- */

/* The addresses that a call to this URI may be answered for: its own, as its
 * domain keeps it, and its number. */
static int add_addresses(struct address_history *history,
			 const struct lookup *lookup)
{
	const struct snapshot *snapshot = address_history_snapshot(history);
	char address[SIP_CANONICAL_SIZE], number[SIP_CANONICAL_SIZE];
	struct writer own = writer_over(address, sizeof(address) - 1);
	struct writer global = writer_over(number, sizeof(number) - 1);
	const struct snapshot_domain *domain;
	struct sip_uri uri;
	const char *at;
	int err;

	if (sip_uri_parse(lookup_request_uri(&lookup->request), &uri) ||
	    sip_uri_canonical(&uri, &own) || !writer_is_complete(&own))
		return 0;
	at = memrchr(address, '@', own.len);
	domain = at ? snapshot_domain(snapshot,
				      (struct text){ at + 1, (size_t)(address +
								      own.len -
								      at - 1) })
		    : NULL;
	if (domain && domain->settings->ignores_user_case)
		sip_address_ignore_case(address, own.len);
	err = address_history_add(history, writer_text(&own),
				  lookup->request.at_ms);
	if (!err && !sip_uri_canonical_number(&uri, &global) &&
	    writer_is_complete(&global) &&
	    !text_equals(writer_text(&global), writer_text(&own)))
		err = address_history_add(history, writer_text(&global),
					  lookup->request.at_ms);
	return err;
}

static int simulate(const struct api_config *config,
		    const struct snapshot *snapshot, struct lookup *lookup)
{
	const struct lookup_request *request = &lookup->request;
	const struct call_question question = {
		.request = { request->text, request->len },
		.now_ms = request->at_ms,
		.source_host = text_of(request->source_text),
		.source_port = request->source_port,
		.listener = text_of(request->listener),
	};
	int err = config->simulate(config->simulate_settings, snapshot,
				   &question, &lookup->simulation);

	lookup->is_no_request = err == EBADMSG;
	return lookup->is_no_request ? 0 : err;
}

static int ask(struct changes *changes, const struct api_config *config,
	       struct lookup *lookup)
{
	struct address_history *history = NULL;
	int err = address_history_new(changes, &history);

	if (!err)
		err = add_addresses(history, lookup);
	if (!err)
		err = simulate(config, address_history_snapshot(history),
			       lookup);
	address_history_free(history);
	return err;
}

static int run_lookup(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct lookup *lookup = exchange->state;
	const struct lookup_request *request = &lookup->request;
	struct move_filter filter = {
		.sort = MOVE_SORT_STARTS_AT,
		.descending = true,
		.id_descending = true,
		.limit = MOVES_TOLD,
	};
	int err = ask(changes, exchange_config(exchange), lookup);

	if (!err && lookup->is_own)
		return ownership_check(changes, lookup->simulation.address);
	filter.address = text_of(lookup->simulation.address);
	if (!err && filter.address.len > 0)
		err = move_list(changes, &filter, lookup->moves,
				&lookup->move_count, &lookup->has_more_moves);
	if (!err && request->has_source)
		err = source_match_find(changes, &request->source,
					text_of(request->listener),
					request->at_ms, &lookup->match);
	return err;
}

/* --- the answer ---------------------------------------------------------- */

/* By a replacement: in its change the other one was made, or edited. */
static bool is_replaced(const struct lookup *lookup, const struct move *move)
{
	for (size_t i = 0; i < lookup->move_count; i++) {
		const struct move *other = &lookup->moves[i];

		if (other != move &&
		    (other->created_at_ms == move->cancelled_at_ms ||
		     other->updated_at_ms == move->cancelled_at_ms) &&
		    other->cancelled_at_ms == 0)
			return true;
	}
	return false;
}

static const char *outcome_of(const struct lookup *lookup,
			      const struct move *move)
{
	int64_t at_ms = lookup->request.at_ms;

	if (lookup->simulation.reason == CALL_MOVED &&
	    !strcmp(move->id, lookup->simulation.move_id))
		return "answers";
	if (move->cancelled_at_ms)
		return is_replaced(lookup, move) ? "replaced" : "cancelled";
	if (move->starts_at_ms > at_ms)
		return "not_started";
	if (move->ends_at_ms <= at_ms)
		return "ended";
	/* In force, and yet it does not answer. */
	if (lookup->simulation.reason == CALL_TARGETS_NOT_ALLOWED)
		return "not_allowed";
	return lookup->simulation.reason == CALL_NO_FIT_TARGET ? "no_fit_target"
							       : "not_asked";
}

static void put_moves(struct json_writer *writer, const struct lookup *lookup,
		      int64_t now_ms)
{
	struct zoned_clock clock = { 0 };

	json_open_array(writer, "moves");
	for (size_t i = 0; i < lookup->move_count; i++) {
		move_document_begin(writer, &lookup->moves[i], &clock, now_ms);
		json_put_string(writer, "outcome",
				text_of(outcome_of(lookup, &lookup->moves[i])));
		json_close_object(writer);
	}
	json_close_array(writer);
	json_put_bool(writer, "more_moves", lookup->has_more_moves);
	zoned_clock_clear(&clock);
}

static void put_contacts(struct json_writer *writer,
			 const struct call_simulation *simulation)
{
	json_open_array(writer, "contacts");
	for (size_t i = 0; i < simulation->contact_count; i++) {
		json_open_object(writer, NULL);
		json_put_string(writer, "uri",
				text_of(simulation->contacts[i].uri));
		json_put_permille(writer, "q",
				  simulation->contacts[i].q_permille);
		json_close_object(writer);
	}
	json_close_array(writer);
}

static void put_withheld(struct json_writer *writer,
			 const struct call_simulation *simulation)
{
	json_open_array(writer, "targets_withheld");
	for (size_t i = 0; i < simulation->withheld_count; i++) {
		json_open_object(writer, NULL);
		json_put_string(writer, "uri",
				text_of(simulation->withheld[i].uri));
		json_put_string_or_null(
			writer, "rule_id",
			text_of(simulation->withheld[i].rule_id));
		json_close_object(writer);
	}
	json_close_array(writer);
}

static void put_domain(struct json_writer *writer,
		       const struct snapshot *snapshot, struct text name)
{
	const struct snapshot_domain *domain = snapshot_domain(snapshot, name);
	const struct snapshot_authentication *authentication =
		name.len > 0 ? snapshot_authentication(snapshot, name) : NULL;

	if (name.len == 0) {
		json_put_null(writer, "domain");
	} else {
		json_open_object(writer, "domain");
		json_put_string(writer, "name", name);
		json_put_bool(writer, "served", domain != NULL);
		if (domain)
			domain_settings_document_write(writer,
						       domain->settings);
		json_close_object(writer);
	}
	json_open_object(writer, "authentication");
	json_put_bool(writer, "required", authentication != NULL);
	json_put_string_or_null(writer, "realm",
				authentication ? authentication->realm
					       : TEXT(""));
	json_close_object(writer);
}

/* Trusted sources are dropped by no pattern. */
static bool is_scanner(const struct snapshot *snapshot,
		       const struct lookup *lookup)
{
	const struct snapshot_sources *sources = snapshot_sources(snapshot);

	return lookup->match.verdict != SOURCE_IS_ALLOWED &&
	       snapshot_sources_have_patterns(sources) &&
	       (snapshot_sources_match(sources, SCANNER_USER_AGENT,
				       lookup->request.user_agent) ||
		snapshot_sources_match(sources, SCANNER_FROM,
				       lookup->request.from));
}

static const char *source_verdict(const struct snapshot *snapshot,
				  const struct lookup *lookup)
{
	static const char *const names[] = {
		[SOURCE_IS_UNKNOWN] = "none",
		[SOURCE_IS_ALLOWED] = "allowed",
		[SOURCE_IS_DENIED] = "denied",
		[SOURCE_IS_BANNED] = "banned",
	};

	return lookup->match.verdict == SOURCE_IS_UNKNOWN &&
			       is_scanner(snapshot, lookup)
		       ? "scanner"
		       : names[lookup->match.verdict];
}

/* Silence is what a dropped caller gets, whatever is worked out here. */
static void put_source(struct json_writer *writer,
		       const struct snapshot *snapshot,
		       const struct lookup *lookup)
{
	const struct lookup_request *request = &lookup->request;
	const char *verdict = source_verdict(snapshot, lookup);

	json_open_object(writer, "source");
	json_put_string_or_null(writer, "address",
				text_of(request->source_text));
	json_put_string(writer, "verdict", text_of(verdict));
	json_put_bool(writer, "dropped",
		      !text_equals(text_of(verdict), TEXT("none")) &&
			      !text_equals(text_of(verdict), TEXT("allowed")));
	json_put_string_or_null(writer, "by_id", text_of(lookup->match.id));
	json_put_string_or_null(writer, "by_network",
				text_of(lookup->match.network));
	json_close_object(writer);
}

static void answer_lookup(struct exchange *exchange,
			  const struct lookup *lookup)
{
	const struct call_simulation *simulation = &lookup->simulation;
	struct text sent = { lookup->request.text, lookup->request.len };
	struct json_writer writer = { 0 };

	json_open_object(&writer, NULL);
	json_put_time_ms(&writer, "at", lookup->request.at_ms);
	json_put_string(&writer, "as_of", TEXT("now"));
	call_simulation_document_put_status(&writer, simulation);
	put_contacts(&writer, simulation);
	put_withheld(&writer, simulation);
	json_put_string_or_null(&writer, "address",
				text_of(simulation->address));
	json_put_bool(&writer, "address_known",
		      snapshot_address(exchange->snapshot,
				       text_of(simulation->address)) != NULL);
	json_put_string_or_null(&writer, "move_id",
				text_of(simulation->move_id));
	put_moves(&writer, lookup, exchange->now_ms);
	put_domain(&writer, exchange->snapshot, text_of(simulation->domain));
	json_put_string_or_null(&writer, "profile",
				text_of(simulation->profile));
	put_source(&writer, exchange->snapshot, lookup);
	call_simulation_document_put_tags(&writer, simulation);
	call_simulation_document_put_bytes(&writer, sent, simulation);
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

/* To whom the address belongs, not how the server is set up. */
static void answer_own(struct exchange *exchange, const struct lookup *lookup)
{
	const struct call_simulation *simulation = &lookup->simulation;
	struct json_writer writer = { 0 };

	json_open_object(&writer, NULL);
	json_put_time_ms(&writer, "at", lookup->request.at_ms);
	json_put_string(&writer, "as_of", TEXT("now"));
	call_simulation_document_put_status(&writer, simulation);
	put_contacts(&writer, simulation);
	json_put_string(&writer, "address", text_of(simulation->address));
	json_put_string_or_null(&writer, "move_id",
				text_of(simulation->move_id));
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

static void looked_up(struct exchange *exchange)
{
	struct lookup *lookup = exchange->state;

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	if (lookup->is_no_request) {
		json_fault(&lookup->common.body, "request", FAULT_BAD_FORMAT,
			   "is not a SIP request: it has to begin with a line "
			   "such as `INVITE sip:alice@example.com SIP/2.0`");
		problem_answer_faults(exchange);
		return;
	}
	if (lookup->is_own)
		answer_own(exchange, lookup);
	else
		answer_lookup(exchange, lookup);
}

/* Nothing is stored. */
static void look_up(struct exchange *exchange, bool is_own)
{
	struct lookup *lookup =
		object_request_change(exchange, sizeof(struct lookup), true);
	int err;

	if (!lookup)
		return;
	exchange->state_free = lookup_free;
	lookup->is_own = is_own;
	lookup->request.at_ms = exchange->now_ms;
	lookup->moves = calloc(MOVES_TOLD, sizeof(*lookup->moves));
	err = lookup->moves ? lookup_request_read(&lookup->common.body,
						  &lookup->request)
			    : ENOMEM;
	query_end(exchange);
	if (err)
		problem_answer_errno(exchange, err);
	else if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		exchange_run_job(exchange, STORE_READ, run_lookup, looked_up);
}

void redirect_lookups_create(struct exchange *exchange)
{
	look_up(exchange, false);
}

void redirect_lookups_create_own(struct exchange *exchange)
{
	look_up(exchange, true);
}
