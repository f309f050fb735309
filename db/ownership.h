/*
 * ownership.h - THE owner filter: what a user who sees only their own is let
 * at. An address has at most one owner; what hangs on an address (its moves,
 * its log records) belongs with it. Everything that reads or changes rows for
 * an actor asks here; an actor without an owner_id is let at all.
 * Inside a store job.
 */
#ifndef SIPMOVED_DB_OWNERSHIP_H
#define SIPMOVED_DB_OWNERSHIP_H

#include "db/changes.h"
#include "db/user.h"

/* Is the actor held to what is theirs? */
bool ownership_applies(const struct changes *changes);
/* ENOENT: it is not theirs, whether it exists or not. */
int ownership_check(struct changes *changes, const char *address)
	__attribute__((warn_unused_result));
/* The same for a domain that they have an address in. */
int ownership_check_domain(struct changes *changes, int64_t domain_row_id)
	__attribute__((warn_unused_result));
/* For lists, by a parameter that is bound to ownership_of(): the rows' owner,
 * and the set of canonical addresses. */
#define OWNERSHIP_ROW(parameter) \
	"(SELECT row_id FROM user WHERE id = " parameter ")"
#define OWNERSHIP_URIS(parameter)                                   \
	"(SELECT uri FROM address WHERE owner_id = " OWNERSHIP_ROW( \
		parameter) ")"
const char *ownership_of(const struct changes *changes); /* "": any */

/* Takes out what a conflict would tell about what is not theirs. */
void ownership_hide(const struct changes *changes, const struct move *move,
		    struct move_conflict *conflict);

/* What a user owns, by URI. */
struct owned_addresses {
	char uris[USER_ADDRESSES_MAX][MOVE_ADDRESS_MAX + 1];
	size_t count;
};
int ownership_list(struct changes *changes, const char *user_id,
		   struct owned_addresses *ret_owned)
	__attribute__((warn_unused_result));

/* Takes and gives: these become the user's, the others cease to be. */
int ownership_set(struct changes *changes, const struct user *user)
	__attribute__((warn_unused_result));
/* Its id; "": nobody's. */
int ownership_owner_id(struct changes *changes, const char *address,
		       char ret_owner_id[OBJECT_ID_SIZE])
	__attribute__((warn_unused_result));
/* *ret_owner_row_id 0: nobody's. */
int ownership_owner(struct changes *changes, const char *address,
		    int64_t *ret_owner_row_id)
	__attribute__((warn_unused_result));

#endif
