#include "greeting.h"

#include <stdio.h>
#include <string.h>

static void print_sip_listen(const char *transport, const struct sip_listen *at)
{
	bool is_ipv6 = strchr(at->host, ':') != NULL;

	printf("SIP  %s:%s%s%s:%u\n", transport, is_ipv6 ? "[" : "", at->host,
	       is_ipv6 ? "]" : "", (unsigned)at->port);
}

/* The README's first command, for who has no move yet. */
static void print_first_move(const struct greeting *greeting)
{
	char socket_path[CONFIG_PATH_MAX];

	if (greeting->has_moves)
		return;
	config_socket_path(greeting->config, socket_path);
	printf("\nA first move, from another terminal (the local socket needs "
	       "no token):\n"
	       "curl -s --unix-socket %s "
	       "'http://localhost/v1/moves?on_conflict=replace' --json "
	       "'{\"address\":\"sip:alice@example.com\",\"targets\":[{\"uri\":"
	       "\"sip:alice@hotel.example.net\"}],\"ends_at\":"
	       "\"2030-12-05T18:00:00\",\"time_zone\":\"Asia/Jakarta\"}'\n",
	       socket_path);
}

void greeting_print(const struct greeting *greeting)
{
	const struct config *config = greeting->config;
	struct api_listen first = { .port = 0 };

	for (size_t i = 0; i < config->sip_listen_count; i++) {
		struct sip_listen at = sip_server_listen(greeting->sip, i);

		print_sip_listen(at.is_tls ? "tls" : "udp", &at);
		if (!at.is_tls)
			print_sip_listen("tcp", &at);
	}
	for (size_t i = 0; i < config->http_listen_count; i++) {
		struct api_listen at = api_listen_address(greeting->api, i);
		bool is_ipv6 = strchr(at.host, ':') != NULL;

		printf("HTTP http://%s%s%s:%u\n", is_ipv6 ? "[" : "", at.host,
		       is_ipv6 ? "]" : "", (unsigned)at.port);
	}
	if (config->http_listen_count > 0)
		first = api_listen_address(greeting->api, 0);
	first_admin_tell(greeting->first_admin, config,
			 config->http_listen_count > 0 ? &first : NULL);
	print_first_move(greeting);
	fflush(stdout);
}
