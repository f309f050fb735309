#include "sip/sip_pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sip/call_record.h"
#include "sip/caller_authentication.h"
#include "sip/peer_profile_choice.h"
#include "sip/sip_peer.h"

enum {
	/* "[2001:db8::1]:5060" with room */
	SOURCE_SIZE = 64,
};

/* One request under way; its parts are used again for the next one. */
struct exchange {
	const struct sip_request *request;
	struct transaction_route *route; /* in: from; out: to */
	struct sip_source source;
	struct text source_text; /* "192.0.2.1:5060" */
	enum log_transport transport;
	struct transaction_identity identity;
	bool is_stateless;
	char to_tag[SIP_TO_TAG_SIZE];
	struct text to_tag_text; /* ours, or that of the INVITE cancelled */
	char *answer;
	size_t answer_len;
};

struct sip_pipeline {
	struct sip_pipeline_config config;
	struct transactions *transactions;
	struct source_guard *guard;
	struct call_record_ids ids;
	const struct snapshot *snapshot; /* of this batch */
	int64_t monotonic_us, wall_us;
	struct sip_request request;
	struct call_decision decision;
	struct call_record_texts texts;
	struct caller_authentication authentication;
	char source[SOURCE_SIZE];
};

int sip_pipeline_new(const struct sip_pipeline_config *config,
		     struct sip_pipeline **ret_pipeline)
{
	struct sip_pipeline *pipeline = calloc(1, sizeof(*pipeline));
	int err;

	if (!pipeline)
		return ENOMEM;
	pipeline->config = *config;
	pipeline->ids.worker = config->worker;
	pipeline->authentication.settings = &pipeline->config.call;
	pipeline->authentication.counters = config->counters;
	pipeline->config.transactions.ring = config->ring;
	err = transactions_new(&pipeline->config.transactions, config->secret,
			       &pipeline->transactions);
	if (!err)
		err = source_guard_new(
			&(struct source_guard_config){ config->secret,
						       config->counters,
						       config->notices },
			&pipeline->guard);
	if (!err)
		err = digest_guard_new(config->secret, config->worker,
				       &pipeline->authentication.guard);
	if (err)
		goto out;
	*ret_pipeline = pipeline;
	pipeline = NULL;
out:
	sip_pipeline_free(pipeline);
	return err;
}

void sip_pipeline_free(struct sip_pipeline *pipeline)
{
	if (!pipeline)
		return;
	transactions_free(pipeline->transactions);
	source_guard_free(pipeline->guard);
	digest_guard_free(pipeline->authentication.guard);
	free(pipeline);
}

void sip_pipeline_begin(struct sip_pipeline *pipeline,
			const struct snapshot *snapshot, int64_t monotonic_us,
			int64_t wall_us)
{
	pipeline->snapshot = snapshot;
	pipeline->monotonic_us = monotonic_us;
	pipeline->wall_us = wall_us;
	source_guard_begin(pipeline->guard, snapshot, monotonic_us,
			   wall_us / 1000);
}

void sip_pipeline_name_listener(struct sip_pipeline *pipeline,
				uint32_t socket_index, struct text listener)
{
	source_guard_name_listener(pipeline->guard, socket_index, listener);
}

struct source_guard *sip_pipeline_guard(struct sip_pipeline *pipeline)
{
	return pipeline->guard;
}

int64_t sip_pipeline_now_us(const struct sip_pipeline *pipeline)
{
	return pipeline->monotonic_us;
}

/* --- counting --- */

static void count_event(struct sip_pipeline *pipeline,
			enum sip_traffic_event event)
{
	sip_counter_add(&pipeline->config.counters->events[event], 1);
}

static void count_live(struct sip_pipeline *pipeline)
{
	atomic_store_explicit(&pipeline->config.counters->transactions,
			      transactions_count(pipeline->transactions),
			      memory_order_relaxed);
}

/* --- where it came from --- */

static void read_source(struct sip_pipeline *pipeline,
			struct exchange *exchange)
{
	struct writer writer =
		writer_over(pipeline->source, sizeof(pipeline->source));

	exchange->source.port = sip_peer_write(&exchange->route->peer, &writer,
					       &exchange->source.host);
	exchange->source_text = writer_text(&writer);
}

/* RFC 3261 18.2.2, RFC 3581 4: to the source's address, always. */
static void aim(struct exchange *exchange)
{
	if (!exchange->route->is_reliable)
		sip_peer_set_port(&exchange->route->peer,
				  sip_response_port(exchange->request,
						    &exchange->source));
}

/* --- answering --- */

/* Copies of a request get the bytes of its first answer (17.2.1, 17.2.2);
 * in state Confirmed nothing. */
static void repeat(struct sip_pipeline *pipeline, struct exchange *exchange,
		   struct transaction *found)
{
	struct text response = transaction_response(found);

	count_event(pipeline, SIP_TRAFFIC_RETRANSMITS_IN);
	transaction_note_repeat(found);
	if (response.len > 0)
		memcpy(exchange->answer, response.ptr, response.len);
	exchange->answer_len = response.len;
	/*
	 * Over a stream, on the connection that asked again: the first one may
	 * be gone. A datagram that repeats what came over a stream goes back to
	 * where it says it is from, as if it were new.
	 */
	if (exchange->route->is_reliable ||
	    transaction_route(found)->is_reliable)
		aim(exchange);
	else
		*exchange->route = *transaction_route(found);
	if (!transactions_may_repeat(pipeline->transactions, found,
				     exchange->request, exchange->route,
				     pipeline->monotonic_us))
		exchange->answer_len = 0;
	else if (!sip_peer_is_same_host(&transaction_route(found)->peer,
					&exchange->route->peer))
		transaction_tell_tag(found);
}

/*
 * Against amplification: a source that may not be where the request says gets
 * no more bytes than were sent, as far as something can go.
 */
static bool is_too_much(const struct sip_pipeline *pipeline,
			const struct exchange *exchange)
{
	return exchange->answer_len > exchange->request->message.len &&
	       sip_response_has_spare(&pipeline->config.call,
				      &pipeline->decision) &&
	       transactions_may_be_forged(pipeline->transactions,
					  exchange->route,
					  pipeline->monotonic_us);
}

static void write_as_it_fits(struct sip_pipeline *pipeline,
			     struct exchange *exchange)
{
	exchange->answer_len = sip_response_write(
		exchange->request, &exchange->source, &pipeline->config.call,
		&pipeline->decision, exchange->to_tag_text, exchange->answer,
		SIP_ANSWER_MAX);
}

static void write_answer(struct sip_pipeline *pipeline,
			 struct exchange *exchange)
{
	exchange->source.answer_max =
		exchange->route->is_reliable
			? 0
			: sip_response_max_udp(exchange->request);

	write_as_it_fits(pipeline, exchange);
	if (is_too_much(pipeline, exchange)) {
		exchange->source.answer_max = exchange->request->message.len;
		exchange->source.bare_max = 2 * exchange->source.answer_max;
		write_as_it_fits(pipeline, exchange);
	}
	if (exchange->answer_len > 0)
		return;
	count_event(pipeline, SIP_TRAFFIC_OVERSIZE_ANSWERS);
	call_fail(&pipeline->decision);
	write_as_it_fits(pipeline, exchange);
}

/* Returns the record's id; 0 if the log had no room for it. */
static int64_t put_record(struct sip_pipeline *pipeline,
			  const struct exchange *exchange, uint32_t handling_us)
{
	struct redirect_log_record record = {
		.id = call_record_next_id(&pipeline->ids,
					  pipeline->wall_us / 1000),
		.received_at_us = pipeline->wall_us,
		.transport = exchange->transport,
		.handling_us = handling_us,
		.source = exchange->source_text,
	};

	call_record_fill(&record, exchange->request, &pipeline->decision,
			 &pipeline->texts);
	if (redirect_log_ring_put(pipeline->config.ring, &record))
		return record.id;
	count_event(pipeline, SIP_TRAFFIC_LOG_DROPS);
	return 0;
}

/* At the cap, and for answers too long to keep, a copy of the request is
 * decided anew, and gets the same To tag (8.2.7). */
static void keep_transaction(struct sip_pipeline *pipeline,
			     const struct exchange *exchange, int64_t log_id)
{
	struct transaction_answer answer = {
		.route = *exchange->route,
		.response = { exchange->answer, exchange->answer_len },
		.to_tag = exchange->request->has_to_tag ? TEXT("")
							: exchange->to_tag_text,
		.log_id = log_id,
	};

	if (transactions_add(pipeline->transactions, exchange->request,
			     &exchange->identity, &answer,
			     pipeline->monotonic_us))
		count_event(pipeline, SIP_TRAFFIC_STATELESS);
	count_live(pipeline);
}

/* The decision is made: write, count, log, keep. */
static void answer_decided(struct sip_pipeline *pipeline,
			   struct exchange *exchange)
{
	int64_t handling_us, log_id;

	if (pipeline->decision.status == 0)
		return;
	aim(exchange);
	if (exchange->to_tag_text.len == 0) {
		transaction_key_to_tag(
			pipeline->config.secret, &exchange->identity.key,
			exchange->identity.merge, &exchange->route->peer.any,
			exchange->to_tag);
		exchange->to_tag_text = text_of(exchange->to_tag);
	}
	write_answer(pipeline, exchange);
	if (exchange->answer_len == 0)
		return;
	handling_us = clock_monotonic_us() - pipeline->monotonic_us;
	if (handling_us > UINT32_MAX)
		handling_us = UINT32_MAX;
	sip_counters_answer(pipeline->config.counters,
			    pipeline->decision.status, (uint32_t)handling_us);
	sip_counter_add(&pipeline->config.counters
				 ->events[SIP_TRAFFIC_TARGETS_WITHHELD],
			pipeline->decision.redirect.withheld_count);
	log_id = put_record(pipeline, exchange, (uint32_t)handling_us);
	if (!exchange->is_stateless)
		keep_transaction(pipeline, exchange, log_id);
}

static void decide(struct sip_pipeline *pipeline, struct exchange *exchange,
		   bool is_merged)
{
	pipeline->config.call.authentication = caller_authentication_check(
		&pipeline->authentication, pipeline->snapshot,
		exchange->request, exchange->source.host,
		pipeline->monotonic_us);
	call_use_profile(&pipeline->config.call,
			 peer_profile_choose(pipeline->snapshot,
					     pipeline->guard, exchange->route));
	call_decide(pipeline->snapshot, &pipeline->config.call,
		    exchange->request, is_merged, pipeline->wall_us / 1000,
		    &pipeline->decision);
	/* 8.2.7: a stranger makes us keep nothing. */
	if (pipeline->decision.status == 401)
		exchange->is_stateless = true;
	answer_decided(pipeline, exchange);
}

static void on_ack(struct sip_pipeline *pipeline,
		   const struct exchange *exchange, struct transaction *found)
{
	struct text to_tag;
	int64_t log_id;
	bool proves;

	if (!found) {
		count_event(pipeline, SIP_TRAFFIC_STRAY_ACKS);
		return;
	}
	to_tag = transaction_to_tag(found);
	proves = to_tag.len > 0 &&
		 text_equals(to_tag, exchange->request->to_tag);
	count_event(pipeline, SIP_TRAFFIC_ACKS);
	log_id = transactions_ack(pipeline->transactions, found, proves,
				  pipeline->monotonic_us);
	if (log_id && !redirect_log_ring_put_ack(pipeline->config.ring, log_id))
		count_event(pipeline, SIP_TRAFFIC_LOG_DROPS);
	count_live(pipeline);
}

/*
 * RFC 3261 9.2: the INVITE is answered already, so it stays as it is. Its To
 * tag is told to nobody but the host it was sent to: whoever repeats it in an
 * ACK proves that host's address.
 */
static void on_cancel(struct sip_pipeline *pipeline, struct exchange *exchange)
{
	const struct transaction *invite = transactions_find_cancelled(
		pipeline->transactions, exchange->request);
	uint16_t status = invite ? 200 : 481;

	memset(&pipeline->decision, 0, sizeof(pipeline->decision));
	pipeline->decision.status = status;
	pipeline->decision.reason = sip_reason_phrase(status);
	pipeline->decision.revision = snapshot_revision(pipeline->snapshot);
	pipeline->decision.why = invite ? CALL_CANCEL : CALL_NO_DIALOG;
	if (invite && sip_peer_is_same_host(&transaction_route(invite)->peer,
					    &exchange->route->peer))
		exchange->to_tag_text = transaction_to_tag(invite);
	answer_decided(pipeline, exchange);
}

static void handle(struct sip_pipeline *pipeline, struct exchange *exchange)
{
	const struct sip_request *request = exchange->request;
	struct transaction *found;

	if (request->fault.status) {
		/* 8.2.7: nothing is kept for what is refused as it stands. */
		exchange->identity = (struct transaction_identity){
			.key = transaction_key_of_faulty(
				pipeline->config.secret, request)
		};
		exchange->is_stateless = true;
		decide(pipeline, exchange, false);
		return;
	}
	found = transactions_find(pipeline->transactions, request,
				  &exchange->identity);
	if (request->method == SIP_ACK) {
		on_ack(pipeline, exchange, found);
	} else if (found) {
		repeat(pipeline, exchange, found);
	} else if (request->method == SIP_CANCEL) {
		on_cancel(pipeline, exchange);
	} else {
		decide(pipeline, exchange,
		       transactions_is_merged(pipeline->transactions,
					      &exchange->identity));
	}
}

/* A copy of the request, before its route becomes the answer's; or of that. */
static void capture(const struct sip_pipeline *pipeline,
		    const struct exchange *exchange, bool is_answer)
{
	const struct text answer = { exchange->answer, exchange->answer_len };
	int64_t taken_us =
		is_answer ? clock_monotonic_us() - pipeline->monotonic_us : 0;

	sip_capture_message(
		pipeline->config.capture, exchange->route,
		&(struct sip_capture_message){
			.transport = exchange->transport,
			.is_answer = is_answer,
			.at_us = pipeline->wall_us + taken_us,
			.call_id = exchange->request->call_id,
			.payload = is_answer ? answer
					     : exchange->request->message,
		});
}

/* An ACK is never answered, whatever is wrong with it, its first line too. */
static bool is_broken_ack(const struct sip_request *request)
{
	if (!request->fault.status)
		return false;
	return request->method == SIP_ACK ||
	       (request->method_text.len == 0 &&
		text_equals(request->cseq_method, TEXT("ACK")));
}

size_t sip_pipeline_request(struct sip_pipeline *pipeline,
			    const struct sip_request *request,
			    enum log_transport transport,
			    struct transaction_route *route, char *answer)
{
	struct exchange exchange = {
		.request = request,
		.route = route,
		.transport = transport,
		.answer = answer,
	};

	sip_counters_request(pipeline->config.counters, request->method,
			     transport - LOG_UDP);
	if (request->via_count == 0 || !pipeline->snapshot ||
	    is_broken_ack(request)) {
		count_event(pipeline, SIP_TRAFFIC_NOISE);
		return 0;
	}
	if (source_guard_is_scanner(pipeline->guard, request, &route->peer.any,
				    route->socket_index))
		return 0;
	if (pipeline->config.capture)
		capture(pipeline, &exchange, false);
	read_source(pipeline, &exchange);
	handle(pipeline, &exchange);
	if (pipeline->config.capture && exchange.answer_len > 0)
		capture(pipeline, &exchange, true);
	return exchange.answer_len;
}

size_t sip_pipeline_datagram(struct sip_pipeline *pipeline,
			     struct text datagram,
			     struct transaction_route *route, char *answer)
{
	count_event(pipeline, SIP_TRAFFIC_DATAGRAMS);
	if (!source_guard_admits(pipeline->guard, &route->peer.any,
				 route->socket_index))
		return 0;
	switch (sip_request_scan_datagram(datagram, &pipeline->request)) {
	case SIP_SCAN_REQUEST:
		return sip_pipeline_request(pipeline, &pipeline->request,
					    LOG_UDP, route, answer);
	case SIP_SCAN_RESPONSE:
		count_event(pipeline, SIP_TRAFFIC_RESPONSES_IN);
		return 0;
	case SIP_SCAN_KEEPALIVE:
		count_event(pipeline, SIP_TRAFFIC_KEEPALIVES);
		return 0;
	case SIP_SCAN_STUN:
	case SIP_SCAN_NOISE:
	case SIP_SCAN_INCOMPLETE:
		break;
	}
	count_event(pipeline, SIP_TRAFFIC_NOISE);
	return 0;
}

int64_t sip_pipeline_run_timers(struct sip_pipeline *pipeline,
				int64_t monotonic_us, size_t most,
				transaction_resend_fn resend, void *arg)
{
	int64_t next_us = transactions_run(pipeline->transactions, monotonic_us,
					   most, resend, arg);

	count_live(pipeline);
	return next_us;
}
