#include "api/auth.h"
#include "api/api_state.h"
#include "api/http_wire.h"
#include "api/problem.h"

#include <stdio.h>

enum {
	CHALLENGE_SIZE = 160,
	ROLES_SIZE = 64,
};

static void answer_unauthenticated(struct exchange *exchange,
				   const char *challenge, const char *detail)
{
	exchange_set_header(exchange, "WWW-Authenticate", challenge);
	problem_answer(exchange, PROBLEM_UNAUTHENTICATED, "%s", detail);
}

static void be_local(struct exchange *exchange)
{
	struct principal *principal = &exchange->principal;

	text_copy(TEXT("root"), principal->name, sizeof(principal->name));
	principal->kind = "local";
	text_copy(TEXT("admin"), principal->role, sizeof(principal->role));
	principal->scopes = SCOPES_ALL;
}

static bool bearer_of(struct text authorization, struct text *ret_token)
{
	const struct text scheme = TEXT("Bearer ");

	if (!text_starts_with_nocase(authorization, scheme))
		return false;
	*ret_token = text_trim((struct text){ authorization.ptr + scheme.len,
					      authorization.len - scheme.len });
	return true;
}

/* One answer for all that can be wrong with a token: it tells nobody which. */
static bool be_token(struct exchange *exchange, struct text authorization)
{
	struct principal *principal = &exchange->principal;
	struct text text, public_id, secret;
	const struct token *token;

	if (!bearer_of(authorization, &text) ||
	    token_parse(text, &public_id, &secret) != 0)
		return false;
	token = snapshot_token(exchange->snapshot, public_id);
	if (!token || !token_accepts(token, secret, exchange->now_ms))
		return false;
	text_copy(text_of(token->name), principal->name,
		  sizeof(principal->name));
	principal->kind = "token";
	text_copy(public_id, principal->token_id, sizeof(principal->token_id));
	text_copy(text_of(token->role), principal->role,
		  sizeof(principal->role));
	principal->scopes = token->scopes;
	return true;
}

static bool check_scope(struct exchange *exchange, uint32_t scope)
{
	const char *name = token_scope_name(scope);
	char challenge[CHALLENGE_SIZE], roles[ROLES_SIZE];

	if ((exchange->principal.scopes & scope) == scope)
		return true;
	exchange->api->counters.small_scopes++;
	snprintf(challenge, sizeof(challenge),
		 "Bearer realm=\"sipmoved\", error=\"insufficient_scope\", "
		 "scope=\"%s\"",
		 name ? name : "");
	exchange_set_header(exchange, "WWW-Authenticate", challenge);
	token_roles_with(scope, roles, sizeof(roles));
	problem_answer(exchange, PROBLEM_FORBIDDEN,
		       "This needs a token with the scope %s; the roles that "
		       "have it: %s.",
		       name ? name : "(none)", roles);
	return false;
}

static void refuse_token(struct exchange *exchange)
{
	exchange->api->counters.bad_tokens++;
	answer_unauthenticated(
		exchange, "Bearer realm=\"sipmoved\", error=\"invalid_token\"",
		"The token is unknown, expired, revoked or mistyped.");
}

bool auth_check(struct exchange *exchange, struct text authorization,
		uint32_t scope)
{
	const struct http_connection *connection = exchange->wire->connection;

	if (connection && connection->is_local) {
		be_local(exchange);
	} else if (be_token(exchange, authorization)) {
		/* The principal is filled in. */
	} else if (scope == 0) {
		return true;
	} else if (authorization.len == 0) {
		exchange->api->counters.missing_tokens++;
		answer_unauthenticated(exchange, "Bearer realm=\"sipmoved\"",
				       "Send `Authorization: Bearer smv_...`.");
		return false;
	} else {
		refuse_token(exchange);
		return false;
	}
	return check_scope(exchange, scope);
}

bool auth_check_scope(struct exchange *exchange, uint32_t scope)
{
	return check_scope(exchange, scope);
}

/* Between requests a token may have been revoked, or run out. */
static bool is_token_good(const struct exchange *exchange)
{
	const struct token *token = snapshot_token(
		exchange->snapshot, text_of(exchange->principal.token_id));
	uint32_t scope = exchange->wire->endpoint->scope;

	return token && token->revoked_at_ms == 0 &&
	       exchange->now_ms < token->expires_at_ms &&
	       (token->scopes & scope) == scope;
}

bool auth_still_holds(const struct exchange *exchange)
{
	return exchange->principal.token_id[0] == '\0' ||
	       is_token_good(exchange);
}

bool auth_check_still(struct exchange *exchange)
{
	if (auth_still_holds(exchange))
		return true;
	refuse_token(exchange);
	return false;
}
