#include "webhook/connection_guard.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static curl_socket_t open_socket(void *arg, curlsocktype purpose,
				 struct curl_sockaddr *at)
{
	struct connection_guard *guard = arg;
	const struct sockaddr *sockaddr = &at->addr;
	struct ip_address address;
	struct sockaddr_storage copy = { 0 };
	uint16_t port;

	if (purpose != CURLSOCKTYPE_IPCXN ||
	    (at->family != AF_INET && at->family != AF_INET6) ||
	    at->addrlen > sizeof(copy)) {
		guard->refusal = "leads to no IP address";
		return CURL_SOCKET_BAD;
	}
	memcpy(&copy, sockaddr, at->addrlen);
	address = ip_address_of((struct sockaddr *)&copy);
	port = ntohs(at->family == AF_INET
			     ? ((struct sockaddr_in *)&copy)->sin_port
			     : ((struct sockaddr_in6 *)&copy)->sin6_port);
	guard->refusal = webhook_policy_judge(guard->policy, &address, port);
	if (guard->refusal)
		return CURL_SOCKET_BAD;
	return socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
}

static CURLcode set_schemes(const struct webhook_policy *policy, CURL *easy)
{
	const char *schemes = policy->allow_http ? "https,http" : "https";
	CURLcode code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, schemes);

	return code ? code
		    : curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR,
				       schemes);
}

CURLcode connection_guard_set(struct connection_guard *guard, CURL *easy)
{
	static const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_QUICK_EXIT, 1 }, /* whatever the resolver waits for */
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	};
	CURLcode code = set_schemes(guard->policy, easy);

	for (size_t i = 0; !code && i < sizeof(numbers) / sizeof(*numbers); i++)
		code = curl_easy_setopt(easy, numbers[i].option,
					numbers[i].value);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_PROXY, "");
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
					open_socket);
	return code ? code
		    : curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, guard);
}
