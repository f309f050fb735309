/*
 * sip_users.h - reading and changing users and what domains ask of them: part
 * of changes.h, with its rules and its errors. Store thread.
 */
#ifndef SIPMOVED_DB_SIP_USERS_H
#define SIPMOVED_DB_SIP_USERS_H

#include "db/changes.h"
#include "db/sip_user.h"

/*
 * The secrets are made of the password, which is forgotten. EINVAL see faults
 * (FAULT_UNKNOWN_DOMAIN: not served); EEXIST the domain has one of that name:
 * *ret_other_id.
 */
int sip_user_create(struct changes *changes, struct sip_user *user,
		    struct text password, struct faults *faults,
		    char ret_other_id[OBJECT_ID_SIZE])
	__attribute__((warn_unused_result));
/* The note, and the password if it is not NULL. ENOENT, ESTALE, EINVAL. */
int sip_user_update(struct changes *changes, struct sip_user *user,
		    const struct text *password, int64_t if_revision,
		    struct faults *faults) __attribute__((warn_unused_result));
/* ENOENT, ESTALE */
int sip_user_delete(struct changes *changes, struct text id,
		    int64_t if_revision) __attribute__((warn_unused_result));
int sip_user_get(struct changes *changes, struct text id,
		 struct sip_user *ret_user) __attribute__((warn_unused_result));

struct sip_user_filter {
	const char *domain;   /* canonical; "": any */
	const char *username; /* "": any */
	const char *after_id; /* "": from the start */
	size_t limit;
};
/* In order of their making. */
int sip_user_list(struct changes *changes, const struct sip_user_filter *filter,
		  struct sip_user *users, size_t *ret_count, bool *ret_more)
	__attribute__((warn_unused_result));

/* What holds for a domain; nothing is required until it is set. ENOENT */
int domain_authentication_get(struct changes *changes, struct text domain_id,
			      struct domain_authentication *ret_authentication)
	__attribute__((warn_unused_result));
/* ENOENT, ESTALE, EINVAL. domain_row_id, domain and revision are filled in. */
int domain_authentication_put(struct changes *changes, struct text domain_id,
			      struct domain_authentication *authentication,
			      int64_t if_revision, struct faults *faults)
	__attribute__((warn_unused_result));

#endif
