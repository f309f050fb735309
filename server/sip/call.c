#include "sip/call.h"

#include <string.h>

#include "sip/call_explanation.h"
#include "sip/caller_privacy.h"
#include "sip/sip_response.h"

enum {
	RETRY_JITTER_MAX_S = 30,
};

/* Of a call that no domain is asked for: numbers, OPTIONS to the server. */
static const struct domain_settings no_settings = {
	.style = { .contacts_max = MOVE_TARGETS_MAX },
};

/*
 * The order of steps is the contract (RFC 3261 8.2 and 16.3, with 8.3 for what
 * a redirect server leaves alone). Each step either refuses, and then nothing
 * behind it is looked at, or lets the request through.
 */
struct call {
	const struct snapshot *snapshot;
	const struct call_settings *settings;
	const struct sip_request *request;
	bool is_merged;
	bool is_for_server;    /* OPTIONS without a user: RFC 3261 11.2 */
	struct text registrar; /* where a REGISTER goes; empty: it is none */
	const struct domain_settings *domain;
	int64_t now_ms;
	struct call_decision *decision;
};

/* False: the step has answered. */
typedef bool (*call_step_fn)(struct call *call);

static bool refuse(struct call *call, uint16_t status, struct text reason)
{
	call->decision->status = status;
	call->decision->reason = reason;
	return false;
}

static bool refuse_plainly(struct call *call, uint16_t status)
{
	return refuse(call, status, sip_reason_phrase(status));
}

/* RFC 3261 17.1.1.3: an ACK is never answered, whatever it holds. */
static bool step_ack(struct call *call)
{
	return call->request->method != SIP_ACK ||
	       refuse(call, 0, (struct text){ 0 });
}

/* 21.4.1, 21.5.6: version, syntax, CSeq. */
static bool step_syntax(struct call *call)
{
	const struct sip_request *request = call->request;

	if (request->fault.status)
		return refuse(call, request->fault.status,
			      request->fault.reason);
	return request->uri_is_valid ||
	       refuse(call, 400, TEXT("Malformed Request-URI"));
}

/* 9.2, 12.2.2, 15.1.2; RFC 3262, 3311, 6086, 6665: nothing here has dialogs,
 * and a CANCEL that gets this far has met no transaction. */
static bool step_dialog(struct call *call)
{
	static const bool needs_dialog[SIP_METHOD_OTHER + 1] = {
		[SIP_CANCEL] = true, [SIP_BYE] = true,	[SIP_PRACK] = true,
		[SIP_UPDATE] = true, [SIP_INFO] = true, [SIP_NOTIFY] = true,
	};
	const struct sip_request *request = call->request;

	return (!request->has_to_tag && !needs_dialog[request->method]) ||
	       refuse_plainly(call, 481);
}

/* Where the domain of a REGISTER sends it; empty: nowhere. */
static struct text registrar_of(const struct call *call)
{
	const struct sip_uri *uri = &call->request->uri;
	char buffer[SIP_CANONICAL_SIZE];
	struct writer writer = writer_over(buffer, sizeof(buffer));
	const struct snapshot_domain *domain;
	struct sip_uri target;
	struct text text;

	if (sip_host_canonical(uri->host, &writer))
		return (struct text){ 0 };
	domain = snapshot_domain(call->snapshot, writer_text(&writer));
	if (!domain || !domain->settings->redirects_register)
		return (struct text){ 0 };
	text = text_of(domain->settings->register_target);
	/* 8.3: never to where it was asked. RFC 5630 5.4 */
	if (sip_uri_parse(text, &target) || sip_uri_equals(&target, uri) ||
	    (uri->scheme == SIP_SCHEME_SIPS &&
	     target.scheme != SIP_SCHEME_SIPS))
		return (struct text){ 0 };
	return text;
}

/* 8.2.1, 21.4.6; methods that nobody knows are redirected (8.3). */
static bool step_method(struct call *call)
{
	if (call->request->method != SIP_REGISTER)
		return true;
	call->registrar = registrar_of(call);
	return call->registrar.len > 0 || refuse_plainly(call, 405);
}

/* 8.2.2.1, 19.1.1 */
static bool step_uri(struct call *call)
{
	const struct sip_uri *uri = &call->request->uri;

	if (uri->scheme == SIP_SCHEME_OTHER)
		return refuse_plainly(call, 416);
	return !uri->has_headers ||
	       refuse(call, 400, TEXT("Headers in Request-URI"));
}

static struct text decision_address(const struct call_decision *decision)
{
	return (struct text){ decision->address, decision->address_len };
}

static struct text decision_domain(const struct call_decision *decision)
{
	return (struct text){ decision->domain, decision->domain_len };
}

/* Keeps one byte free, so that the result may be terminated. */
static size_t canonical_len(int err, const struct writer *writer)
{
	return err || !writer_is_complete(writer) ? 0 : writer->len;
}

/* The address and, as its part after the '@', the domain; a tel: URI has none,
 * and a URI without an address may still have one. */
static void canonicalise(struct call *call)
{
	const struct sip_uri *uri = &call->request->uri;
	struct call_decision *decision = call->decision;
	struct writer writer =
		writer_over(decision->address, sizeof(decision->address) - 1);
	const char *at;

	decision->address_len =
		canonical_len(sip_uri_canonical(uri, &writer), &writer);
	if (uri->scheme == SIP_SCHEME_TEL)
		return;
	at = memrchr(decision->address, '@', decision->address_len);
	if (at) {
		decision->domain_len = (size_t)(decision->address +
						decision->address_len - at - 1);
		memcpy(decision->domain, at + 1, decision->domain_len);
		return;
	}
	writer = writer_over(decision->domain, sizeof(decision->domain) - 1);
	decision->domain_len =
		canonical_len(sip_host_canonical(uri->host, &writer), &writer);
}

/* 22.1: never 407, and ACK and CANCEL do not get this far. */
static bool step_authentication(struct call *call)
{
	const struct digest_verdict *verdict = call->settings->authentication;

	if (!verdict || verdict->outcome == DIGEST_NOT_ASKED ||
	    verdict->outcome == DIGEST_ACCEPTED)
		return true;
	call->decision->challenge = verdict->challenge;
	canonicalise(call); /* for the log */
	return refuse_plainly(call, 401);
}

static bool is_own_host(const struct call_settings *settings, struct text host)
{
	for (size_t i = 0; i < settings->own_host_count; i++)
		if (text_equals(settings->own_hosts[i], host))
			return true;
	return false;
}

static void use_domain(struct call *call, const struct snapshot_domain *domain)
{
	struct call_decision *decision = call->decision;

	call->domain = domain->settings;
	if (call->domain->ignores_user_case)
		sip_address_ignore_case(decision->address,
					decision->address_len);
	if (!call->settings->profile)
		decision->style = &call->domain->style;
}

/* 8.2.2.1, 21.4.5 */
static bool step_domain(struct call *call)
{
	const struct sip_request *request = call->request;
	bool has_user = request->uri.has_user;
	const struct snapshot_domain *served;
	struct text domain;

	canonicalise(call);
	if (request->uri.scheme == SIP_SCHEME_TEL)
		return true;
	domain = decision_domain(call->decision);
	served = snapshot_domain(call->snapshot, domain);
	if (served)
		use_domain(call, served);
	call->is_for_server = request->method == SIP_OPTIONS && !has_user &&
			      (served || is_own_host(call->settings, domain));
	return served || call->is_for_server || refuse_plainly(call, 404);
}

/* RFC 5079; after 404 for a domain that is none of ours. */
static bool step_anonymous(struct call *call)
{
	return !call->domain->rejects_anonymous || call->is_for_server ||
	       !caller_is_anonymous(call->request) || refuse_plainly(call, 433);
}

/* RFC 3261 19.1.6: the number that a SIP URI's user part stands for. */
static struct text number_of(const struct call *call, char *buffer, size_t size)
{
	const struct sip_uri *uri = &call->request->uri;
	struct writer writer = writer_over(buffer, size);
	struct text global = TEXT("sip:+");

	if (!text_starts_with_nocase(decision_address(call->decision), global))
		return (struct text){ 0 };
	return (struct text){
		buffer,
		canonical_len(sip_uri_canonical_number(uri, &writer), &writer)
	};
}

/* What the domain has instead of 404 and 480. A Request-URI that is no address
 * stays unknown. */
static void settle_refusal(struct call *call,
			   const struct redirect_question *question)
{
	struct redirect_decision *redirect = &call->decision->redirect;

	if (question->canonical.len == 0)
		return;
	if (call->domain->redirects_otherwise &&
	    redirect_otherwise(question,
			       text_of(call->domain->otherwise_template),
			       redirect))
		return;
	if (call->domain->refuses_uniformly) {
		redirect->status = 480;
		redirect->is_sips_refused = false;
	}
}

/*
 * 21.4.5: the one lookup. What it found is used by the last step; that the
 * user is known at all counts here, before the policy.
 */
static bool step_user(struct call *call)
{
	struct call_decision *decision = call->decision;
	char buffer[SIP_CANONICAL_SIZE];
	struct redirect_question question;
	const struct snapshot_address *found;
	struct text number;

	if (call->is_for_server || call->registrar.len > 0)
		return true;
	number = number_of(call, buffer, sizeof(buffer));
	question = (struct redirect_question){
		.uri = &call->request->uri,
		.canonical = decision_address(decision),
		.number = number,
		.ignores_user_case = call->domain->ignores_user_case,
		.style = decision->style,
		.now_ms = call->now_ms,
	};
	redirect_decide(call->snapshot, &question, &decision->redirect);
	if (decision->redirect.contact_count == 0)
		settle_refusal(call, &question);
	found = decision->redirect.address;
	if (!found && decision->redirect.status == 404)
		return refuse_plainly(call, 404);
	/* What is logged is the address that answered. */
	if (found && number.len > 0 && text_equals(found->canonical, number)) {
		memcpy(decision->address, number.ptr, number.len);
		decision->address_len = number.len;
	}
	return true;
}

/* 8.2.2.2 */
static bool step_merged(struct call *call)
{
	return !call->is_merged || refuse_plainly(call, 482);
}

static const struct extension_policy *policy_of(const struct call *call)
{
	return call->settings->policy
		       ? call->settings->policy
		       : snapshot_extension_policy(call->snapshot);
}

/* 8.2.2.3, 16.3(5), 8.3: design 4.6 */
static bool step_extensions(struct call *call)
{
	struct extension_decision *extension = &call->decision->extension;

	extension_decide(policy_of(call), call->request,
			 decision_domain(call->decision), extension);
	return extension->status == 0 ||
	       refuse(call, extension->status, extension->reason);
}

/* 10.3: another server is asked to register. */
static void redirect_to_registrar(struct call *call)
{
	struct redirect_decision *redirect = &call->decision->redirect;

	redirect->status = 302;
	redirect->contacts[0] =
		(struct redirect_contact){ .uri = call->registrar,
					   .q_permille = 1000 };
	redirect->contact_count = 1;
	call->decision->style = &no_settings.style;
}

/*
 * 20.33. Up to a tenth later, so that not all come back at once; which part of
 * it depends on the call alone, and copies of one are told the same.
 */
static uint32_t retry_after_s(const struct call *call)
{
	static const struct hash_key key;
	const struct snapshot_address *address =
		call->decision->redirect.address;
	uint64_t seconds = 0, jitter;

	if (call->domain->retry_after == RETRY_AFTER_NEXT_START)
		seconds = redirect_next_start_s(address, call->now_ms);
	else if (call->domain->retry_after == RETRY_AFTER_FIXED)
		seconds = call->domain->retry_after_s;
	if (seconds == 0)
		return 0;
	jitter = seconds / 10 < RETRY_JITTER_MAX_S ? seconds / 10
						   : RETRY_JITTER_MAX_S;
	seconds += hash_text(&key, call->request->call_id) % (jitter + 1);
	return seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

/* Checked when it was written and loaded, and once more, as Contacts are. */
static struct text unavailable_phrase(const struct call *call)
{
	struct text phrase = text_of(call->domain->unavailable_phrase);

	return reason_phrase_is_sendable(phrase) ? phrase
						 : sip_reason_phrase(480);
}

/* What comes is answered all the same: load balancers are asked to wait. */
static bool is_draining(const struct call_settings *settings)
{
	return settings->draining &&
	       atomic_load_explicit(settings->draining, memory_order_relaxed);
}

/* 11.2, 20.37: the one extension there is, where it is switched on and the
 * policy counts it as understood. */
static bool tells_histinfo(const struct call *call)
{
	return call->decision->style->has_history_info &&
	       extension_policy_resolve(policy_of(call), EXTENSION_REQUIRE,
					TEXT("histinfo"),
					call->request->method_text,
					decision_domain(call->decision))
			       .action == EXTENSION_ACCEPT;
}

static bool answer_for_server(struct call *call)
{
	call->decision->tells_histinfo = tells_histinfo(call);
	return refuse_plainly(call, is_draining(call->settings) ? 503 : 200);
}

static bool redirect_plainly(struct call *call)
{
	const struct call_settings *settings = call->settings;
	struct call_decision *decision = call->decision;
	const struct redirect_subject subject = {
		.request = call->request,
		.style = decision->style,
		.own_host = settings->own_host_count > 0
				    ? settings->own_hosts[0]
				    : TEXT(""),
		.address = decision_address(decision),
		.ignores_user_case = call->domain->ignores_user_case,
	};

	redirect_words_find(&decision->words, &subject, &decision->redirect);
	return refuse_plainly(call, decision->redirect.status);
}

/* 8.3, 11.2, 21.3.3, 21.4.18, 21.5.4 */
static bool step_answer(struct call *call)
{
	if (call->is_for_server)
		return answer_for_server(call);
	if (call->registrar.len > 0)
		redirect_to_registrar(call);
	else if (call->decision->redirect.contact_count > 0 &&
		 call->settings->profile)
		call->decision->profile = call->settings->profile_name;
	if (call->decision->redirect.status == 480 &&
	    call->domain->retry_after != RETRY_AFTER_OFF)
		call->decision->retry_after_s = retry_after_s(call);
	if (call->decision->redirect.status == 480)
		return refuse(call, 480, unavailable_phrase(call));
	if (call->decision->redirect.contact_count == 0)
		return refuse_plainly(call, call->decision->redirect.status);
	return redirect_plainly(call);
}

static const call_step_fn steps[] = {
	step_ack,    step_syntax, step_dialog,	   step_authentication,
	step_method, step_uri,	  step_domain,	   step_anonymous,
	step_user,   step_merged, step_extensions, step_answer,
};

void call_decide(const struct snapshot *snapshot,
		 const struct call_settings *settings,
		 const struct sip_request *request, bool is_merged,
		 int64_t now_ms, struct call_decision *ret_decision)
{
	struct call call = { .snapshot = snapshot,
			     .settings = settings,
			     .request = request,
			     .is_merged = is_merged,
			     .domain = &no_settings,
			     .now_ms = now_ms,
			     .decision = ret_decision };
	struct call_explanation explanation;

	/* Not zeroed as a whole: its arrays are filled as far as counted. */
	redirect_clear(&ret_decision->redirect);
	ret_decision->style = settings->profile ? settings->profile
						: &no_settings.style;
	ret_decision->profile = TEXT("");
	ret_decision->retry_after_s = 0;
	ret_decision->tells_histinfo = false;
	ret_decision->left_out = 0;
	ret_decision->extension.status = 0;
	ret_decision->extension.reason = (struct text){ 0 };
	ret_decision->extension.tag_count = 0;
	ret_decision->extension.rejected_count = 0;
	ret_decision->address_len = 0;
	ret_decision->domain_len = 0;
	ret_decision->revision = snapshot_revision(snapshot);

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (!steps[i](&call))
			break;
	/* Where another step answered, no target would have been sent. */
	if (ret_decision->status != ret_decision->redirect.status)
		ret_decision->redirect.withheld_count = 0;
	explanation = call_explain(snapshot, ret_decision, now_ms);
	ret_decision->why = explanation.reason;
	ret_decision->next_move = explanation.next_move;
}

void call_fail(struct call_decision *decision)
{
	decision->status = 500;
	decision->reason = sip_reason_phrase(500);
	decision->why = CALL_SERVER_ERROR;
	decision->left_out = 0;
}
