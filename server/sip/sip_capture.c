#include "sip/sip_capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sip/listen_address.h"

enum {
	/* Datagram sockets, then listeners of streams. */
	SOCKETS = 2 * SIP_LISTENS_MAX,
};

struct sip_capture {
	struct hep *hep;
	struct sip_counters *counters;
	uint64_t dropped;			/* counted so far */
	union transaction_peer locals[SOCKETS]; /* by socket_index */
};

int sip_capture_new(const struct hep_config *config,
		    struct sip_counters *counters,
		    struct sip_capture **ret_capture)
{
	struct sip_capture *capture = calloc(1, sizeof(*capture));
	int err;

	if (!capture)
		return ENOMEM;
	capture->counters = counters;
	err = hep_open(config, &capture->hep);
	if (err)
		goto out;
	*ret_capture = capture;
	capture = NULL;
out:
	sip_capture_free(capture);
	return err;
}

void sip_capture_free(struct sip_capture *capture)
{
	if (!capture)
		return;
	hep_close(capture->hep);
	free(capture);
}

void sip_capture_name_listener(struct sip_capture *capture,
			       uint32_t socket_index, int fd)
{
	union transaction_peer local = { 0 };
	socklen_t len = sizeof(local);

	if (capture && socket_index < SOCKETS &&
	    !getsockname(fd, &local.any, &len))
		capture->locals[socket_index] = local;
}

/* A wildcard's address is the one that this message came to. */
static void set_host(union transaction_peer *local, const struct in6_addr *host)
{
	if (IN6_IS_ADDR_UNSPECIFIED(host))
		return;
	if (local->any.sa_family == AF_INET6)
		local->in6.sin6_addr = *host;
	else if (IN6_IS_ADDR_V4MAPPED(host))
		memcpy(&local->in.sin_addr, &host->s6_addr[12],
		       sizeof(local->in.sin_addr));
}

void sip_capture_message(struct sip_capture *capture,
			 const struct transaction_route *route,
			 const struct sip_capture_message *message)
{
	const struct sockaddr *peer = &route->peer.any;
	union transaction_peer local = { 0 };

	if (route->socket_index < SOCKETS)
		local = capture->locals[route->socket_index];
	/* A packet has one family: never named, it is all zeros of that one. */
	if (local.any.sa_family != peer->sa_family)
		local = (union transaction_peer){ .any.sa_family =
							  peer->sa_family };
	set_host(&local, &route->local);
	hep_put(capture->hep,
		&(struct hep_message){
			.transport = message->transport,
			.source = message->is_answer ? &local.any : peer,
			.destination = message->is_answer ? peer : &local.any,
			.at_us = message->at_us,
			.call_id = message->call_id,
			.payload = message->payload,
		});
}

/* Of an answer that we wrote. */
static struct text call_id_of(struct text answer)
{
	static const char name[] = "\r\nCall-ID: ";
	const char *at = memmem(answer.ptr, answer.len, name, strlen(name));
	const char *end;

	if (!at)
		return TEXT("");
	at += strlen(name);
	end = memmem(at, (size_t)(answer.ptr + answer.len - at), "\r\n", 2);
	return end ? (struct text){ at, (size_t)(end - at) } : TEXT("");
}

void sip_capture_repeated(struct sip_capture *capture,
			  const struct transaction_route *route,
			  struct text answer)
{
	const struct sip_capture_message message = {
		.transport = LOG_UDP,
		.is_answer = true,
		.at_us = clock_wall_us(),
		.call_id = call_id_of(answer),
		.payload = answer,
	};

	sip_capture_message(capture, route, &message);
}

void sip_capture_send(struct sip_capture *capture)
{
	uint64_t dropped;

	hep_send(capture->hep);
	dropped = hep_dropped(capture->hep);
	if (dropped == capture->dropped)
		return;
	sip_counter_add(&capture->counters->events[SIP_TRAFFIC_CAPTURE_DROPS],
			dropped - capture->dropped);
	capture->dropped = dropped;
}
