#include "webhook/webhook_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static struct webhook_policy policy_of(const char *networks, const char *ports)
{
	struct webhook_policy policy = { .allow_http = true };

	assert_null(webhook_policy_networks(text_of(networks), &policy));
	assert_null(webhook_policy_ports(text_of(ports), &policy));
	return policy;
}

static bool may(const struct webhook_policy *policy, const char *text,
		uint16_t port)
{
	struct ip_address address;

	assert_int_equal(0, ip_address_parse(text_of(text), &address));
	return !webhook_policy_judge(policy, &address, port);
}

static void what_is_not_of_the_internet_is_closed(void **state)
{
	static const char *const closed[] = {
		"0.0.0.0",
		"0.1.2.3",
		"10.0.0.1",
		"10.255.255.255",
		"100.64.0.1",
		"100.127.255.255",
		"127.0.0.1",
		"127.255.255.255",
		"169.254.169.254",
		"172.16.0.1",
		"172.31.255.255",
		"192.0.0.8",
		"192.0.2.1",
		"192.168.0.1",
		"198.18.0.1",
		"198.51.100.1",
		"203.0.113.1",
		"224.0.0.1",
		"239.255.255.255",
		"240.0.0.1",
		"255.255.255.255",
		"168.63.129.16",
		"::",
		"::1",
		"::127.0.0.1",
		"::ffff:127.0.0.1",
		"::ffff:10.0.0.1",
		"64:ff9b::7f00:1",
		"64:ff9b:1::1",
		"100::1",
		"2001::1",
		"2001:db8::1",
		"2002:7f00:1::",
		"fc00::1",
		"fdff::1",
		"fe80::1",
		"fec0::1",
		"ff02::1",
		"3fff::1",
	};
	static const char *const open[] = {
		"1.1.1.1",	  "9.255.255.255",   "11.0.0.0",
		"100.63.255.255", "100.128.0.0",     "126.255.255.255",
		"128.0.0.0",	  "169.253.255.255", "172.15.255.255",
		"172.32.0.0",	  "192.167.255.255", "223.255.255.255",
		"2606:4700::1",	  "2a00::1",	     "::ffff:1.1.1.1",
	};
	const struct webhook_policy policy = policy_of("", "443");
	(void)state;

	for (size_t i = 0; i < sizeof(closed) / sizeof(*closed); i++)
		if (may(&policy, closed[i], 443))
			fail_msg("%s is open", closed[i]);
	for (size_t i = 0; i < sizeof(open) / sizeof(*open); i++)
		if (!may(&policy, open[i], 443))
			fail_msg("%s is closed", open[i]);
}

static void a_network_that_is_named_is_open_at_any_port(void **state)
{
	const struct webhook_policy policy =
		policy_of("10.1.0.0/16, fd00::/8", "443 8443");
	(void)state;

	assert_true(may(&policy, "10.1.2.3", 5678));
	assert_true(may(&policy, "fd00::1", 5678));
	assert_false(may(&policy, "10.2.0.1", 443));
	assert_true(may(&policy, "1.1.1.1", 8443));
	assert_false(may(&policy, "1.1.1.1", 25));
}

static void odd_spellings_of_an_address_are_that_address(void **state)
{
	static const char *const spellings[] = {
		"http://127.0.0.1/",
		"http://2130706433/",
		"http://0x7f000001/",
		"http://0x7f.1/",
		"http://0177.0.0.1/",
		"http://127.1/",
		"http://[::1]/",
		"http://[::ffff:127.0.0.1]/",
		"http://[0:0:0:0:0:ffff:7f00:1]/",
		"http://%31%32%37.0.0.1/",
		"https://169.254.169.254/latest/meta-data",
	};
	const struct webhook_policy policy = policy_of("", "80 443");
	(void)state;

	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++)
		if (!webhook_policy_check_url(&policy, text_of(spellings[i])))
			fail_msg("%s passes", spellings[i]);
	assert_null(webhook_policy_check_url(
		&policy, TEXT("https://example.com/x?y=z")));
}

static void settings_that_make_no_sense_are_told(void **state)
{
	struct webhook_policy policy;
	(void)state;

	assert_non_null(webhook_policy_networks(TEXT("10.0.0.1/8"), &policy));
	assert_non_null(webhook_policy_networks(TEXT("intranet"), &policy));
	assert_non_null(webhook_policy_ports(TEXT(""), &policy));
	assert_non_null(webhook_policy_ports(TEXT("0"), &policy));
	assert_non_null(webhook_policy_ports(TEXT("65536"), &policy));
	assert_non_null(webhook_policy_ports(TEXT("https"), &policy));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_of_the_internet_is_closed),
		cmocka_unit_test(a_network_that_is_named_is_open_at_any_port),
		cmocka_unit_test(odd_spellings_of_an_address_are_that_address),
		cmocka_unit_test(settings_that_make_no_sense_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
