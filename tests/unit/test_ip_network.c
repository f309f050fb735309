#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "base/ip_network.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct ip_address address_of(const char *string)
{
	struct ip_address address = { .is_ipv4 = false };

	assert_int_equal(0, ip_address_parse(text_of(string), &address));
	return address;
}

static void a_network_has_one_canonical_form(void **state)
{
	static const struct {
		const char *text;
		int err;
		const char *canonical; /* also of what it is in: EDOM */
	} rows[] = {
		{ "192.0.2.0/24", 0, "192.0.2.0/24" },
		{ "192.0.2.1", 0, "192.0.2.1/32" },
		{ "0.0.0.0/0", 0, "0.0.0.0/0" },
		{ "192.0.2.1/24", EDOM, "192.0.2.0/24" },
		{ "255.255.255.255/1", EDOM, "128.0.0.0/1" },
		{ "2001:DB8:0::/32", 0, "2001:db8::/32" },
		{ "2001:db8::1", 0, "2001:db8::1/128" },
		{ "::/0", 0, "::/0" },
		{ "fe80::1/10", EDOM, "fe80::/10" },
		{ "::ffff:192.0.2.0/120", 0, "192.0.2.0/24" },
		{ "::ffff:192.0.2.7", 0, "192.0.2.7/32" },
		{ "::ffff:0:0/96", 0, "0.0.0.0/0" },
		{ "::ffff:0:0/95", EBADMSG, NULL },
		{ "", EBADMSG, NULL },
		{ "/24", EBADMSG, NULL },
		{ "192.0.2.0/", EBADMSG, NULL },
		{ "192.0.2.0/33", EBADMSG, NULL },
		{ "192.0.2.0/024", EBADMSG, NULL },
		{ "192.0.2.0/-1", EBADMSG, NULL },
		{ "192.0.2.0/24/24", EBADMSG, NULL },
		{ "192.0.2/24", EBADMSG, NULL },
		{ "192.0.2.256", EBADMSG, NULL },
		{ "2001:db8::/129", EBADMSG, NULL },
		{ "[2001:db8::1]", EBADMSG, NULL },
		{ "2001:db8::1%eth0", EBADMSG, NULL },
		{ "example.com", EBADMSG, NULL },
		{ " 192.0.2.1", EBADMSG, NULL },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char buffer[IP_NETWORK_SIZE];
		struct writer writer = writer_over(buffer, sizeof(buffer));
		struct ip_network network;
		int err = ip_network_parse(text_of(rows[i].text), &network);

		if (err != rows[i].err)
			fail_msg("%s: %d", rows[i].text, err);
		if (!rows[i].canonical)
			continue;
		ip_network_write(&network, &writer);
		if (!text_equals(writer_text(&writer),
				 text_of(rows[i].canonical)))
			fail_msg("%s became %.*s", rows[i].text,
				 TEXT_ARG(writer_text(&writer)));
	}
}

static void a_network_has_its_addresses_and_no_other(void **state)
{
	static const struct {
		const char *network, *address;
		bool has;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.128/25", "::ffff:192.0.2.129", true },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "2001:db8::1", true },
		{ "::/0", "192.0.2.1", false },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip_address address = address_of(rows[i].address);
		struct ip_network network;

		assert_int_equal(0, ip_network_parse(text_of(rows[i].network),
						     &network));
		if (ip_network_has(&network, &address) != rows[i].has)
			fail_msg("%s in %s", rows[i].address, rows[i].network);
	}
}

static void what_the_internet_does_not_route_is_private(void **state)
{
	static const struct {
		const char *address;
		bool is_private;
	} rows[] = {
		{ "127.0.0.1", true },
		{ "128.0.0.1", false },
		{ "10.255.0.1", true },
		{ "11.0.0.1", false },
		{ "172.15.0.1", false },
		{ "172.16.0.1", true },
		{ "172.31.255.1", true },
		{ "172.32.0.1", false },
		{ "192.168.0.1", true },
		{ "192.169.0.1", false },
		{ "169.254.1.1", true },
		{ "8.8.8.8", false },
		{ "::1", true },
		{ "::2", false },
		{ "fe80::1", true },
		{ "fec0::1", false },
		{ "fd00::1", true },
		{ "fc00::1", true },
		{ "2001:db8::1", false },
		{ "::ffff:10.0.0.1", true },
		{ "::ffff:8.8.8.8", false },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip_address address = address_of(rows[i].address);

		if (ip_address_is_private(&address) != rows[i].is_private)
			fail_msg("%s", rows[i].address);
	}
}

static void a_wrapped_ipv4_source_is_the_ipv4_source(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct ip_network a, b;
	struct ip_address address;
	(void)state;

	assert_int_equal(1, inet_pton(AF_INET, "192.0.2.7", &in.sin_addr));
	assert_int_equal(
		1, inet_pton(AF_INET6, "::ffff:192.0.2.7", &in6.sin6_addr));
	address = ip_address_of((struct sockaddr *)&in);
	a = ip_address_prefix(&address, 200);
	address = ip_address_of((struct sockaddr *)&in6);
	b = ip_address_prefix(&address, 200);
	assert_true(ip_network_equals(&a, &b));
	assert_int_equal(32, a.bits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_has_one_canonical_form),
		cmocka_unit_test(a_network_has_its_addresses_and_no_other),
		cmocka_unit_test(what_the_internet_does_not_route_is_private),
		cmocka_unit_test(a_wrapped_ipv4_source_is_the_ipv4_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
