/*
 * target_rule.h - where calls may be sent: what an administrator says about the
 * hosts and numbers that moves lead to. Plain values, kept as those of
 * source_policy.h are; validating makes texts canonical in place.
 */
#ifndef SIPMOVED_DB_TARGET_RULE_H
#define SIPMOVED_DB_TARGET_RULE_H

#include "base/sip_uri.h"
#include "db/fault.h"
#include "db/source_policy.h"

enum {
	TARGET_VALUE_SIZE = 256, /* room for a host, with the NUL */
	TARGET_RULES_MAX = 10000,
	TARGET_MOVE_DAYS_MAX = 36500,
	TARGET_MOVES_MAX = 1000000,
};

enum target_action {
	TARGET_ALLOW,
	TARGET_DENY,
};

enum target_kind {
	TARGET_DOMAIN,	      /* "example.net", "*.example.net", "*" */
	TARGET_NUMBER_PREFIX, /* "+1900"; "+": every number */
	TARGET_COUNTRY,	      /* "ID": see calling_code.h */
};

/* Of the one who sets a move. The numbers are on disk. */
enum target_role {
	TARGET_ANY_ROLE, /* of a rule; of a move: none that is known */
	TARGET_ADMIN,
	TARGET_OPERATOR,
	TARGET_HELPDESK,
	TARGET_USER,
	TARGET_SERVICE,
	TARGET_ROLES,
};

/* NULL at the end; in order of their enums. */
extern const char *const target_action_names[];
extern const char *const target_kind_names[];
extern const char *const target_role_names[]; /* "*", "admin", ... */
/* TARGET_ANY_ROLE for what is none. */
enum target_role target_role_of_name(struct text name);

struct target_rule {
	struct source_object object; /* "trl_..." */
	enum target_action action;
	enum target_kind kind;
	char value[TARGET_VALUE_SIZE];
	enum target_role role;
	bool enabled;
	char note[SOURCE_NOTE_MAX + 1];
};
void target_rule_validate(struct target_rule *rule, struct faults *faults);

/* What holds where no rule does, and how long and how many moves may be. */
struct target_policy {
	enum target_action default_domain_action;
	enum target_action default_number_action;
	int64_t longest_move_days;  /* 0: any length */
	int64_t moves_per_user_max; /* 0: any number */
	int64_t updated_at_ms;	    /* 0: never */
	int64_t revision;
};
extern const struct target_policy target_policy_default;
void target_policy_validate(const struct target_policy *policy,
			    struct faults *faults);

/* A host as rules have it: sip_host_canonical(), and IPv4 within IPv6 as IPv4.
 * EBADMSG, EMSGSIZE. */
int target_host_write(struct text host, struct writer *writer)
	__attribute__((warn_unused_result));

#endif
