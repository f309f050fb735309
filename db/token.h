/*
 * token.h - API tokens: smv_<id8>_<secret43>_<crc6>.
 *
 * id8: 8 characters of base62, public, names the token in lists. secret43: 32
 * random bytes in base62 (fixed width). crc6: CRC-32 of all before the last
 * underscore, base62, so that secret scanners and typing mistakes are told
 * apart. The database holds SHA-256 of the secret text; a fast hash is right at
 * 256 bits of entropy.
 */
#ifndef SIPMOVED_DB_TOKEN_H
#define SIPMOVED_DB_TOKEN_H

#include "db/object_id.h"

enum {
	TOKEN_PUBLIC_ID_LEN = 8,
	TOKEN_SECRET_LEN = 43,
	TOKEN_CHECK_LEN = 6,
	/* "smv_" id "_" secret "_" check NUL */
	TOKEN_TEXT_SIZE = 4 + 8 + 1 + 43 + 1 + 6 + 1,
	TOKEN_NAME_MAX = 63,
	TOKEN_NETWORKS_MAX = 8,
	TOKEN_NETWORKS_SIZE = TOKEN_NETWORKS_MAX * 52, /* IP_NETWORK_SIZE */
	TOKENS_PER_USER_MAX = 10,		       /* that are active */
	TOKENS_ENDED_KEPT = 20, /* of a user's: the last of them */
	TOKEN_OLD_SECRET_MS = 24 * 3600 * 1000,
};

/* Bits of a set; the API's words in token_scope_name(): "moves:read" ... */
enum token_scope {
	SCOPE_MOVES_READ = 1 << 0,
	SCOPE_MOVES_WRITE = 1 << 1,
	SCOPE_POLICY_READ = 1 << 2,
	SCOPE_POLICY_WRITE = 1 << 3,
	SCOPE_LOGS_READ = 1 << 4,
	SCOPE_USERS_ADMIN = 1 << 5,
	SCOPE_TOKENS_ADMIN = 1 << 6,
	SCOPE_WEBHOOKS_ADMIN = 1 << 7,
	SCOPE_SYSTEM_READ = 1 << 8,
	SCOPE_SYSTEM_ADMIN = 1 << 9,
	SCOPE_HOOKS_POST = 1 << 10,
	SCOPES_ALL = (1 << 11) - 1,
	/* No token has it: of who is logged in, about their own account. */
	SCOPE_SELF = 1 << 30,
	/* Of who is logged in, or has a token of a user's own: about what the
	 * user owns. */
	SCOPE_OWN = 1 << 29,
};

struct token {
	char public_id[TOKEN_PUBLIC_ID_LEN + 1];
	/* Printable UTF-8; no other of the same user's, or of nobody's, has it.
	 */
	char name[TOKEN_NAME_MAX + 1];
	/* Whose own it is: who holds it is let at what this user owns, and the
	 * user's name is told for it. "": nobody's. */
	char user_id[OBJECT_ID_SIZE];
	char user_name[64];
	char role[16]; /* "admin", "operator", ... */
	uint32_t scopes;
	unsigned char secret_sha256[32];
	unsigned char old_secret_sha256[32]; /* good until old_until_ms */
	int64_t old_until_ms;
	/* Where it may be used from, with a blank between two; "": anywhere. */
	char networks[TOKEN_NETWORKS_SIZE];
	int64_t last_used_at_ms; /* to the minute; 0: never */
	int64_t created_at_ms;
	int64_t expires_at_ms;
	int64_t revoked_at_ms; /* 0: not revoked */
	int64_t revision;
};

/* NULL if there is no such bit. */
const char *token_scope_name(uint32_t scope_bit);
/* "admin", "operator", "helpdesk", "service": 0, else EINVAL. */
int token_role_scopes(struct text role, uint32_t *ret_scopes);
/* Of people: "admin", "operator", "helpdesk", and "user", who is let at nothing
 * but what they own. 0, else EINVAL. */
int user_role_scopes(struct text role, uint32_t *ret_scopes);

/* "admin, operator": the roles that have it. size >= 1. */
void token_roles_with(uint32_t scope, char *buffer, size_t size);
/* "active", "expired" or "revoked". */
const char *token_state_name(const struct token *token, int64_t now_ms);

/* Fills public_id and secret_sha256, and writes the text to hand out once. */
void token_make_secret(struct token *token, char text[TOKEN_TEXT_SIZE]);
/* Another secret for the same public_id. */
void token_renew_secret(struct token *token, char text[TOKEN_TEXT_SIZE]);
/* May it be used from there? peer: a numeric address. */
bool token_is_for(const struct token *token, struct text peer);
/* Form and checksum; the views point into text. EBADMSG if it is no token. */
int token_parse(struct text text, struct text *ret_public_id,
		struct text *ret_secret) __attribute__((warn_unused_result));
/* In constant time; expiry and revocation at now_ms included. */
bool token_accepts(const struct token *token, struct text secret,
		   int64_t now_ms);

#endif
