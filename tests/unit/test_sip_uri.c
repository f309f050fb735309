#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/sip_uri.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct pair {
	const char *a;
	const char *b;
};

static struct sip_uri uri_of(const char *text)
{
	struct sip_uri uri;
	int err = sip_uri_parse(text_of(text), &uri);

	if (err)
		print_error("%s\n", text);
	assert_int_equal(0, err);
	return uri;
}

static void assert_text(const char *expected, struct text text)
{
	if (!text_equals(text_of(expected), text))
		fail_msg("'%.*s' is not '%s'", TEXT_ARG(text), expected);
}

static void the_parts_of_a_sip_uri_are_found(void **state)
{
	struct sip_uri uri = uri_of("sips:alice:secret%21@Example.COM:5071"
				    ";transport=tcp;lr?Subject=x&a=");
	struct text value;
	(void)state;

	assert_int_equal(SIP_SCHEME_SIPS, uri.scheme);
	assert_text("sips", uri.scheme_text);
	assert_text("alice", uri.user);
	assert_text("secret%21", uri.password);
	assert_text("Example.COM", uri.host);
	assert_int_equal(SIP_HOST_NAME, uri.host_kind);
	assert_int_equal(5071, uri.port);
	assert_text("transport=tcp;lr", uri.params);
	assert_text("Subject=x&a=", uri.headers);
	assert_true(uri.has_user && uri.has_password && uri.has_headers);
	assert_true(sip_uri_param(&uri, TEXT("Transport"), &value));
	assert_text("tcp", value);
	assert_true(sip_uri_param(&uri, TEXT("lr"), &value));
	assert_text("", value);
	assert_false(sip_uri_param(&uri, TEXT("l"), &value));
	assert_false(sip_uri_param(&uri, TEXT("maddr"), &value));
}

static void a_uri_without_a_part_says_so(void **state)
{
	struct sip_uri uri = uri_of("sip:192.0.2.4");
	(void)state;

	assert_false(uri.has_user || uri.has_password || uri.has_headers);
	assert_int_equal(0, uri.port);
	assert_int_equal(SIP_HOST_IPV4, uri.host_kind);
	assert_int_equal(0, uri.user.len);
	assert_true(uri_of("sip:a@b.example?").has_headers);
	assert_true(uri_of("sip:a:@b.example").has_password);
}

static void an_ipv6_host_stands_in_brackets(void **state)
{
	struct sip_uri uri = uri_of("sip:user@[2001:db8::10]:5070;lr");
	(void)state;

	assert_int_equal(SIP_HOST_IPV6, uri.host_kind);
	assert_text("2001:db8::10", uri.host);
	assert_int_equal(5070, uri.port);
	/* RFC 5118 4.3: this is all address. */
	uri = uri_of("sip:[2001:db8::10:5070]");
	assert_text("2001:db8::10:5070", uri.host);
	assert_int_equal(0, uri.port);
	assert_text("::ffff:192.0.2.1", uri_of("sip:[::ffff:192.0.2.1]").host);
}

static void a_user_part_may_look_like_anything(void **state)
{
	(void)state;
	assert_text("sips%3Auser%40example.com",
		    uri_of("sip:sips%3Auser%40example.com@example.net").user);
	assert_text("user;par=u%40example.net",
		    uri_of("sip:user;par=u%40example.net@example.com").user);
	assert_text("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
		    uri_of("sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/"
			   ";;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
			   "@example.com")
			    .user);
	assert_text("null-%00-null",
		    uri_of("sip:null-%00-null@example.com").user);
	assert_text("*67#", uri_of("sip:*67#@example.com").user);
}

static void a_tel_uri_has_its_number_as_user(void **state)
{
	struct sip_uri uri = uri_of("tel:+1-(555)-01.00;ext=22;x");
	struct text value;
	(void)state;

	assert_int_equal(SIP_SCHEME_TEL, uri.scheme);
	assert_text("+1-(555)-01.00", uri.user);
	assert_int_equal(0, uri.host.len);
	assert_true(sip_uri_param(&uri, TEXT("EXT"), &value));
	assert_text("22", value);
	assert_text("7042", uri_of("tel:7042;phone-context=example.com").user);
	assert_text("*a#", uri_of("TEL:*a#;phone-context=+1").user);
}

static void a_foreign_scheme_is_no_error(void **state)
{
	static const char *const uris[] = {
		"soap.beep://192.0.2.103:3002", "urn:service:sos",
		"mailto:alice@example.com",
		"nobodyKnowsThisScheme:totallyopaque",
		"http://www.example.com/%zz"
	};
	struct sip_uri uri;
	(void)state;

	for (size_t i = 0; i < COUNT(uris); i++)
		assert_int_equal(SIP_SCHEME_OTHER, uri_of(uris[i]).scheme);
	uri = uri_of("urn:service:sos");
	assert_text("urn", uri.scheme_text);
	assert_text("service:sos", uri.opaque);
}

static void what_breaks_the_grammar_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"sip",
		"sip:",
		":",
		"sip :a@b.example",
		"1sip:a@b.example",
		"<sip:a@b.example>",
		" sip:a@b.example",
		"sip:a@b.example ",
		"sip:a b@c.example",
		"sip:@b.example",
		"sip::x@b.example",
		"sip:a@",
		"sip:a@b@c.example",
		"sip:a%zz@b.example",
		"sip:a%4@b.example",
		"sip:a%@b.example",
		"sip:a@b.example%41",
		"sip:a@b.example:",
		"sip:a@b.example:x",
		"sip:a@b.example:65536",
		"sip:a@b.example:0",
		"sip:a@b.example:50600000000000000000000",
		"sip:a@b..example",
		"sip:a@.example",
		"sip:a@-b.example",
		"sip:a@b-.example",
		"sip:a@256.1.1.1",
		"sip:a@1.2.3",
		"sip:a@1.2.3.4.5",
		"sip:2001:db8::10",
		"sip:a@[2001:db8::10",
		"sip:a@[2001:db8::10]x",
		"sip:a@[]",
		"sip:a@[::1%25eth0]",
		"sip:a@[1.2.3.4]",
		"sip:a@[::::1]",
		"sip:a@b.example;",
		"sip:a@b.example;;lr",
		"sip:a@b.example;=1",
		"sip:a@b.example;x=",
		"sip:a@b.example;x=%g1",
		"sip:a@b.example;x=a=b",
		"sip:a@b.example?a",
		"sip:a@b.example?=b",
		"sip:a@b.example?a=b&",
		"sip:a@b.example?a=%1",
		"sip:a\"@b.example",
		"sip:a<@b.example",
		"sip:\xc3\xa9@b.example",
		"sip:a@b\xc3\xa9.example",
		"sip:a\r\n@b.example",
		"tel:",
		"tel:+",
		"tel:+-",
		"tel:+1a",
		"tel:+1;",
		"tel:+1 555",
		"tel:x",
		"tel:+1?a=b",
		"urn:",
		"urn:a b",
		"urn:a<b"
	};
	struct sip_uri uri;
	(void)state;

	for (size_t i = 0; i < COUNT(bad); i++)
		if (sip_uri_parse(text_of(bad[i]), &uri) != EBADMSG)
			fail_msg("accepted: %s", bad[i]);
	assert_int_equal(EBADMSG,
			 sip_uri_parse(TEXT("sip:a\0b@c.example"), &uri));
	assert_int_equal(EBADMSG,
			 sip_uri_parse((struct text){ NULL, 0 }, &uri));
}

/* RFC 3261 19.1.4, then RFC 3966 4 and 5. */
static const struct pair equal[] = {
	{ "sip:%61lice@atlanta.com;transport=TCP",
	  "sip:alice@AtlanTa.CoM;Transport=tcp" },
	{ "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5" },
	{ "sip:carol@chicago.com", "sip:carol@chicago.com;security=on" },
	{ "sip:carol@chicago.com;newparam=5",
	  "sip:carol@chicago.com;security=on" },
	{ "sip:biloxi.com;transport=tcp;method=REGISTER"
	  "?to=sip:bob%40biloxi.com",
	  "sip:biloxi.com;method=REGISTER;transport=tcp"
	  "?to=sip:bob%40biloxi.com" },
	{ "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
	  "sip:alice@atlanta.com?priority=urgent&subject=project%20x" },
	{ "SIP:a@b.example", "sip:a@B.EXAMPLE." },
	{ "sip:a@[2001:db8::c000:201]", "sip:a@[2001:DB8:0::192.0.2.1]" },
	{ "sip:a@[2001:db8:::192.0.2.1]", "sip:a@[2001:db8::192.0.2.1]" },
	{ "sip:a@192.0.2.4", "sip:a@192.000.2.04" },
	{ "sip:a%7Eb@c.example", "sip:a~b@c.example" },
	{ "sip:a%3bb@c.example", "sip:a%3Bb@c.example" },
	{ "tel:+15550100", "TEL:+1-(555)-01.00" },
	{ "tel:+1555;a=x;b=Y", "tel:+1555;B=y;A=X" },
	{ "tel:7042;phone-context=Example.com",
	  "tel:70-42;phone-context=example.COM" },
	{ "tel:7042;phone-context=+1-555", "tel:7042;phone-context=+1555" },
	{ "tel:7aF;phone-context=b.example",
	  "tel:7Af;phone-context=b.example" },
	{ "tel:+1555;ext=2-2", "tel:+1555;ext=22" },
	{ "urn:service:sos", "urn:service:sos" },
	/* Parameters of two names, each in one URI alone: RFC 2396 2.2. */
	{ "sip:a@b.example;%2B=1", "sip:a@b.example;+=2" },
	{ "sip:a@b.example;%00+=1", "sip:a@b.example;%2B=2" },
	{ "sip:a@b.example;%00%2b=1", "sip:a@b.example;%00+=2" },
};

static const struct pair unequal[] = {
	{ "SIP:ALICE@AtLanTa.CoM;Transport=udp",
	  "sip:alice@AtLanTa.CoM;Transport=UDP" },
	{ "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060" },
	{ "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp" },
	{ "sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp" },
	{ "sip:carol@chicago.com",
	  "sip:carol@chicago.com?Subject=next%20meeting" },
	{ "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4" },
	/* 19.1.4: the middle one equals both, these two differ. */
	{ "sip:carol@chicago.com;security=on",
	  "sip:carol@chicago.com;security=off" },
	{ "sip:a@b.example", "sips:a@b.example" },
	{ "sip:a@b.example", "sip:b.example" },
	{ "sip:a:p@b.example", "sip:a@b.example" },
	{ "sip:a@b.example;user=phone", "sip:a@b.example" },
	{ "sip:a@b.example;ttl=1", "sip:a@b.example" },
	{ "sip:a@b.example;method=INVITE", "sip:a@b.example" },
	{ "sip:a@b.example;maddr=192.0.2.1", "sip:a@b.example" },
	{ "sip:a@b.example;lr", "sip:a@b.example;lr=on" },
	{ "sip:a%3Bb@c.example", "sip:a;b@c.example" },
	{ "sip:a%40b@c.example", "sip:a%41b@c.example" },
	{ "sip:a@b.example?x=1", "sip:a@b.example?x=2" },
	/* And of one name, however it is spelled. */
	{ "sip:a@b.example;Pq=1", "sip:a@b.example;%70%51=2" },
	{ "sip:a@b.example;%2b=1", "sip:a@b.example;%2B=2" },
	{ "sip:a@b.example;%00=1", "sip:a@b.example;%00=2" },
	{ "sip:a@b.example;%75ser=phone", "sip:a@b.example" },
	{ "sip:a@b.example?", "sip:a@b.example" },
	{ "sip:a@[2001:db8::1]", "sip:a@[2001:db8::2]" },
	{ "tel:+15550100", "tel:15550100;phone-context=+1" },
	{ "tel:+15550100", "tel:+15550101" },
	{ "tel:+15550100", "tel:+155501001" },
	{ "tel:+1555;ext=22", "tel:+1555" },
	{ "tel:7042;phone-context=a.example",
	  "tel:7042;phone-context=b.example" },
	{ "urn:service:sos", "urn:service:Sos" },
	{ "urn:service:sos", "mailto:a@b.example" },
};

static void uris_are_equal_as_the_rfcs_list_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(equal); i++) {
		struct sip_uri a = uri_of(equal[i].a);
		struct sip_uri b = uri_of(equal[i].b);

		if (!sip_uri_equals(&a, &b) || !sip_uri_equals(&b, &a))
			fail_msg("%s\n%s", equal[i].a, equal[i].b);
	}
}

static void uris_differ_as_the_rfcs_list_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(unequal); i++) {
		struct sip_uri a = uri_of(unequal[i].a);
		struct sip_uri b = uri_of(unequal[i].b);

		if (sip_uri_equals(&a, &b) || sip_uri_equals(&b, &a))
			fail_msg("%s\n%s", unequal[i].a, unequal[i].b);
		assert_true(sip_uri_equals(&a, &a));
		assert_true(sip_uri_equals(&b, &b));
	}
}

/* ;pa;pb;pc... or the other way round. */
static const char *uri_with_params(char *text, size_t count, bool is_reversed)
{
	size_t len = strlen("sip:a@b.example");

	(void)text_copy(TEXT("sip:a@b.example"), text, len + 1);
	for (size_t i = 0; i < count; i++) {
		size_t letter = is_reversed ? count - 1 - i : i;

		text[len++] = ';';
		text[len++] = 'p';
		text[len++] = (char)('a' + (int)letter);
	}
	text[len] = '\0';
	return text;
}

static void very_many_parameters_compare_by_bytes(void **state)
{
	char text_a[128];
	char text_b[128];
	struct sip_uri a = uri_of(uri_with_params(text_a, 16, false));
	struct sip_uri b = uri_of(uri_with_params(text_b, 16, true));
	(void)state;

	assert_true(sip_uri_equals(&a, &b));
	a = uri_of(uri_with_params(text_a, 17, false));
	b = uri_of(uri_with_params(text_b, 17, true));
	assert_true(sip_uri_equals(&a, &a));
	assert_false(sip_uri_equals(&a, &b));
}

static void assert_canonical(const char *expected, const char *uri_text)
{
	char buffer[SIP_CANONICAL_SIZE];
	struct writer writer = writer_over(buffer, sizeof(buffer));
	struct sip_uri uri = uri_of(uri_text);
	int err = sip_uri_canonical(&uri, &writer);

	if (!expected) {
		assert_int_equal(EBADMSG, err);
		return;
	}
	if (err)
		print_error("%s\n", uri_text);
	assert_int_equal(0, err);
	assert_text(expected, writer_text(&writer));
}

static void all_spellings_of_an_address_are_kept_under_one(void **state)
{
	static const struct pair rows[] = {
		{ "sip:alice@example.com", "sip:alice@example.com" },
		{ "SIPS:%61lice:pw@EXAMPLE.com.:5071;transport=tcp?a=b",
		  "sip:alice@example.com" },
		{ "sip:Alice@example.com", "sip:Alice@example.com" },
		{ "sip:a%00%0d%0ab@c.example", "sip:a%00%0D%0Ab@c.example" },
		{ "sip:a%40b@c.example", "sip:a%40b@c.example" },
		{ "sip:%c3%a9@c.example", "sip:%C3%A9@c.example" },
		{ "sip:*67#@c.example", "sip:*67%23@c.example" },
		{ "sip:user%3Bpar@c.example", "sip:user;par@c.example" },
		{ "sip:a@[2001:0DB8:0::C000:0201]:5",
		  "sip:a@[2001:db8::c000:201]" },
		{ "sip:a@[2001:db8:::192.0.2.1]",
		  "sip:a@[2001:db8::c000:201]" },
		{ "sip:a@192.000.002.010", "sip:a@192.0.2.10" },
		{ "tel:+1-(555)-01.00;ext=1", "tel:+15550100" },
		{ "sip:%2B1-(555)-01.00@c.example;user=phone",
		  "sip:+15550100@c.example" },
		{ "sip:+1-555;ext=2@c.example", "sip:+1-555;ext=2@c.example" },
		{ "sip:+1-a@c.example", "sip:+1-a@c.example" },
		{ "sip:1-555@c.example", "sip:1-555@c.example" },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_canonical(rows[i].b, rows[i].a);
	assert_canonical(NULL, "sip:example.com");
	assert_canonical(NULL, "tel:7042;phone-context=+1");
	assert_canonical(NULL, "urn:service:sos");
}

static void a_global_number_is_read_off_a_sip_uri(void **state)
{
	static const struct pair rows[] = {
		{ "sip:+1-555-0100@gw.example;user=phone", "tel:+15550100" },
		{ "sip:+15550100;ext=22@gw.example", "tel:+15550100" },
		{ "sip:%2B1555.0100@gw.example", "tel:+15550100" },
		{ "sip:15550100@gw.example", NULL },
		{ "sip:+1555a@gw.example", NULL },
		{ "sip:+@gw.example", NULL },
		{ "sip:+;x@gw.example", NULL },
		{ "sip:gw.example", NULL },
		{ "tel:+15550100", NULL },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char buffer[SIP_CANONICAL_SIZE];
		struct writer writer = writer_over(buffer, sizeof(buffer));
		struct sip_uri uri = uri_of(rows[i].a);
		int err = sip_uri_canonical_number(&uri, &writer);

		assert_int_equal(rows[i].b ? 0 : EBADMSG, err);
		if (rows[i].b)
			assert_text(rows[i].b, writer_text(&writer));
	}
}

static void an_address_too_long_is_no_key(void **state)
{
	char text[1024] = "sip:";
	char buffer[2048];
	struct writer writer = writer_over(buffer, sizeof(buffer));
	struct writer small = writer_over(buffer, 8);
	struct sip_uri uri;
	(void)state;

	memset(text + 4, 'a', 600);
	(void)text_copy(TEXT("@b.example"), text + 604, 100);
	uri = uri_of(text);
	assert_int_equal(EMSGSIZE, sip_uri_canonical(&uri, &writer));
	uri = uri_of("sip:alice@example.com");
	assert_int_equal(EMSGSIZE, sip_uri_canonical(&uri, &small));
}

static void a_host_is_kept_in_one_form(void **state)
{
	static const struct pair rows[] = {
		{ "Example.COM", "example.com" },
		{ "example.com.", "example.com" },
		{ "my_host", "my_host" },
		{ "2001:DB8::0", "[2001:db8::]" },
		{ "[2001:DB8::0]", "[2001:db8::]" },
		{ "192.0.02.1", "192.0.2.1" },
		{ "", NULL },
		{ ".", NULL },
		{ "a b", NULL },
		{ "[::1", NULL },
		{ "[example.com]", NULL },
		{ "a:b", NULL },
		{ "1.2.3.999", NULL },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char buffer[SIP_CANONICAL_SIZE];
		struct writer writer = writer_over(buffer, sizeof(buffer));
		int err = sip_host_canonical(text_of(rows[i].a), &writer);

		assert_int_equal(rows[i].b ? 0 : EBADMSG, err);
		if (rows[i].b)
			assert_text(rows[i].b, writer_text(&writer));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_parts_of_a_sip_uri_are_found),
		cmocka_unit_test(a_uri_without_a_part_says_so),
		cmocka_unit_test(an_ipv6_host_stands_in_brackets),
		cmocka_unit_test(a_user_part_may_look_like_anything),
		cmocka_unit_test(a_tel_uri_has_its_number_as_user),
		cmocka_unit_test(a_foreign_scheme_is_no_error),
		cmocka_unit_test(what_breaks_the_grammar_is_refused),
		cmocka_unit_test(uris_are_equal_as_the_rfcs_list_them),
		cmocka_unit_test(uris_differ_as_the_rfcs_list_them),
		cmocka_unit_test(very_many_parameters_compare_by_bytes),
		cmocka_unit_test(
			all_spellings_of_an_address_are_kept_under_one),
		cmocka_unit_test(a_global_number_is_read_off_a_sip_uri),
		cmocka_unit_test(an_address_too_long_is_no_key),
		cmocka_unit_test(a_host_is_kept_in_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
