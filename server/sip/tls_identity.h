/*
 * tls_identity.h - whom a client's certificate speaks for (RFC 5922 7, RFC
 * 5924). Pure: decides from the certificate and the settings alone.
 */
#ifndef SIPMOVED_SIP_TLS_IDENTITY_H
#define SIPMOVED_SIP_TLS_IDENTITY_H

#include <stdbool.h>

#include "sip/tls_settings.h"

struct x509_st;

/*
 * Is one of its SIP domains among the client identities? Domains are the hosts
 * of subjectAltName URIs "sip:HOST" without a user, and its DNS names; the
 * subject's common name only where there is no subjectAltName at all. Compared
 * whole and without case: no suffixes, no wildcards. Without client identities
 * every certificate is.
 */
bool tls_identity_is_allowed(const struct x509_st *certificate,
			     const struct tls_settings *settings);
/* Is it meant for this, as far as it says what it is meant for? */
bool tls_identity_is_for_sip(const struct x509_st *certificate);

#endif
