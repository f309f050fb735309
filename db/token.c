#include "db/token.h"

#include "base/ip_network.h"

#include <errno.h>
#include <string.h>
#include <sodium.h>
#include <zlib.h>

_Static_assert(TOKEN_NETWORKS_SIZE == TOKEN_NETWORKS_MAX * IP_NETWORK_SIZE,
	       "a list of networks fits");
_Static_assert(sizeof(((struct token *)0)->secret_sha256) ==
		       crypto_hash_sha256_BYTES,
	       "the database holds SHA-256 of the secret");

enum {
	PREFIX_LEN = 4,
	SECRET_BYTES = 32,
	BASE = 62,
	/* Where the parts stand in the text. */
	ID_AT = PREFIX_LEN,
	SECRET_AT = ID_AT + TOKEN_PUBLIC_ID_LEN + 1,
	CHECK_AT = SECRET_AT + TOKEN_SECRET_LEN + 1,
	TEXT_LEN = CHECK_AT + TOKEN_CHECK_LEN,
};
_Static_assert(TEXT_LEN + 1 == TOKEN_TEXT_SIZE, "token.h counts alike");

static const char prefix[] = "smv_";
static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz";

static const char *const scope_names[] = {
	"moves:read",  "moves:write",  "policy:read",  "policy:write",
	"logs:read",   "users:admin",  "tokens:admin", "webhooks:admin",
	"system:read", "system:admin", "hooks:post",
};
_Static_assert(SCOPES_ALL ==
		       (1 << (sizeof(scope_names) / sizeof(*scope_names))) - 1,
	       "each scope has a name");

enum role_holder {
	HELD_BY_TOKENS = 1 << 0,
	HELD_BY_USERS = 1 << 1,
	HELD_BY_BOTH = HELD_BY_TOKENS | HELD_BY_USERS,
};

static const struct {
	struct text role;
	uint32_t scopes;
	enum role_holder holder;
} roles[] = {
	{ TEXT("admin"), SCOPES_ALL, HELD_BY_BOTH },
	/* Sees all and changes nothing. */
	{ TEXT("operator"),
	  SCOPE_MOVES_READ | SCOPE_POLICY_READ | SCOPE_LOGS_READ |
		  SCOPE_SYSTEM_READ,
	  HELD_BY_BOTH },
	/* Moves people, and finds out where their calls went. */
	{ TEXT("helpdesk"),
	  SCOPE_MOVES_READ | SCOPE_MOVES_WRITE | SCOPE_LOGS_READ,
	  HELD_BY_BOTH },
	/* A program: a calendar, an HR tool. */
	{ TEXT("service"), SCOPE_MOVES_READ | SCOPE_MOVES_WRITE,
	  HELD_BY_TOKENS },
	/* Only ever together with an owner: see ownership.h. */
	{ TEXT("user"), SCOPE_MOVES_READ | SCOPE_MOVES_WRITE | SCOPE_LOGS_READ,
	  HELD_BY_USERS },
};

const char *token_scope_name(uint32_t scope_bit)
{
	if (scope_bit == SCOPE_SELF)
		return "self";
	if (scope_bit == SCOPE_OWN)
		return "own";
	for (size_t i = 0; i < sizeof(scope_names) / sizeof(*scope_names); i++)
		if (scope_bit == UINT32_C(1) << i)
			return scope_names[i];
	return NULL;
}

static int role_scopes(struct text role, enum role_holder holder,
		       uint32_t *ret_scopes)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (roles[i].holder & holder &&
		    text_equals(role, roles[i].role)) {
			*ret_scopes = roles[i].scopes;
			return 0;
		}
	return EINVAL;
}

int token_role_scopes(struct text role, uint32_t *ret_scopes)
{
	return role_scopes(role, HELD_BY_TOKENS, ret_scopes);
}

int user_role_scopes(struct text role, uint32_t *ret_scopes)
{
	return role_scopes(role, HELD_BY_USERS, ret_scopes);
}

void token_roles_with(uint32_t scope, char *buffer, size_t size)
{
	const char *words[sizeof(roles) / sizeof(*roles)];
	size_t count = 0;

	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (roles[i].holder & HELD_BY_TOKENS &&
		    (roles[i].scopes & scope) == scope)
			words[count++] = roles[i].role.ptr;
	text_join(words, count, buffer, size);
}

const char *token_state_name(const struct token *token, int64_t now_ms)
{
	if (token->revoked_at_ms != 0)
		return "revoked";
	return now_ms < token->expires_at_ms ? "active" : "expired";
}

/* Big-endian bytes as base62 of a fixed width; the bytes are used up. */
static void write_base62(unsigned char *bytes, size_t count, char *out,
			 size_t width)
{
	while (width > 0) {
		unsigned rest = 0;

		for (size_t i = 0; i < count; i++) {
			rest = rest << 8 | bytes[i];
			bytes[i] = (unsigned char)(rest / BASE);
			rest %= BASE;
		}
		out[--width] = digits[rest];
	}
}

/* Over all before the last underscore. */
static void write_check(const char *text, char check[TOKEN_CHECK_LEN])
{
	uLong crc = crc32(0, (const Bytef *)text, CHECK_AT - 1);
	unsigned char bytes[4];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(crc >> (24 - 8 * i));
	write_base62(bytes, sizeof(bytes), check, TOKEN_CHECK_LEN);
}

static void hash_secret(struct text secret, unsigned char hash[32])
{
	crypto_hash_sha256(hash, (const unsigned char *)secret.ptr, secret.len);
}

void token_renew_secret(struct token *token, char text[TOKEN_TEXT_SIZE])
{
	unsigned char secret[SECRET_BYTES];

	memcpy(text, prefix, PREFIX_LEN);
	memcpy(text + ID_AT, token->public_id, TOKEN_PUBLIC_ID_LEN);
	text[SECRET_AT - 1] = '_';
	randombytes_buf(secret, sizeof(secret));
	write_base62(secret, sizeof(secret), text + SECRET_AT,
		     TOKEN_SECRET_LEN);
	text[CHECK_AT - 1] = '_';
	write_check(text, text + CHECK_AT);
	text[TEXT_LEN] = '\0';
	hash_secret((struct text){ text + SECRET_AT, TOKEN_SECRET_LEN },
		    token->secret_sha256);
}

void token_make_secret(struct token *token, char text[TOKEN_TEXT_SIZE])
{
	for (size_t i = 0; i < TOKEN_PUBLIC_ID_LEN; i++)
		token->public_id[i] = digits[randombytes_uniform(BASE)];
	token->public_id[TOKEN_PUBLIC_ID_LEN] = '\0';
	token_renew_secret(token, text);
}

static bool is_base62(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!memchr(digits, text.ptr[i], BASE))
			return false;
	return true;
}

int token_parse(struct text text, struct text *ret_public_id,
		struct text *ret_secret)
{
	struct text id, secret;
	char check[TOKEN_CHECK_LEN];

	if (text.len != TEXT_LEN || memcmp(text.ptr, prefix, PREFIX_LEN) != 0 ||
	    text.ptr[SECRET_AT - 1] != '_' || text.ptr[CHECK_AT - 1] != '_')
		return EBADMSG;
	id = (struct text){ text.ptr + ID_AT, TOKEN_PUBLIC_ID_LEN };
	secret = (struct text){ text.ptr + SECRET_AT, TOKEN_SECRET_LEN };
	if (!is_base62(id) || !is_base62(secret))
		return EBADMSG;
	write_check(text.ptr, check);
	if (memcmp(check, text.ptr + CHECK_AT, sizeof(check)) != 0)
		return EBADMSG;
	*ret_public_id = id;
	*ret_secret = secret;
	return 0;
}

bool token_accepts(const struct token *token, struct text secret,
		   int64_t now_ms)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	bool is_secret, is_old;

	hash_secret(secret, hash);
	is_secret = sodium_memcmp(hash, token->secret_sha256, sizeof(hash)) ==
		    0;
	is_old = sodium_memcmp(hash, token->old_secret_sha256, sizeof(hash)) ==
			 0 &&
		 now_ms < token->old_until_ms;
	return (is_secret || is_old) && token->revoked_at_ms == 0 &&
	       now_ms < token->expires_at_ms;
}

/* What is no network lets nobody in. */
bool token_is_for(const struct token *token, struct text peer)
{
	struct text rest = text_of(token->networks);
	struct ip_address address;
	struct ip_network network;

	if (rest.len == 0)
		return true;
	if (ip_address_parse(peer, &address))
		return false;
	while (rest.len > 0) {
		const char *end = memchr(rest.ptr, ' ', rest.len);
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;

		if (!ip_network_parse((struct text){ rest.ptr, len },
				      &network) &&
		    ip_network_has(&network, &address))
			return true;
		len += end ? 1 : 0;
		rest = (struct text){ rest.ptr + len, rest.len - len };
	}
	return false;
}
