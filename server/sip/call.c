#include "sip/call.h"

#include <string.h>

#include "sip/call_explanation.h"
#include "sip/sip_response.h"

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
	bool is_for_server; /* OPTIONS without a user: RFC 3261 11.2 */
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

/* 8.2.1, 21.4.6; methods that nobody knows are redirected (8.3). */
static bool step_method(struct call *call)
{
	return call->request->method != SIP_REGISTER ||
	       refuse_plainly(call, 405);
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

static bool is_own_host(const struct call_settings *settings, struct text host)
{
	for (size_t i = 0; i < settings->own_host_count; i++)
		if (text_equals(settings->own_hosts[i], host))
			return true;
	return false;
}

/* 8.2.2.1, 21.4.5 */
static bool step_domain(struct call *call)
{
	const struct sip_request *request = call->request;
	bool is_served, has_user = request->uri.has_user;
	struct text domain;

	canonicalise(call);
	if (request->uri.scheme == SIP_SCHEME_TEL)
		return true;
	domain = decision_domain(call->decision);
	is_served = snapshot_domain(call->snapshot, domain) != NULL;
	call->is_for_server =
		request->method == SIP_OPTIONS && !has_user &&
		(is_served || is_own_host(call->settings, domain));
	return is_served || call->is_for_server || refuse_plainly(call, 404);
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

/*
 * 21.4.5: the one lookup. What it found is used by the last step; that the
 * user is known at all counts here, before the policy.
 */
static bool step_user(struct call *call)
{
	struct call_decision *decision = call->decision;
	const struct sip_uri *uri = &call->request->uri;
	char buffer[SIP_CANONICAL_SIZE];
	const struct snapshot_address *found;
	struct text number;

	if (call->is_for_server)
		return true;
	number = number_of(call, buffer, sizeof(buffer));
	decision->redirect = redirect_decide(call->snapshot, uri,
					     decision_address(decision), number,
					     call->now_ms);
	found = decision->redirect.address;
	if (!found)
		return refuse_plainly(call, 404);
	/* What is logged is the address that answered. */
	if (number.len > 0 && text_equals(found->canonical, number)) {
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

/* 8.2.2.3, 16.3(5), 8.3: design 4.6 */
static bool step_extensions(struct call *call)
{
	const struct extension_policy *policy = call->settings->policy;
	struct extension_decision *extension = &call->decision->extension;

	if (!policy)
		policy = snapshot_extension_policy(call->snapshot);
	extension_decide(policy, call->request, decision_domain(call->decision),
			 extension);
	return extension->status == 0 ||
	       refuse(call, extension->status, extension->reason);
}

/* 8.3, 11.2, 21.3.3, 21.4.18 */
static bool step_answer(struct call *call)
{
	return refuse_plainly(call, call->is_for_server
					    ? 200
					    : call->decision->redirect.status);
}

static const call_step_fn steps[] = {
	step_ack,    step_syntax, step_dialog, step_method,	step_uri,
	step_domain, step_user,	  step_merged, step_extensions, step_answer,
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
			     .now_ms = now_ms,
			     .decision = ret_decision };
	struct call_explanation explanation;

	/* Not zeroed as a whole: its arrays are filled as far as counted. */
	ret_decision->redirect = (struct redirect_decision){ 0 };
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
	explanation = call_explain(snapshot, ret_decision, now_ms);
	ret_decision->why = explanation.reason;
	ret_decision->next_move = explanation.next_move;
}
