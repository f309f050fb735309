/*
 * webhook_policy.h - where webhooks may be sent. Names and odd spellings of
 * addresses are not judged: the address that a connection is really made to is,
 * at that moment, so that no name, redirect or second look-up leads elsewhere.
 * Immutable; any thread.
 */
#ifndef SIPMOVED_WEBHOOK_POLICY_H
#define SIPMOVED_WEBHOOK_POLICY_H

#include "base/ip_network.h"

enum {
	WEBHOOK_NETWORKS_MAX = 32,
	WEBHOOK_PORTS_MAX = 32,
};

struct webhook_policy {
	/* Besides the Internet: whatever is in these, at any port. */
	struct ip_network networks[WEBHOOK_NETWORKS_MAX];
	size_t network_count;
	uint16_t ports[WEBHOOK_PORTS_MAX]; /* elsewhere these alone */
	size_t port_count;
	bool allow_http; /* without TLS */
};

/* "10.0.0.0/8, 192.0.2.7"; "443 8443". NULL, or what is wrong. */
const char *webhook_policy_networks(struct text text,
				    struct webhook_policy *policy);
const char *webhook_policy_ports(struct text text,
				 struct webhook_policy *policy);

/* NULL, or why not. */
const char *webhook_policy_judge(const struct webhook_policy *policy,
				 const struct ip_address *address,
				 uint16_t port);
/* As far as it tells by itself; NULL, or what is wrong with it. */
const char *webhook_policy_check_url(const struct webhook_policy *policy,
				     struct text url);

#endif
