#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sip/hep.h"

/* The bytes of a chunk of vendor 0, or an empty text. */
static struct text chunk_of(const char *packet, size_t len, unsigned type)
{
	const unsigned char *bytes = (const unsigned char *)packet;
	size_t at = 6;

	while (at + 6 <= len) {
		size_t size = (size_t)bytes[at + 4] << 8 | bytes[at + 5];

		assert_true(size >= 6 && at + size <= len);
		if (bytes[at] == 0 && bytes[at + 1] == 0 &&
		    ((unsigned)bytes[at + 2] << 8 | bytes[at + 3]) == type)
			return (struct text){ packet + at + 6, size - 6 };
		at += size;
	}
	assert_int_equal(len, at);
	return (struct text){ 0 };
}

static uint32_t number_of(const char *packet, size_t len, unsigned type)
{
	struct text chunk = chunk_of(packet, len, type);
	uint32_t value = 0;

	for (size_t i = 0; i < chunk.len; i++)
		value = value << 8 | (unsigned char)chunk.ptr[i];
	return value;
}

static struct sockaddr_in ipv4(const char *host, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port) };

	assert_int_equal(1, inet_pton(AF_INET, host, &in.sin_addr));
	return in;
}

static const struct hep_config with_password = { .capture_id = 2001,
						 .password = "secret" };

static void a_packet_says_who_sent_what_to_whom_and_when(void **state)
{
	struct sockaddr_in from = ipv4("192.0.2.1", 5070);
	struct sockaddr_in to = ipv4("192.0.2.2", 5060);
	const struct hep_message message = {
		.transport = LOG_UDP,
		.source = (const struct sockaddr *)&from,
		.destination = (const struct sockaddr *)&to,
		.at_us = INT64_C(1795000000123456),
		.call_id = TEXT("abc@host"),
		.payload = TEXT("INVITE sip:a@b SIP/2.0\r\n\r\n"),
	};
	char packet[2048];
	size_t len =
		hep_write(&with_password, &message, packet, sizeof(packet));
	(void)state;

	assert_memory_equal("HEP3", packet, 4);
	assert_int_equal(len, (unsigned char)packet[4] << 8 |
				      (unsigned char)packet[5]);
	assert_int_equal(2, number_of(packet, len, 1));
	assert_int_equal(17, number_of(packet, len, 2));
	assert_int_equal(0xc0000201, number_of(packet, len, 3));
	assert_int_equal(0xc0000202, number_of(packet, len, 4));
	assert_int_equal(5070, number_of(packet, len, 7));
	assert_int_equal(5060, number_of(packet, len, 8));
	assert_int_equal(1795000000, number_of(packet, len, 9));
	assert_int_equal(123456, number_of(packet, len, 10));
	assert_int_equal(1, number_of(packet, len, 11));
	assert_int_equal(2001, number_of(packet, len, 12));
	assert_true(text_equals(TEXT("secret"), chunk_of(packet, len, 14)));
	assert_true(text_equals(message.payload, chunk_of(packet, len, 15)));
	assert_true(text_equals(message.call_id, chunk_of(packet, len, 17)));
}

static void ipv6_and_tcp_have_chunks_of_their_own(void **state)
{
	struct sockaddr_in6 from = { .sin6_family = AF_INET6,
				     .sin6_port = htons(5060),
				     .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const struct hep_message message = {
		.transport = LOG_TLS,
		.source = (const struct sockaddr *)&from,
		.destination = (const struct sockaddr *)&from,
		.payload = TEXT("x"),
	};
	const struct hep_config config = { .capture_id = 1 };
	char packet[512];
	size_t len = hep_write(&config, &message, packet, sizeof(packet));
	(void)state;

	assert_int_equal(10, number_of(packet, len, 1));
	assert_int_equal(6, number_of(packet, len, 2));
	assert_int_equal(16, chunk_of(packet, len, 5).len);
	assert_int_equal(16, chunk_of(packet, len, 6).len);
	assert_int_equal(0, chunk_of(packet, len, 14).len);
	assert_int_equal(0, chunk_of(packet, len, 17).len);
}

static void what_does_not_fit_is_no_packet(void **state)
{
	static char huge[70000];
	static char packet[70000];
	struct sockaddr_in at = ipv4("192.0.2.1", 5060);
	struct hep_message message = {
		.source = (const struct sockaddr *)&at,
		.destination = (const struct sockaddr *)&at,
	};
	(void)state;

	message.payload = (struct text){ huge, 65535 };
	assert_int_equal(
		0, hep_write(&with_password, &message, packet, sizeof(packet)));
	message.payload = (struct text){ huge, 65000 };
	assert_true(hep_write(&with_password, &message, packet,
			      sizeof(packet)) > 65000);
	assert_int_equal(0, hep_write(&with_password, &message, packet, 1000));
}

/* A collector on loopback, and a sender to it. */
static int collector(struct hep_config *config)
{
	struct sockaddr_in at = ipv4("127.0.0.1", 0);
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(0, bind(fd, (struct sockaddr *)&at, sizeof(at)));
	assert_int_equal(0, getsockname(fd, (struct sockaddr *)&at, &len));
	snprintf(config->collector.host, sizeof(config->collector.host),
		 "127.0.0.1");
	config->collector.port = ntohs(at.sin_port);
	return fd;
}

static void what_was_put_arrives_in_order_once_it_is_sent(void **state)
{
	struct hep_config config = { .capture_id = 1 };
	int fd = collector(&config);
	struct sockaddr_in at = ipv4("192.0.2.1", 5060);
	struct hep_message message = {
		.source = (const struct sockaddr *)&at,
		.destination = (const struct sockaddr *)&at,
	};
	char packet[2048];
	struct hep *hep;
	(void)state;

	assert_int_equal(0, hep_open(&config, &hep));
	for (unsigned i = 0; i < 100; i++) {
		char digit = (char)('0' + i % 10);

		message.payload = (struct text){ &digit, 1 };
		hep_put(hep, &message);
	}
	hep_send(hep);
	for (unsigned i = 0; i < 100; i++) {
		ssize_t len = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);

		assert_true(len > 0);
		assert_int_equal('0' + i % 10,
				 chunk_of(packet, (size_t)len, 15).ptr[0]);
	}
	assert_int_equal(0, hep_dropped(hep));
	hep_close(hep);
	close(fd);
}

static void a_collector_that_is_away_stops_nothing(void **state)
{
	struct hep_config config = { .capture_id = 1 };
	int fd = collector(&config);
	struct sockaddr_in at = ipv4("192.0.2.1", 5060);
	const struct hep_message message = {
		.source = (const struct sockaddr *)&at,
		.destination = (const struct sockaddr *)&at,
		.payload = TEXT("x"),
	};
	struct hep *hep;
	(void)state;

	close(fd);
	assert_int_equal(0, hep_open(&config, &hep));
	for (unsigned i = 0; i < 1000; i++) {
		hep_put(hep, &message);
		hep_send(hep);
	}
	assert_true(hep_dropped(hep) > 0);
	hep_close(hep);
	config.collector.host[0] = 'x';
	assert_int_equal(EINVAL, hep_open(&config, &hep));
}

static void without_a_way_to_the_collector_all_is_counted_as_lost(void **state)
{
	/* A broadcast address, which a socket may not reach unless it asks. */
	const struct hep_config config = {
		.collector = { .host = "255.255.255.255", .port = 9060 },
	};
	struct sockaddr_in at = ipv4("192.0.2.1", 5060);
	const struct hep_message message = {
		.source = (const struct sockaddr *)&at,
		.destination = (const struct sockaddr *)&at,
		.payload = TEXT("x"),
	};
	struct hep *hep;
	(void)state;

	assert_int_equal(0, hep_open(&config, &hep));
	for (unsigned i = 0; i < 3; i++) {
		hep_put(hep, &message);
		hep_send(hep);
	}
	assert_int_equal(3, hep_dropped(hep));
	hep_close(hep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_says_who_sent_what_to_whom_and_when),
		cmocka_unit_test(ipv6_and_tcp_have_chunks_of_their_own),
		cmocka_unit_test(what_does_not_fit_is_no_packet),
		cmocka_unit_test(what_was_put_arrives_in_order_once_it_is_sent),
		cmocka_unit_test(a_collector_that_is_away_stops_nothing),
		cmocka_unit_test(
			without_a_way_to_the_collector_all_is_counted_as_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
