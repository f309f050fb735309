/*
 * document_member.h - members of a JSON document read into the fixed arrays
 * that stored values keep them in, by the rules of POST and of merge patch
 * (RFC 7396): absent leaves the value, null takes it back to its default.
 * A member that breaks a rule is a fault, and leaves the value.
 */
#ifndef SIPMOVED_API_DOCUMENT_MEMBER_H
#define SIPMOVED_API_DOCUMENT_MEMBER_H

#include "api/json_reader.h"

/* size counts the NUL: longer text is FAULT_TOO_LONG. Default: "". */
void member_text(struct json_object *object, const char *name, char *buffer,
		 size_t size);
/* The same for one that has no default: null, or absent while is_new, is
 * FAULT_MISSING_MEMBER. */
void member_required_text(struct json_object *object, const char *name,
			  bool is_new, char *buffer, size_t size);
void member_bool(struct json_object *object, const char *name,
		 bool default_value, bool *value);

/* One of some words. words: NULL at the end. has_default: null, or absent while
 * is_new, is the first of them; otherwise it is missing. *value: its number. */
struct word_member {
	const char *name;
	const char *const *words;
	bool has_default;
};
void member_word(struct json_object *object, const struct word_member *member,
		 bool is_new, unsigned *value);
/* An RFC 3339 time with its offset, as Unix milliseconds. */
void member_instant(struct json_object *object, const char *name,
		    int64_t *time_ms);

/* Takes note of each member that the server writes and nobody else:
 * FAULT_READ_ONLY_MEMBER. names ends with NULL. */
void members_read_only(struct json_object *object, const char *const *names);

/*
 * Adds to `faults` what `found` holds, but for places where a fault is known
 * already (there, or at a member that holds the place): a member of the wrong
 * type is not also an empty one. `found` is left empty.
 */
void faults_join(struct faults *faults, struct faults *found);

#endif
