/*
 * user_document.h - a user as JSON: read by POST and PATCH of administrators,
 * by PATCH of the user, and written for both.
 */
#ifndef SIPMOVED_API_USER_DOCUMENT_H
#define SIPMOVED_API_USER_DOCUMENT_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "db/user.h"

/* ENOMEM; faults are the object's. */
int user_document_read(struct json_object *document, bool is_new,
		       struct user *user) __attribute__((warn_unused_result));
/* What users may say of themselves; the rest is read-only. */
int user_document_read_own(struct json_object *document, struct user *user)
	__attribute__((warn_unused_result));
void user_document_write(struct json_writer *writer, const struct user *user);

#endif
