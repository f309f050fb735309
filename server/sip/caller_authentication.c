#include "sip/caller_authentication.h"

static void count(const struct caller_authentication *authentication,
		  enum sip_traffic_event event)
{
	sip_counter_add(&authentication->counters->events[event], 1);
}

const struct digest_verdict *caller_authentication_check(
	struct caller_authentication *authentication,
	const struct snapshot *snapshot, const struct sip_request *request,
	struct text host, int64_t monotonic_us)
{
	struct digest_question question;

	if (!snapshot_has_authentication(snapshot) || request->fault.status ||
	    !request->uri_is_valid || request->has_to_tag)
		return NULL;
	question = (struct digest_question){
		.request = request,
		.source = host,
		.own_hosts = authentication->settings->own_hosts,
		.own_host_count = authentication->settings->own_host_count,
		.now_ms = monotonic_us / 1000,
	};
	digest_check(authentication->guard, snapshot, &question,
		     &authentication->verdict);
	if (authentication->verdict.outcome == DIGEST_WRONG)
		count(authentication, SIP_TRAFFIC_CREDENTIALS_WRONG);
	else if (authentication->verdict.outcome == DIGEST_STALE)
		count(authentication, SIP_TRAFFIC_CREDENTIALS_STALE);
	return &authentication->verdict;
}
