/*
 * ctl_verbs.h - the tables of verbs, one file a noun.
 */
#ifndef SIPMOVED_CTL_VERBS_H
#define SIPMOVED_CTL_VERBS_H

#include "ctl.h"

extern const struct ctl_verb ctl_status_verbs[];
extern const struct ctl_verb ctl_move_verbs[];
extern const struct ctl_verb ctl_move_file_verbs[];
extern const struct ctl_verb ctl_lookup_verbs[];
extern const struct ctl_verb ctl_policy_verbs[];
extern const struct ctl_verb ctl_policy_trial_verbs[];
extern const struct ctl_verb ctl_log_verbs[];
extern const struct ctl_verb ctl_account_verbs[];
extern const struct ctl_verb ctl_object_verbs[];
extern const struct ctl_verb ctl_doctor_verbs[];
extern const struct ctl_verb ctl_server_verbs[];
extern const struct ctl_verb ctl_help_verbs[];

/* Of move verbs: the id of the move that is meant by an id, or by an address
 * that has one which is in force or to come. 0, or an exit code. */
int ctl_move_id(struct ctl *ctl, const char *meant, char *id, size_t size)
	__attribute__((warn_unused_result));
/* "90m", "8h", "3d", "2w" from now, as RFC 3339. */
bool ctl_time_after(const char *duration, char *time, size_t size);
/* The whole of a file, or of stdin for "-", NUL terminated; NULL: told. */
char *ctl_read_file(const struct ctl *ctl, const char *path, size_t *ret_len);
/* What a reason of the log means, in words; NULL: not known. */
const char *ctl_reason_words(struct text reason);

#endif
