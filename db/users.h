/*
 * users.h - reading and changing who logs in. Inside a store job, like all of
 * changes.h, with the same common errors. Passwords come in as PHC strings:
 * nobody waits for a password's hash on the store's thread.
 */
#ifndef SIPMOVED_DB_USERS_H
#define SIPMOVED_DB_USERS_H

#include "db/changes.h"
#include "db/user.h"

/*
 * The addresses are made known, and become the user's; one that is another's is
 * a fault. EINVAL see faults; EEXIST the name is taken: *ret_other_id.
 */
int user_create(struct changes *changes, struct user *user,
		struct faults *faults, char ret_other_id[OBJECT_ID_SIZE])
	__attribute__((warn_unused_result));
/*
 * All members but those that the store fills. Another role or name, or one that
 * is not enabled any more, ends the user's sessions.
 * ENOENT, ESTALE; EINVAL and EEXIST as above; EPERM it would leave no admin who
 * is enabled.
 */
int user_update(struct changes *changes, struct user *user, int64_t if_revision,
		struct faults *faults, char ret_other_id[OBJECT_ID_SIZE])
	__attribute__((warn_unused_result));
/* With sessions and links; addresses and moves stay, without an owner. EPERM as
 * above. */
int user_delete(struct changes *changes, struct text id, int64_t if_revision)
	__attribute__((warn_unused_result));
int user_get(struct changes *changes, struct text id, struct user *ret_user)
	__attribute__((warn_unused_result));
/* By the name to log in with, as it was typed. ENOENT. */
int user_find(struct changes *changes, struct text name, struct user *ret_user)
	__attribute__((warn_unused_result));

/* By what another system calls them. ENOENT. */
int user_find_external(struct changes *changes, struct text external_id,
		       struct user *ret_user)
	__attribute__((warn_unused_result));

struct user_filter {
	const char *name;    /* folded; "": any */
	const char *role;    /* "": any */
	const char *address; /* canonical; "": any */
	int enabled;	     /* -1: any */
	/* Of a name, the e-mail, the external id or an address; empty: any. */
	struct text contains;
	const char *after_id;
	size_t limit; /* 1..PAGE_LIMIT_MAX */
};
/* By id, after an id. */
int user_list(struct changes *changes, const struct user_filter *filter,
	      struct user *users, size_t *ret_count, bool *ret_more)
	__attribute__((warn_unused_result));

/* Is there an admin, enabled or not? */
int user_has_admin(struct changes *changes, bool *ret_has)
	__attribute__((warn_unused_result));

/* --- passwords ------------------------------------------------------------ */

/* "" if the user has none yet. ENOENT. */
int user_password_get(struct changes *changes, const char *id,
		      char ret_phc[PASSWORD_HASH_SIZE])
	__attribute__((warn_unused_result));
/* Ends the sessions of the user but this one ("": all of them), and what links
 * there are. action: of the audit row, "user.password". */
int user_password_set(struct changes *changes, const struct user *user,
		      const char *phc, const char *kept_session_id)
	__attribute__((warn_unused_result));
/* The same password under other parameters. */
int user_password_rehash(struct changes *changes, const struct user *user,
			 const char *phc) __attribute__((warn_unused_result));

/* --- links that set a password, once ------------------------------------- */

/* In place of those that the user has. */
int activation_link_create(struct changes *changes, const struct user *user,
			   const unsigned char secret_sha256[32],
			   int64_t expires_at_ms)
	__attribute__((warn_unused_result));
int activation_links_delete(struct changes *changes, const struct user *user)
	__attribute__((warn_unused_result));
/* Whose it is; ENOENT unknown, used, expired, or of one who is not enabled. */
int activation_link_find(struct changes *changes,
			 const unsigned char secret_sha256[32],
			 struct user *ret_user)
	__attribute__((warn_unused_result));

#endif
