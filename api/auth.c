#include "api/auth.h"
#include "api/api_state.h"
#include "api/http_wire.h"
#include "api/problem.h"
#include "api/proxy_auth.h"
#include "api/session_auth.h"
#include "api/use_note.h"

#include <stdio.h>
#include <string.h>

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
	principal->scopes = SCOPES_ALL | SCOPE_SELF | SCOPE_OWN;
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

/* Whoever manages users is let at their sessions. */
static uint32_t scopes_of(const struct token *token)
{
	if (token->user_id[0])
		return token->scopes | SCOPE_OWN;
	return token->scopes |
	       (token->scopes & SCOPE_USERS_ADMIN ? SCOPE_SELF : 0);
}

/* Who holds a user's own token is that user, held to what is theirs whatever
 * else the user's role lets them at. */
static void be_holder(struct principal *principal, const struct token *token)
{
	bool is_own = token->user_id[0] != '\0';

	text_copy(text_of(is_own ? token->user_name : token->name),
		  principal->name, sizeof(principal->name));
	principal->kind = "token";
	text_copy(text_of(token->public_id), principal->token_id,
		  sizeof(principal->token_id));
	text_copy(text_of(token->role), principal->role,
		  sizeof(principal->role));
	text_copy(text_of(token->user_id), principal->user_id,
		  sizeof(principal->user_id));
	text_copy(text_of(token->user_id), principal->owner_id,
		  sizeof(principal->owner_id));
	principal->scopes = scopes_of(token);
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
	if (!token || !token_accepts(token, secret, exchange->now_ms) ||
	    !token_is_for(token, text_of(principal->peer)))
		return false;
	if (session_activity_note(&exchange->api->token_activity,
				  token->public_id, token->last_used_at_ms,
				  exchange->now_ms))
		use_note_save(exchange, token_note_use, token->public_id);
	be_holder(principal, token);
	return true;
}

static bool check_scope(struct exchange *exchange, uint32_t scope)
{
	const char *name = token_scope_name(scope);
	char challenge[CHALLENGE_SIZE], roles[ROLES_SIZE];

	if ((exchange->principal.scopes & scope) == scope)
		return true;
	exchange->api->counters.small_scopes++;
	refusal_note(exchange, "access.deny",
		     text_of(exchange->principal.name));
	snprintf(challenge, sizeof(challenge),
		 "Bearer realm=\"sipmoved\", error=\"insufficient_scope\", "
		 "scope=\"%s\"",
		 name ? name : "");
	exchange_set_header(exchange, "WWW-Authenticate", challenge);
	token_roles_with(scope, roles, sizeof(roles));
	if (scope == SCOPE_SELF || scope == SCOPE_OWN) {
		problem_answer(exchange, PROBLEM_FORBIDDEN,
			       "This is about the user who is logged in, and a "
			       "token is none: log in with POST "
			       "/v1/sessions.");
		return false;
	}
	problem_answer(exchange, PROBLEM_FORBIDDEN,
		       "This needs a token with the scope %s; the roles that "
		       "have it: %s.",
		       name ? name : "(none)", roles);
	return false;
}

/*
 * The paths whose handlers keep to the owner filter (db/ownership.h). Whoever
 * is held to what is theirs gets at no other, whatever its scope: a route that
 * is new is closed to them until it is listed here.
 */
static const char *const held_paths[] = {
	"/v1/moves",
	"/v1/moves/{id}",
	"/v1/addresses",
	"/v1/addresses/{id}",
	"/v1/domains",
	"/v1/domains/{id}",
	"/v1/redirect-logs",
	"/v1/redirect-logs/{id}",
	/* Offered to everyone. */
	"/v1/destinations",
	"/v1/destinations/{id}",
};

static bool check_held(struct exchange *exchange, uint32_t scope)
{
	const char *path = exchange->wire->endpoint->path;

	if (!exchange->principal.owner_id[0] || scope == 0 ||
	    scope == SCOPE_SELF || scope == SCOPE_OWN)
		return true;
	for (size_t i = 0; i < sizeof(held_paths) / sizeof(*held_paths); i++)
		if (!strcmp(path, held_paths[i]))
			return true;
	exchange->api->counters.small_scopes++;
	refusal_note(exchange, "access.deny",
		     text_of(exchange->principal.name));
	problem_answer(exchange, PROBLEM_FORBIDDEN,
		       "This is not for the role user.");
	return false;
}

/* Nothing, or nothing that opens anything. */
static void refuse(struct exchange *exchange, const struct auth_fields *fields)
{
	if (fields->authorization.len > 0) {
		exchange->api->counters.bad_tokens++;
		refusal_note(exchange, "access.deny", TEXT(""));
		answer_unauthenticated(
			exchange,
			"Bearer realm=\"sipmoved\", error=\"invalid_token\"",
			"The token is unknown, expired, revoked or mistyped.");
		return;
	}
	exchange->api->counters.missing_tokens++;
	answer_unauthenticated(exchange, "Bearer realm=\"sipmoved\"",
			       "Send `Authorization: Bearer smv_...`.");
}

/* By the local socket, a token, or a cookie; what is sent with more intent goes
 * before what a browser adds by itself. */
static bool identify(struct exchange *exchange,
		     const struct auth_fields *fields)
{
	const struct http_connection *connection = exchange->wire->connection;

	if (connection && connection->is_local) {
		be_local(exchange);
		return true;
	}
	if (fields->authorization.len > 0)
		return be_token(exchange, fields->authorization);
	return proxy_auth_be(exchange, fields) ||
	       session_auth_be(exchange, fields->cookie);
}

bool auth_check(struct exchange *exchange, const struct auth_fields *fields,
		uint32_t scope)
{
	bool is_known = identify(exchange, fields);
	bool is_browsers = exchange->principal.user_id[0]
				   ? !exchange->principal.token_id[0]
				   : scope == 0;

	if (!is_known && scope != 0) {
		refuse(exchange, fields);
		return false;
	}
	if (is_browsers && !session_auth_check_origin(exchange, fields))
		return false;
	return !is_known ||
	       (check_scope(exchange, scope) && check_held(exchange, scope));
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
	       (scopes_of(token) & scope) == scope;
}

bool auth_still_holds(const struct exchange *exchange)
{
	const struct principal *principal = &exchange->principal;

	if (principal->token_id[0])
		return is_token_good(exchange);
	if (principal->session_id[0])
		return session_auth_still_holds(
			exchange, exchange->wire->endpoint->scope);
	return !principal->user_id[0] ||
	       proxy_auth_still_holds(exchange,
				      exchange->wire->endpoint->scope);
}

bool auth_check_still(struct exchange *exchange)
{
	if (auth_still_holds(exchange))
		return true;
	answer_unauthenticated(
		exchange, "Bearer realm=\"sipmoved\", error=\"invalid_token\"",
		"What let this request in was revoked, or has run out.");
	return false;
}
