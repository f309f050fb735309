/*
 * tls_fixture.h - what TLS connections are made from, with a certificate of its
 * own. Include cmocka.h before it.
 */
#ifndef SIPMOVED_TESTS_TLS_FIXTURE_H
#define SIPMOVED_TESTS_TLS_FIXTURE_H

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sip/tls_context.h"

static inline void fixture_write_certificate(const char *path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					       (const unsigned char *)"a", -1,
					       -1, 0));
	assert_true(X509_set_issuer_name(certificate, name));
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	assert_true(X509_set_pubkey(certificate, key));
	assert_true(X509_sign(certificate, key, EVP_sha256()));
	assert_true(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
	assert_true(PEM_write_X509(file, certificate));
	assert_int_equal(0, fclose(file));
	X509_free(certificate);
	EVP_PKEY_free(key);
}

/* tls_context_unref() it. */
static inline struct tls_context *fixture_tls_context(void)
{
	char path[] = "/tmp/sipmoved-tls-XXXXXX", why[TLS_WHY_SIZE];
	struct tls_settings *settings = calloc(1, sizeof(*settings));
	struct tls_context *context = NULL;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_non_null(settings);
	close(fd);
	fixture_write_certificate(path);
	snprintf(settings->certificate, sizeof(settings->certificate), "%s",
		 path);
	assert_int_equal(0, tls_context_new(settings, &context, why));
	free(settings);
	unlink(path);
	return context;
}

#endif
