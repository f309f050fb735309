/*
 * auth.h - who asks, and may they: bearer tokens (RFC 6750) and sessions (a
 * cookie) from the snapshot, and the local socket, whose peers the accept
 * thread has already checked. "http" thread; nothing here waits.
 */
#ifndef SIPMOVED_API_AUTH_H
#define SIPMOVED_API_AUTH_H

#include "api/http_exchange.h"

enum {
	/* Bytes of a secret that is handed out once, and of its text. */
	AUTH_SECRET_BYTES = 32,
	AUTH_SECRET_TEXT_SIZE = 44,
};

#define AUTH_COOKIE "__Host-sipmoved"

/* Values of the head's fields; empty if there is none. */
struct auth_fields {
	struct text authorization;
	struct text cookie;
	struct text fetch_site; /* Sec-Fetch-Site */
	struct text origin;
	/* Of the fields that the settings name, if they are there once. */
	struct text proxy_user, proxy_secret;
};

/*
 * Fills exchange->principal. scope: what the row asks for; 0 is open to all,
 * and credentials that are wrong are then as good as none. False: 401 or 403
 * was answered.
 */
bool auth_check(struct exchange *exchange, const struct auth_fields *fields,
		uint32_t scope);

/* For a resource that takes a second scope: false: 403 was answered. */
bool auth_check_scope(struct exchange *exchange, uint32_t scope);
/* Of an answer that goes on for long: what let the request in would still do
 * so. exchange->snapshot and now_ms are fresh. */
bool auth_still_holds(const struct exchange *exchange);
/* The same before more is done for a request that took its time: false: 401
 * was answered. */
bool auth_check_still(struct exchange *exchange);
/* 32 random bytes as base64url, and their SHA-256. */
void auth_secret_make(char text[AUTH_SECRET_TEXT_SIZE],
		      unsigned char sha256[32]);
/* False: it is no such text. */
bool auth_secret_hash(struct text text, unsigned char sha256[32]);

#endif
