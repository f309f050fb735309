/*
 * sessions.h - who is logged in: rows, and what a snapshot keeps of them. The
 * functions run inside a store job, like all of changes.h.
 *
 * A session is 32 random bytes that a browser keeps in a cookie; the database
 * has their SHA-256.
 */
#ifndef SIPMOVED_DB_SESSIONS_H
#define SIPMOVED_DB_SESSIONS_H

#include "db/changes.h"
#include "db/user.h"

enum {
	SESSION_PEER_SIZE = 64,
};

struct session {
	char id[OBJECT_ID_SIZE]; /* "ses_..." */
	unsigned char secret_sha256[32];
	char peer[SESSION_PEER_SIZE];
	int64_t created_at_ms;
	int64_t used_at_ms;    /* as the database has it */
	int64_t expires_at_ms; /* whatever is done in it */
	/* The user's, joined. */
	char user_id[OBJECT_ID_SIZE];
	char user_name[USER_NAME_MAX + 1];
	char role[USER_ROLE_SIZE];
	bool enabled;
};

/* How long it lives without use, and at all. */
int64_t session_idle_ms(const char *role);
int64_t session_life_ms(const char *role);

/* used_at_ms: the latest that is known. */
bool session_is_alive(const struct session *session, int64_t used_at_ms,
		      int64_t now_ms);

/* secret_sha256 and peer are set; those that are over go on this occasion. The
 * user's last_login_at is now. */
int session_create(struct changes *changes, const struct user *user,
		   struct session *session) __attribute__((warn_unused_result));
/* user_id "": of anyone. ENOENT. */
int session_end(struct changes *changes, struct text id, const char *user_id)
	__attribute__((warn_unused_result));
/* All of a user's but one ("": none is kept), with an audit row if any ended.
 */
int sessions_end_of(struct changes *changes, int64_t user_row_id,
		    const char *kept_session_id)
	__attribute__((warn_unused_result));
/* Neither a revision nor an audit row comes of it. */
int session_note_use(struct changes *changes, const char *id,
		     int64_t used_at_ms) __attribute__((warn_unused_result));
/* By id, after an id; user_id "": of all. */
int session_list(struct changes *changes, const char *user_id,
		 const char *after_id, size_t limit, struct session *sessions,
		 size_t *ret_count, bool *ret_more)
	__attribute__((warn_unused_result));

#endif
