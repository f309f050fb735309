/*
 * tls_settings.h - what an operator says about TLS: files of PEM, and who may
 * connect. A plain value.
 */
#ifndef SIPMOVED_SIP_TLS_SETTINGS_H
#define SIPMOVED_SIP_TLS_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

enum {
	TLS_PATH_MAX = 1024,
	TLS_IDENTITY_MAX = 256, /* bytes of a domain name, with the NUL */
	TLS_IDENTITIES_MAX = 64,
};

enum tls_verify {
	TLS_VERIFY_OFF,	     /* clients are not asked for a certificate */
	TLS_VERIFY_OPTIONAL, /* one that is shown must be good */
	TLS_VERIFY_REQUIRED,
};

struct tls_settings {
	char certificate[TLS_PATH_MAX]; /* with its chain; "": no TLS */
	char private_key[TLS_PATH_MAX]; /* "": in the certificate's file */
	char sni_dir[TLS_PATH_MAX];	/* NAME.pem: key and chain of NAME; or
					 * "" */
	char client_ca[TLS_PATH_MAX];	/* whose client certificates count */
	enum tls_verify verify_client;
	/* Domains a client's certificate may be of; none: any. */
	char client_identities[TLS_IDENTITIES_MAX][TLS_IDENTITY_MAX];
	size_t client_identity_count;
	uint64_t handshake_timeout_s;
};

#endif
