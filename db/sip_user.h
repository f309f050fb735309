/*
 * sip_user.h - who may call: users of a domain that asks its callers for Digest
 * credentials (RFC 3261 22), and what the domain asks. Plain values.
 *
 * A password is never kept: what it hashes to is (digest_hash.h).
 */
#ifndef SIPMOVED_DB_SIP_USER_H
#define SIPMOVED_DB_SIP_USER_H

#include "base/digest_hash.h"
#include "db/domain.h"

enum {
	SIP_USERNAME_MAX = 127,
	SIP_USER_NOTE_MAX = 500,
	SIP_PASSWORD_MIN = 8,
	SIP_PASSWORD_MAX = 128,
	NONCE_SECONDS_MIN = 10,
	NONCE_SECONDS_DEFAULT = 300,
	NONCE_SECONDS_MAX = 86400,
};

struct sip_user {
	int64_t row_id;
	char id[OBJECT_ID_SIZE]; /* "sus_..." */
	char username[SIP_USERNAME_MAX + 1];
	char domain[DOMAIN_NAME_MAX + 1]; /* canonical */
	char note[SIP_USER_NOTE_MAX + 1];
	struct digest_secrets secrets;
	int64_t password_changed_at_ms;
	int64_t created_at_ms;
	int64_t updated_at_ms;
	int64_t revision;
};

struct domain_authentication {
	int64_t domain_row_id;
	char domain[DOMAIN_NAME_MAX + 1];
	bool required;
	unsigned algorithms; /* bits 1 << enum digest_algorithm */
	int64_t nonce_seconds;
	bool require_qop; /* refuse RFC 2069's form */
	bool bind_nonce;  /* to the source's address */
	int64_t revision; /* the domain's own until it is first set */
};

/* Canonicalises the domain in place. */
void sip_user_validate(struct sip_user *user, struct faults *faults);
void sip_password_validate(struct text password, struct faults *faults);
void domain_authentication_validate(
	const struct domain_authentication *authentication,
	struct faults *faults);

/* What a snapshot's section is made of; views. */
struct sip_user_rows {
	const struct sip_user *users;
	size_t user_count;
	const struct domain_authentication *authentications;
	size_t authentication_count;
};

#endif
