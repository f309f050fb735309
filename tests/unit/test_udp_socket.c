#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "sip/udp_socket.h"

enum {
	WORKERS = 4,
	CALLS = 400,
};

static struct sip_listen loopback(uint16_t port)
{
	struct sip_listen listen = { .port = port };

	text_copy(TEXT("127.0.0.1"), listen.host, sizeof(listen.host));
	return listen;
}

static int client_to(const struct sip_listen *at)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(at->port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(0, connect(fd, (struct sockaddr *)&in, sizeof(in)));
	return fd;
}

/* The socket that a message reaches; over loopback it is there at once. */
static size_t reached(int client, const struct udp_socket *sockets,
		      const char *message)
{
	char bytes[512];

	assert_true(send(client, message, strlen(message), 0) > 0);
	for (size_t i = 0; i < WORKERS; i++)
		if (recv(sockets[i].fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
			return i;
	fail_msg("lost: %s", message);
	return 0;
}

static void open_shared(struct udp_socket *sockets, struct sip_listen *at)
{
	struct sip_listen listen = loopback(0);

	for (size_t i = 0; i < WORKERS; i++) {
		assert_int_equal(
			0, udp_socket_open(&listen, 0, true, &sockets[i], at));
		listen = *at;
	}
	udp_socket_steer(&sockets[WORKERS - 1], WORKERS);
}

static void one_proxys_calls_are_spread_and_each_stays_together(void **state)
{
	static const char *const methods[] = { "ACK", "CANCEL", "INVITE" };
	struct udp_socket sockets[WORKERS];
	size_t counts[WORKERS] = { 0 };
	struct sip_listen at;
	char message[256];
	int client;
	(void)state;

	open_shared(sockets, &at);
	client = client_to(&at);
	for (int i = 0; i < CALLS; i++) {
		size_t first;

		snprintf(message, sizeof(message),
			 "INVITE sip:+1555%07d@example.com SIP/2.0\r\n", i);
		first = reached(client, sockets, message);
		counts[first]++;
		for (size_t m = 0; m < 3; m++) {
			snprintf(
				message, sizeof(message),
				"%s sip:+1555%07d@example.com SIP/2.0\r\nX: %d",
				methods[m], i, i);
			assert_int_equal(first,
					 reached(client, sockets, message));
		}
	}
	for (size_t i = 0; i < WORKERS; i++)
		assert_true(counts[i] > CALLS / WORKERS / 2);
	for (size_t i = 0; i < WORKERS; i++)
		udp_socket_close(&sockets[i]);
	close(client);
}

static void the_shortest_datagram_reaches_a_socket(void **state)
{
	struct udp_socket sockets[WORKERS];
	struct sip_listen at;
	int client;
	(void)state;

	open_shared(sockets, &at);
	client = client_to(&at);
	reached(client, sockets, "A");
	reached(client, sockets, "INVITE sip:a");
	for (size_t i = 0; i < WORKERS; i++)
		udp_socket_close(&sockets[i]);
	close(client);
}

static void answers_leave_in_order_even_over_two_sockets(void **state)
{
	struct udp_socket sockets[2];
	struct udp_outbox *outbox = NULL;
	struct udp_inbox *inbox = NULL;
	struct sip_listen listen = loopback(0), at[2], client_at;
	struct udp_socket client;
	struct transaction_route route = { .peer_len = sizeof(route.peer.in) };
	(void)state;

	for (size_t i = 0; i < 2; i++)
		assert_int_equal(0, udp_socket_open(&listen, 0, false,
						    &sockets[i], &at[i]));
	assert_int_equal(
		0, udp_socket_open(&listen, 0, false, &client, &client_at));
	assert_int_equal(0, udp_outbox_new(sockets, &outbox));
	assert_int_equal(0, udp_inbox_new(&inbox));
	route.peer.in.sin_family = AF_INET;
	route.peer.in.sin_port = htons(client_at.port);
	route.peer.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	/* More than one batch, and the socket changes now and then. */
	for (unsigned i = 0; i < 3 * UDP_BATCH; i++) {
		*udp_outbox_room(outbox) = (char)i;
		route.socket_index = i / 7 % 2;
		udp_outbox_put(outbox, 1, &route);
	}
	udp_outbox_send(outbox);
	for (unsigned i = 0; i < 3 * UDP_BATCH;) {
		size_t count = udp_inbox_receive(inbox, &client);

		assert_true(count > 0);
		for (size_t j = 0; j < count; j++, i++) {
			struct transaction_route from =
				udp_inbox_route(inbox, j, 0);

			assert_int_equal(1, udp_inbox_datagram(inbox, j).len);
			assert_int_equal(i,
					 udp_inbox_datagram(inbox, j).ptr[0]);
			assert_int_equal(at[i / 7 % 2].port,
					 ntohs(from.peer.in.sin_port));
		}
	}
	assert_int_equal(0, udp_inbox_receive(inbox, &client));
	assert_int_equal(0, udp_outbox_errors(outbox));
	udp_inbox_free(inbox);
	udp_outbox_free(outbox);
	udp_socket_close(&client);
	udp_socket_close(&sockets[0]);
	udp_socket_close(&sockets[1]);
}

static void one_answer_that_cannot_be_sent_does_not_stop_the_others(
	void **state)
{
	/* RFC 3261 17.2.4 */
	struct udp_socket socket, client;
	struct udp_outbox *outbox = NULL;
	struct udp_inbox *inbox = NULL;
	struct sip_listen listen = loopback(0), at, client_at;
	struct transaction_route route = { .peer_len = sizeof(route.peer.in) };
	(void)state;

	assert_int_equal(0, udp_socket_open(&listen, 0, false, &socket, &at));
	assert_int_equal(
		0, udp_socket_open(&listen, 0, false, &client, &client_at));
	assert_int_equal(0, udp_outbox_new(&socket, &outbox));
	assert_int_equal(0, udp_inbox_new(&inbox));
	route.peer.in.sin_family = AF_INET;
	route.peer.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 4; i++) {
		/* Nothing can be sent to port 0. */
		route.peer.in.sin_port = htons(i % 2 ? client_at.port : 0);
		*udp_outbox_room(outbox) = 'x';
		udp_outbox_put(outbox, 1, &route);
	}
	udp_outbox_send(outbox);
	assert_int_equal(2, udp_inbox_receive(inbox, &client));
	assert_int_equal(2, udp_outbox_errors(outbox));
	udp_inbox_free(inbox);
	udp_outbox_free(outbox);
	udp_socket_close(&client);
	udp_socket_close(&socket);
}

static void an_address_is_taken_once_unless_it_is_shared(void **state)
{
	struct udp_socket first, second = { .fd = -1 };
	struct sip_listen listen = loopback(0), at;
	(void)state;

	assert_int_equal(0, udp_socket_open(&listen, 0, false, &first, &at));
	assert_int_equal(EADDRINUSE,
			 udp_socket_open(&at, 0, false, &second, &listen));
	assert_int_equal(EADDRINUSE,
			 udp_socket_open(&at, 0, true, &second, &listen));
	assert_int_equal(-1, second.fd);
	udp_socket_close(&first);
	assert_int_equal(0, udp_socket_open(&at, 0, false, &first, &listen));
	udp_socket_close(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			one_proxys_calls_are_spread_and_each_stays_together),
		cmocka_unit_test(the_shortest_datagram_reaches_a_socket),
		cmocka_unit_test(answers_leave_in_order_even_over_two_sockets),
		cmocka_unit_test(
			one_answer_that_cannot_be_sent_does_not_stop_the_others),
		cmocka_unit_test(an_address_is_taken_once_unless_it_is_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
