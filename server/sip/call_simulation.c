#include "base/call_simulation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/snapshot_peer_profiles.h"
#include "sip/sip_response.h"
#include "sip/sip_server.h"

/*
 * A pasted request has often lost its CRs, its Via or its last empty line on
 * the way. What is missing is made up around it; what is there is left alone,
 * faults included, because the question is what it would be answered.
 */

/* A header that a request cannot do without; value NULL: made from the start
 * line. */
struct needed_header {
	struct text name;
	char compact; /* 0: none */
	const char *value;
};

#define NAME(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

/* 192.0.2.0/24 and .invalid: nobody's (RFC 5737, RFC 2606). */
static const struct needed_header needed_headers[] = {
	{ NAME("Via"), 'v',
	  "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-simulation" },
	{ NAME("From"), 'f', "<sip:caller@simulation.invalid>;tag=simulation" },
	{ NAME("To"), 't', NULL },
	{ NAME("Call-ID"), 'i', "simulation@simulation.invalid" },
	{ NAME("CSeq"), 0, NULL },
};

static const struct text no_answer_reason = NAME("No answer would be sent");

struct start_line {
	struct text whole, method, uri;
};

/* Room for a CR before every LF, and for all that is made up (the Request-URI
 * is repeated once). */
static size_t room_for(struct text request)
{
	return 3 * request.len + 512;
}

/* Each line ends with CRLF, and an empty one is there at the end. */
static void put_lines(struct writer *writer, struct text request)
{
	char last = '\0';

	for (size_t i = 0; i < request.len; i++) {
		char c = request.ptr[i];

		if (c == '\n' && last != '\r')
			writer_byte(writer, '\r');
		writer_byte(writer, c);
		last = c;
	}
	if (memmem(writer->buffer, writer->len, "\r\n\r\n", 4))
		return;
	if (writer->len < 2 ||
	    memcmp(writer->buffer + writer->len - 2, "\r\n", 2) != 0)
		writer_put(writer, TEXT("\r\n"));
	writer_put(writer, TEXT("\r\n"));
}

/* Takes the next line off, without its CRLF; false at the empty one. */
static bool next_line(struct text *rest, struct text *ret_line)
{
	const char *end = rest->len ? memmem(rest->ptr, rest->len, "\r\n", 2)
				    : NULL;

	if (!end || end == rest->ptr)
		return false;
	*ret_line = (struct text){ rest->ptr, (size_t)(end - rest->ptr) };
	rest->len -= ret_line->len + 2;
	rest->ptr = end + 2;
	return true;
}

static bool line_is(struct text line, const struct needed_header *header)
{
	const char *colon = memchr(line.ptr, ':', line.len);
	struct text name;

	/* A line that starts with a blank goes on with the one before. */
	if (!colon || line.ptr[0] == ' ' || line.ptr[0] == '\t')
		return false;
	name = text_trim((struct text){ line.ptr, (size_t)(colon - line.ptr) });
	return text_equals_nocase(name, header->name) ||
	       (header->compact && name.len == 1 &&
		ascii_lower(name.ptr[0]) == header->compact);
}

static bool has_header(struct text headers, const struct needed_header *header)
{
	struct text line;

	while (next_line(&headers, &line))
		if (line_is(line, header))
			return true;
	return false;
}

/* Is its last word a SIP version, whichever? */
static bool ends_with_version(struct text line)
{
	const char *blank;

	line = text_trim(line);
	blank = memrchr(line.ptr, ' ', line.len);
	return blank &&
	       text_starts_with_nocase(
		       (struct text){ blank + 1,
				      (size_t)(line.ptr + line.len - blank) -
					      1 },
		       TEXT("SIP/"));
}

/* "METHOD uri version", as far as it looks like one. */
static bool split_start_line(struct text line, struct start_line *ret_start)
{
	const char *end = line.ptr + line.len;
	const char *first = memchr(line.ptr, ' ', line.len);
	const char *second =
		first ? memchr(first + 1, ' ', (size_t)(end - first - 1))
		      : NULL;

	if (!second || !ends_with_version(line))
		return false;
	ret_start->whole = line;
	ret_start->method =
		(struct text){ line.ptr, (size_t)(first - line.ptr) };
	ret_start->uri =
		(struct text){ first + 1, (size_t)(second - first - 1) };
	return true;
}

static void put_missing(struct writer *writer,
			const struct needed_header *header,
			const struct start_line *start)
{
	writer_put(writer, header->name);
	writer_put(writer, TEXT(": "));
	if (header->value) {
		writer_put(writer, text_of(header->value));
	} else if (header->compact) {
		writer_byte(writer, '<');
		writer_put(writer, start->uri);
		writer_byte(writer, '>');
	} else {
		writer_put(writer, TEXT("1 "));
		writer_put(writer, start->method);
	}
	writer_put(writer, TEXT("\r\n"));
}

/* What would have arrived. malloc'ed, the caller's. */
static int complete(struct text request, char **ret_message, size_t *ret_len)
{
	size_t size = room_for(request);
	char *lines_buffer = malloc(size);
	char *buffer = malloc(size);
	struct writer lines =
		writer_over(lines_buffer, lines_buffer ? size : 0);
	struct writer message = writer_over(buffer, buffer ? size : 0);
	struct start_line start;
	struct text rest, line;
	int err = 0;

	if (!lines_buffer || !buffer) {
		err = ENOMEM;
		goto out;
	}
	/* RFC 3261 7.5: empty lines before a message are not part of it. */
	while (request.len > 0 && strchr("\r\n \t", request.ptr[0])) {
		request.ptr++;
		request.len--;
	}
	put_lines(&lines, request);
	rest = writer_text(&lines);
	if (!next_line(&rest, &line) || !split_start_line(line, &start)) {
		err = EBADMSG;
		goto out;
	}

	writer_put(&message, start.whole);
	writer_put(&message, TEXT("\r\n"));
	for (size_t i = 0;
	     i < sizeof(needed_headers) / sizeof(needed_headers[0]); i++)
		if (!has_header(rest, &needed_headers[i]))
			put_missing(&message, &needed_headers[i], &start);
	writer_put(&message, rest);
	if (!writer_is_complete(&message)) {
		err = EMSGSIZE;
		goto out;
	}
	*ret_message = buffer;
	*ret_len = message.len;
	buffer = NULL;
out:
	free(lines_buffer);
	free(buffer);
	return err;
}

/* It comes from where the question says, or its Via, if that is an address. */
static struct sip_source source_of(const struct call_question *question,
				   const struct sip_request *request)
{
	const struct sip_via *via = &request->via;
	bool is_address = via->host_kind != SIP_HOST_NAME && via->host.len > 0;
	struct sip_source source = { .host = is_address ? via->host
							: TEXT("192.0.2.1"),
				     .port = via->port ? via->port : 5060 };

	if (question->source_host.len > 0)
		source.host = question->source_host;
	if (question->source_port)
		source.port = question->source_port;
	return source;
}

/* That of its source; listener "": however it is listened for. */
static const struct snapshot_peer_profile *profile_of(
	const struct snapshot *snapshot, struct text listener, struct text host)
{
	const struct snapshot_peer_profiles *profiles =
		snapshot_peer_profiles(snapshot);
	struct ip_address address;

	if (host.len > 2 && host.ptr[0] == '[')
		host = (struct text){ host.ptr + 1, host.len - 2 };
	if (!profiles || ip_address_parse(host, &address))
		return NULL;
	return snapshot_peer_profiles_find(profiles, listener, &address);
}

static void copy_tag(const struct extension_policy *policy,
		     const struct sip_request *request, struct text domain,
		     const struct extension_tag *tag,
		     enum extension_header header,
		     struct call_simulation *simulation)
{
	struct extension_verdict verdict = extension_policy_resolve(
		policy, header, tag->tag, request->method_text, domain);
	struct call_simulation_tag *copy;

	if (simulation->tag_count == CALL_SIMULATION_TAGS_MAX)
		return;
	copy = &simulation->tags[simulation->tag_count++];
	text_copy(tag->tag, copy->tag, sizeof(copy->tag));
	copy->header = extension_header_name(header);
	copy->action = extension_action_name(verdict.action);
	copy->level = extension_level_name(verdict.level);
	copy->rule_id[0] = '\0';
	if (verdict.rule)
		text_copy(text_of(verdict.rule->id), copy->rule_id,
			  sizeof(copy->rule_id));
}

/*
 * What the policy says of each tag in each header it came in: also where the
 * request is refused before the policy is asked, because that is what whoever
 * edits a rule wants to see.
 */
static void copy_tags(const struct extension_policy *policy,
		      const struct sip_request *request, struct text domain,
		      struct call_simulation *simulation)
{
	struct extension_decision extension;

	extension_decide(policy, request, domain, &extension);
	for (size_t i = 0; i < extension.tag_count; i++) {
		const struct extension_tag *tag = &extension.tags[i];

		if (tag->in_require)
			copy_tag(policy, request, domain, tag,
				 EXTENSION_REQUIRE, simulation);
		if (tag->in_proxy_require)
			copy_tag(policy, request, domain, tag,
				 EXTENSION_PROXY_REQUIRE, simulation);
	}
}

static void copy_contacts(const struct redirect_decision *redirect,
			  struct call_simulation *simulation)
{
	for (size_t i = 0;
	     i < redirect->contact_count && i < CALL_SIMULATION_CONTACTS_MAX;
	     i++) {
		struct call_simulation_contact *contact =
			&simulation->contacts[simulation->contact_count++];

		text_copy(redirect->contacts[i].uri, contact->uri,
			  sizeof(contact->uri));
		contact->q_permille = redirect->contacts[i].q_permille;
	}
}

static void copy_withheld(const struct redirect_decision *redirect,
			  struct call_simulation *simulation)
{
	for (size_t i = 0; i < redirect->withheld_count; i++) {
		const struct target_term *term = redirect->withheld[i].term;
		struct call_simulation_withheld *withheld =
			&simulation->withheld[simulation->withheld_count++];

		text_copy(redirect->withheld[i].uri, withheld->uri,
			  sizeof(withheld->uri));
		text_copy(text_of(term ? term->id : ""), withheld->rule_id,
			  sizeof(withheld->rule_id));
	}
}

static void copy_decision(const struct call_decision *decision,
			  struct call_simulation *simulation)
{
	struct text reason = decision->status ? decision->reason
					      : no_answer_reason;

	simulation->status = decision->status;
	simulation->reason = decision->why;
	text_copy(reason, simulation->reason_phrase,
		  sizeof(simulation->reason_phrase));
	text_copy((struct text){ decision->address, decision->address_len },
		  simulation->address, sizeof(simulation->address));
	text_copy((struct text){ decision->domain, decision->domain_len },
		  simulation->domain, sizeof(simulation->domain));
	if (decision->status >= 300 && decision->status < 400)
		copy_contacts(&decision->redirect, simulation);
	copy_withheld(&decision->redirect, simulation);
	if (decision->redirect.move && decision->status >= 300 &&
	    decision->status < 400)
		text_copy(text_of(decision->redirect.move->id),
			  simulation->move_id, sizeof(simulation->move_id));
	if (decision->why == CALL_TARGETS_NOT_ALLOWED)
		text_copy(text_of(decision->redirect.withheld_from->id),
			  simulation->move_id, sizeof(simulation->move_id));
	if (decision->why == CALL_MOVE_NOT_STARTED)
		text_copy(text_of(decision->next_move->id), simulation->move_id,
			  sizeof(simulation->move_id));
}

static void write_answer(const struct sip_request *request,
			 struct sip_source source,
			 const struct call_settings *settings,
			 struct call_decision *decision,
			 struct call_simulation *simulation)
{
	if (text_equals_nocase(request->via.transport, TEXT("UDP")))
		source.answer_max = sip_response_max_udp(request);
	for (int tries = 0; tries < 2 && simulation->response_len == 0;
	     tries++) {
		if (tries > 0)
			call_fail(decision);
		simulation->response_len = sip_response_write(
			request, &source, settings, decision,
			TEXT("simulation"), simulation->response,
			sizeof(simulation->response) - 1);
	}
	simulation->response[simulation->response_len] = '\0';
}

static int simulate(const struct call_settings *server,
		    const struct snapshot *snapshot,
		    const struct call_question *question,
		    struct call_simulation *simulation)
{
	struct call_settings settings = { 0 };
	struct sip_request request;
	struct call_decision decision;
	const struct snapshot_peer_profile *profile;
	struct sip_source source;

	if (server)
		settings = *server;
	settings.policy = question->policy;
	settings.authentication = NULL;
	if (sip_request_scan_datagram(question->request, &request) !=
	    SIP_SCAN_REQUEST)
		return EBADMSG;
	memset(simulation, 0, sizeof(*simulation));
	source = source_of(question, &request);
	profile = profile_of(snapshot, question->listener, source.host);
	call_use_profile(&settings, profile);
	if (profile)
		text_copy(text_of(profile->name), simulation->profile,
			  sizeof(simulation->profile));
	call_decide(snapshot, &settings, &request, false, question->now_ms,
		    &decision);
	/* RFC 3261 18.2.2: without a Via there is nowhere to answer to. */
	if (request.via_count == 0)
		decision.status = 0;
	if (decision.status)
		write_answer(&request, source, &settings, &decision,
			     simulation);
	copy_decision(&decision, simulation);
	copy_tags(question->policy, &request,
		  (struct text){ decision.domain, decision.domain_len },
		  simulation);
	return 0;
}

int sip_simulate(const void *settings, const struct snapshot *snapshot,
		 const struct call_question *question,
		 struct call_simulation *ret_simulation)
{
	struct call_question completed = *question;
	char *message = NULL;
	size_t len = 0;
	int err = complete(question->request, &message, &len);

	completed.request = (struct text){ message, len };
	if (!completed.policy)
		completed.policy = snapshot_extension_policy(snapshot);
	if (!err)
		err = simulate(settings, snapshot, &completed, ret_simulation);
	free(message);
	return err;
}
