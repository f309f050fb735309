#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/x509v3.h>
#include <string.h>

#include "base/text.h"
#include "sip/tls_identity.h"

/* A certificate nobody signed: identities are read after the chain was. */
static X509 *a_certificate(const char *common_name, const char *names,
			   const char *usage)
{
	X509 *certificate = X509_new();
	X509_EXTENSION *extension;

	assert_non_null(certificate);
	if (common_name)
		assert_true(X509_NAME_add_entry_by_txt(
			X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
			(const unsigned char *)common_name, -1, -1, 0));
	if (names) {
		extension = X509V3_EXT_conf_nid(NULL, NULL,
						NID_subject_alt_name, names);
		assert_non_null(extension);
		assert_true(X509_add_ext(certificate, extension, -1));
		X509_EXTENSION_free(extension);
	}
	if (usage) {
		extension = X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage,
						usage);
		assert_non_null(extension);
		assert_true(X509_add_ext(certificate, extension, -1));
		X509_EXTENSION_free(extension);
	}
	return certificate;
}

static struct tls_settings peers(void)
{
	struct tls_settings settings = { .client_identity_count = 2 };

	text_copy(TEXT("example.com"), settings.client_identities[0],
		  TLS_IDENTITY_MAX);
	text_copy(TEXT("peer.example.org"), settings.client_identities[1],
		  TLS_IDENTITY_MAX);
	return settings;
}

/* RFC 5922 7.1, 7.2 */
static const struct {
	const char *common_name, *names;
	bool is_allowed;
} identities[] = {
	{ NULL, "DNS:example.com", true },
	{ NULL, "DNS:EXAMPLE.com", true },
	{ NULL, "URI:sip:example.com", true },
	{ NULL, "URI:SIP:Example.Com", true },
	{ NULL, "URI:sip:example.com:5061", true },
	{ NULL, "URI:sip:example.com;transport=tls", true },
	{ NULL, "DNS:a.example,DNS:peer.example.org", true },
	{ NULL, "DNS:a.example,URI:sip:peer.example.org", true },
	{ NULL, "URI:sip:b.example,URI:sip:peer.example.org", true },
	/* Names that are no SIP domain's leave the DNS names theirs. */
	{ NULL, "URI:sip:bob@b.example,DNS:example.com", true },
	{ NULL, "URI:sips:b.example,URI:https://b,DNS:example.com", true },
	{ NULL, "DNS:example.com,URI:sip:b.example", false },
	{ NULL, "URI:sip:b.example,DNS:example.com", false },
	{ "example.com", NULL, true },
	{ NULL, "DNS:foo.example.com", false },
	{ NULL, "DNS:example.co", false },
	{ NULL, "DNS:example.com.evil.example", false },
	{ NULL, "DNS:*.example.com", false },
	{ NULL, "DNS:*", false },
	{ NULL, "URI:sip:alice@example.com", false },
	{ NULL, "URI:sips:example.com", false },
	{ NULL, "URI:https://example.com", false },
	{ NULL, "URI:sip:", false },
	{ NULL, "IP:127.0.0.1,email:a@example.com", false },
	{ "example.com", "DNS:elsewhere.example", false },
	{ "example.com", "IP:127.0.0.1", false },
	{ "foo.example.com", NULL, false },
	{ "*.example.com", NULL, false },
	{ NULL, NULL, false },
};

static void a_certificate_speaks_for_its_whole_names_alone(void **state)
{
	struct tls_settings settings = peers();
	(void)state;

	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]);
	     i++) {
		X509 *certificate = a_certificate(identities[i].common_name,
						  identities[i].names, NULL);

		print_message("  CN %s, SAN %s\n",
			      identities[i].common_name
				      ? identities[i].common_name
				      : "-",
			      identities[i].names ? identities[i].names : "-");
		assert_int_equal(
			identities[i].is_allowed,
			tls_identity_is_allowed(certificate, &settings));
		X509_free(certificate);
	}
}

static X509 *a_certificate_of_bytes(int type, struct text bytes)
{
	X509 *certificate = X509_new();
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	assert_true(ASN1_STRING_set(text, bytes.ptr, (int)bytes.len));
	GENERAL_NAME_set0_value(name, type, text);
	assert_true(sk_GENERAL_NAME_push(names, name));
	assert_true(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names,
				      0, X509V3_ADD_DEFAULT));
	GENERAL_NAMES_free(names);
	return certificate;
}

static void a_name_that_hides_a_nul_matches_nothing(void **state)
{
	static const struct {
		int type;
		struct text bytes;
	} hidden[] = {
		{ GEN_DNS, TEXT("example.com\0.evil.example") },
		{ GEN_DNS, TEXT("example.com\0") },
		{ GEN_URI, TEXT("sip:example.com\0.evil.example") },
		{ GEN_URI, TEXT("sip:example.com\0") },
		{ GEN_URI, TEXT("sip:example.com\0;transport=tls") },
	};
	struct tls_settings settings = peers();
	(void)state;

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		X509 *certificate =
			a_certificate_of_bytes(hidden[i].type, hidden[i].bytes);

		assert_false(tls_identity_is_allowed(certificate, &settings));
		X509_free(certificate);
	}
}

static void two_common_names_speak_for_nobody(void **state)
{
	struct tls_settings settings = peers();
	X509 *certificate = a_certificate("example.com", NULL, NULL);
	(void)state;

	assert_true(X509_NAME_add_entry_by_txt(
		X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
		(const unsigned char *)"other.example", -1, -1, 0));
	assert_false(tls_identity_is_allowed(certificate, &settings));
	X509_free(certificate);
}

static void without_a_list_every_certificate_is_allowed(void **state)
{
	struct tls_settings settings = { 0 };
	X509 *certificate = a_certificate(NULL, "DNS:any.example", NULL);
	(void)state;

	assert_true(tls_identity_is_allowed(certificate, &settings));
	X509_free(certificate);
}

static void a_certificate_for_something_else_is_not_for_sip(void **state)
{
	static const struct {
		const char *usage;
		bool is_for_sip;
	} usages[] = {
		{ NULL, true },
		{ "clientAuth", true },
		{ "serverAuth", true },
		{ "anyExtendedKeyUsage", true },
		{ "1.3.6.1.5.5.7.3.20", true },
		{ "emailProtection,clientAuth", true },
		{ "emailProtection", false },
		{ "codeSigning,1.3.6.1.5.5.7.3.200", false },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(usages) / sizeof(usages[0]); i++) {
		X509 *certificate = a_certificate(NULL, NULL, usages[i].usage);

		assert_int_equal(usages[i].is_for_sip,
				 tls_identity_is_for_sip(certificate));
		X509_free(certificate);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_certificate_speaks_for_its_whole_names_alone),
		cmocka_unit_test(a_name_that_hides_a_nul_matches_nothing),
		cmocka_unit_test(two_common_names_speak_for_nobody),
		cmocka_unit_test(without_a_list_every_certificate_is_allowed),
		cmocka_unit_test(
			a_certificate_for_something_else_is_not_for_sip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
