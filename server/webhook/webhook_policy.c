#include "webhook/webhook_policy.h"

#include <curl/curl.h>
#include <string.h>

#include "db/webhook_endpoint.h"

/*
 * What is not the Internet (IANA's special-purpose registries), the addresses
 * that clouds tell their secrets on, and the forms that wrap an IPv4 address.
 * ::ffff:0:0/96 is not among them: such an address is the IPv4 one that it
 * wraps (ip_network.h).
 */
static const char *const closed[] = {
	"0.0.0.0/8",	    "10.0.0.0/8",     "100.64.0.0/10",
	"127.0.0.0/8",	    "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24",	    "192.0.2.0/24",   "192.88.99.0/24",
	"192.168.0.0/16",   "198.18.0.0/15",  "198.51.100.0/24",
	"203.0.113.0/24",   "224.0.0.0/4",    "240.0.0.0/4",
	"168.63.129.16/32", "::/96",	      "64:ff9b::/96",
	"64:ff9b:1::/48",   "100::/64",	      "2001::/23",
	"2001:db8::/32",    "2002::/16",      "3fff::/20",
	"5f00::/16",	    "fc00::/7",	      "fe80::/10",
	"fec0::/10",	    "ff00::/8",
};

static bool is_closed(const struct ip_address *address)
{
	struct ip_network network;

	for (size_t i = 0; i < sizeof(closed) / sizeof(*closed); i++)
		if (!ip_network_parse(text_of(closed[i]), &network) &&
		    ip_network_has(&network, address))
			return true;
	return false;
}

const char *webhook_policy_judge(const struct webhook_policy *policy,
				 const struct ip_address *address,
				 uint16_t port)
{
	for (size_t i = 0; i < policy->network_count; i++)
		if (ip_network_has(&policy->networks[i], address))
			return NULL;
	if (is_closed(address))
		return "leads to an address that is not of the Internet, and "
		       "in none of [webhooks] allow_networks";
	for (size_t i = 0; i < policy->port_count; i++)
		if (policy->ports[i] == port)
			return NULL;
	return "leads to a port that is none of [webhooks] ports";
}

/* --- settings ---------------------------------------------------------------
 */

static bool next_word(struct text *rest, struct text *ret_word)
{
	static const char blanks[] = " \t,";

	while (rest->len > 0 && strchr(blanks, *rest->ptr)) {
		rest->ptr++;
		rest->len--;
	}
	ret_word->ptr = rest->ptr;
	ret_word->len = 0;
	while (rest->len > 0 && !strchr(blanks, *rest->ptr)) {
		rest->ptr++;
		rest->len--;
		ret_word->len++;
	}
	return ret_word->len > 0;
}

const char *webhook_policy_networks(struct text text,
				    struct webhook_policy *policy)
{
	struct text word;

	policy->network_count = 0;
	while (next_word(&text, &word)) {
		if (policy->network_count == WEBHOOK_NETWORKS_MAX)
			return "names more than 32 networks";
		if (ip_network_parse(
			    word, &policy->networks[policy->network_count++]))
			return "names something that is no network, such as "
			       "10.0.0.0/8";
	}
	return NULL;
}

const char *webhook_policy_ports(struct text text,
				 struct webhook_policy *policy)
{
	struct text word;
	uint64_t port;

	policy->port_count = 0;
	while (next_word(&text, &word)) {
		if (policy->port_count == WEBHOOK_PORTS_MAX)
			return "names more than 32 ports";
		if (text_to_u64(word, &port) || port == 0 || port > UINT16_MAX)
			return "names something that is no port";
		policy->ports[policy->port_count++] = (uint16_t)port;
	}
	return policy->port_count > 0 ? NULL : "names no port";
}

/* --- a URL ------------------------------------------------------------------
 */

static bool has_part(CURLU *url, CURLUPart part)
{
	char *value = NULL;
	bool has = curl_url_get(url, part, &value, 0) == CURLUE_OK;

	curl_free(value);
	return has;
}

static bool is_scheme(CURLU *url, const char *scheme)
{
	char *value = NULL;
	bool is = curl_url_get(url, CURLUPART_SCHEME, &value, 0) == CURLUE_OK &&
		  !strcmp(value, scheme);

	curl_free(value);
	return is;
}

/* One that is an address already. libcurl has made 2130706433 and 0x7f.1 what
 * they are. */
static const char *judge_host(const struct webhook_policy *policy, CURLU *url)
{
	char *host = NULL, *port = NULL;
	struct ip_address address;
	const char *why = NULL;
	uint64_t number = 0;
	struct text text;

	if (curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
		    CURLUE_OK) {
		text = text_of(host);
		if (text.len > 2 && text.ptr[0] == '[')
			text = (struct text){ text.ptr + 1, text.len - 2 };
		if (!ip_address_parse(text, &address) &&
		    !text_to_u64(text_of(port), &number))
			why = webhook_policy_judge(policy, &address,
						   (uint16_t)number);
	} else {
		why = "has no host";
	}
	curl_free(host);
	curl_free(port);
	return why;
}

static const char *check_parts(const struct webhook_policy *policy, CURLU *url)
{
	if (!is_scheme(url, "https") &&
	    !(policy->allow_http && is_scheme(url, "http")))
		return policy->allow_http
			       ? "must begin with https:// or http://"
			       : "must begin with https://";
	if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
		return "must not hold a user or a password";
	if (has_part(url, CURLUPART_FRAGMENT))
		return "must not have a part behind #";
	return judge_host(policy, url);
}

const char *webhook_policy_check_url(const struct webhook_policy *policy,
				     struct text url)
{
	char copy[WEBHOOK_URL_MAX + 1];
	const char *why = "is no URL";
	CURLU *parsed;

	for (size_t i = 0; i < url.len; i++)
		if (url.ptr[i] <= ' ' || url.ptr[i] > '~')
			return "must be visible ASCII, everything else as "
			       "%XX";
	if (!text_copy(url, copy, sizeof(copy)))
		return "is longer than 1023 bytes";
	parsed = curl_url();
	if (!parsed)
		return "could not be looked at";
	if (curl_url_set(parsed, CURLUPART_URL, copy,
			 CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
		why = check_parts(policy, parsed);
	curl_url_cleanup(parsed);
	return why;
}
