/*
 * user.h - a person who logs in: a role, and the addresses that are theirs.
 * A plain value; what a password leaves behind is not in it.
 */
#ifndef SIPMOVED_DB_USER_H
#define SIPMOVED_DB_USER_H

#include "db/fault.h"
#include "db/move.h"
#include "db/object_id.h"

enum {
	USER_NAME_MAX = 63, /* bytes, as those below */
	USER_DISPLAY_NAME_MAX = 120,
	USER_EMAIL_MAX = 254,
	USER_EXTERNAL_ID_MAX = 100,
	USER_ROLE_SIZE = 16,
	USER_LANGUAGE_MAX = 15,
	USER_ADDRESSES_MAX = 16,
	PASSWORD_HASH_SIZE = 128, /* a PHC string, with its NUL */
};

struct user {
	int64_t row_id;
	char id[OBJECT_ID_SIZE];      /* "usr_..." */
	char name[USER_NAME_MAX + 1]; /* lower case, unique */
	char display_name[USER_DISPLAY_NAME_MAX + 1];
	char email[USER_EMAIL_MAX + 1]; /* "": none */
	/* What another system calls them; unique; "": none. */
	char external_id[USER_EXTERNAL_ID_MAX + 1];
	char role[USER_ROLE_SIZE];	      /* user_role_scopes() knows it */
	char language[USER_LANGUAGE_MAX + 1]; /* BCP 47; "": none */
	char time_zone[MOVE_TIME_ZONE_MAX + 1]; /* IANA; "": none */
	bool enabled;
	char addresses[USER_ADDRESSES_MAX][MOVE_ADDRESS_MAX + 1];
	size_t address_count;
	/* Filled by the store. */
	bool has_password;
	bool has_totp;
	int64_t last_login_at_ms; /* 0: never */
	int64_t created_at_ms;
	int64_t updated_at_ms;
	int64_t revision;
};

/* Puts the name in lower case; canonicalises the addresses. The time zone is
 * the reader's to check. */
void user_validate(struct user *user, struct faults *faults);
/* As it is stored; false: nobody can have that name. */
bool user_name_fold(struct text name, char folded[USER_NAME_MAX + 1]);

#endif
