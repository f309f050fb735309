#include "api/session_auth.h"

#include <string.h>

#include "api/api_state.h"
#include "api/problem.h"
#include "api/use_note.h"
#include "db/sessions.h"

/* One of that name; two of them are none, for who knows which is meant. */
static bool cookie_value(struct text cookie, struct text *ret_value)
{
	const struct text name = TEXT(AUTH_COOKIE "=");
	size_t found = 0;

	while (cookie.len > 0) {
		const char *end = memchr(cookie.ptr, ';', cookie.len);
		size_t len = end ? (size_t)(end - cookie.ptr) : cookie.len;
		struct text pair = text_trim((struct text){ cookie.ptr, len });

		if (pair.len >= name.len &&
		    !memcmp(pair.ptr, name.ptr, name.len)) {
			*ret_value = (struct text){ pair.ptr + name.len,
						    pair.len - name.len };
			found++;
		}
		len += end ? 1 : 0;
		cookie = (struct text){ cookie.ptr + len, cookie.len - len };
	}
	return found == 1;
}

/* --- whose it is ---------------------------------------------------------- */

static bool is_alive(const struct exchange *exchange,
		     const struct session *session)
{
	int64_t used_at_ms =
		session_activity_last_ms(&exchange->api->session_activity,
					 session->id, session->used_at_ms);

	return session_is_alive(session, used_at_ms, exchange->now_ms);
}

static void be_user(struct exchange *exchange, const struct session *session,
		    uint32_t scopes)
{
	struct principal *principal = &exchange->principal;

	text_copy(text_of(session->user_name), principal->name,
		  sizeof(principal->name));
	principal->kind = "session";
	text_copy(text_of(session->role), principal->role,
		  sizeof(principal->role));
	text_copy(text_of(session->user_id), principal->user_id,
		  sizeof(principal->user_id));
	text_copy(text_of(session->id), principal->session_id,
		  sizeof(principal->session_id));
	principal->scopes = scopes | SCOPE_SELF | SCOPE_OWN;
	/* Without an owner this role would be let at everything. */
	if (!strcmp(session->role, "user"))
		text_copy(text_of(session->user_id), principal->owner_id,
			  sizeof(principal->owner_id));
}

bool session_auth_be(struct exchange *exchange, struct text cookie)
{
	const struct session *session;
	unsigned char sha256[32];
	struct text value;
	uint32_t scopes;

	if (!cookie_value(cookie, &value) || !auth_secret_hash(value, sha256))
		return false;
	session = snapshot_session(exchange->snapshot, sha256);
	if (!session || !is_alive(exchange, session) ||
	    user_role_scopes(text_of(session->role), &scopes))
		return false;
	be_user(exchange, session, scopes);
	memcpy(exchange->principal.session_sha256, sha256, sizeof(sha256));
	if (session_activity_note(&exchange->api->session_activity, session->id,
				  session->used_at_ms, exchange->now_ms))
		use_note_save(exchange, session_note_use, session->id);
	return true;
}

bool session_auth_still_holds(const struct exchange *exchange, uint32_t scope)
{
	const struct principal *principal = &exchange->principal;
	const struct session *session =
		snapshot_session(exchange->snapshot, principal->session_sha256);
	uint32_t scopes;

	return session && is_alive(exchange, session) &&
	       !strcmp(session->role, principal->role) &&
	       !user_role_scopes(text_of(session->role), &scopes) &&
	       ((scopes | SCOPE_SELF | SCOPE_OWN) & scope) == scope;
}

/* --- who sent it ---------------------------------------------------------- */

static bool is_from_us(const struct exchange *exchange,
		       const struct auth_fields *fields)
{
	const char *ours = exchange->api->config.public_origin;

	if (fields->fetch_site.len > 0)
		return text_equals(fields->fetch_site, TEXT("same-origin")) ||
		       text_equals(fields->fetch_site, TEXT("none"));
	/* Who has no cookie of ours yet has nothing that could be abused. */
	if (!exchange->principal.user_id[0] && fields->origin.len == 0)
		return true;
	return ours[0] && text_equals(fields->origin, text_of(ours));
}

bool session_auth_check_origin(struct exchange *exchange,
			       const struct auth_fields *fields)
{
	if (exchange->method == HTTP_GET || exchange->method == HTTP_HEAD ||
	    exchange->method == HTTP_OPTIONS || is_from_us(exchange, fields))
		return true;
	refusal_note(exchange, "access.deny",
		     text_of(exchange->principal.name));
	problem_answer(exchange, PROBLEM_FOREIGN_ORIGIN,
		       "This did not come from a page of this server.");
	return false;
}
