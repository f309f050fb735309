/*
 * changes.h - the one way to read and change what the database holds. All
 * functions run inside a store job, on the store's thread.
 *
 * Each change: checks what needs the table, writes the rows with a new
 * revision, an audit row in the same transaction, and notes what the next
 * snapshot must reload. Errors common to all: EIO, ENOSPC, ENOMEM from SQLite;
 * on any error the job's savepoint is rolled back.
 */
#ifndef SIPMOVED_DB_CHANGES_H
#define SIPMOVED_DB_CHANGES_H

#include "db/address.h"
#include "db/domain.h"
#include "db/extension_policy.h"
#include "db/move.h"
#include "db/token.h"

struct changes;

/* Who changes it: goes into the audit row. Views live as long as the job. */
struct actor {
	const char *kind;	/* "token", "session", "local", "system" */
	const char *name;	/* token name */
	const char *peer;	/* "127.0.0.1", "unix" */
	const char *request_id; /* "" if none */
	const char *role;	/* "admin" ... "user"; "admin" if local */
	/* Not "": only what this user owns may be seen or changed. */
	const char *owner_id;
	const char *user_id; /* the user it is, whatever the role; "": none */
};
void changes_set_actor(struct changes *changes, const struct actor *actor);
/* The time of this job: one per job, so that all its rows agree. */
int64_t changes_now_ms(const struct changes *changes);

/* An audit row about what is not stored: how the process runs. before, after:
 * JSON. */
int changes_note(struct changes *changes, const char *action,
		 const char *before, const char *after)
	__attribute__((warn_unused_result));

/* Where the history stands. */
struct change_position {
	int64_t revision;
	char epoch[OBJECT_ID_SIZE]; /* another one: another history */
};
int changes_position(struct changes *changes,
		     struct change_position *ret_position)
	__attribute__((warn_unused_result));

enum {
	PAGE_LIMIT_MAX = 1000,
	LOOP_HOPS_MAX = 16,
	MOVE_REPLACED_MAX = 64, /* told; more may be replaced */
};

/* --- moves ------------------------------------------------------------- */

enum on_conflict {
	ON_CONFLICT_FAIL,
	ON_CONFLICT_REPLACE, /* overlapped moves are cancelled */
};

/* Why a move was not written, besides faults. */
enum move_conflict_kind {
	MOVE_NO_CONFLICT,
	MOVE_OVERLAPS,		/* ids: the other moves */
	MOVE_LOOPS,		/* cycle: addresses, first again at the end */
	MOVE_EXTERNAL_ID_TAKEN, /* ids: the one that has it */
};

struct move_conflict {
	enum move_conflict_kind kind;
	char ids[8][MOVE_ID_SIZE];
	int64_t starts_at_ms[8], ends_at_ms[8]; /* of ids */
	size_t id_count;
	bool is_open_ended; /* MOVE_OVERLAPS, and this move has no end */
	/* With ON_CONFLICT_REPLACE: what was cancelled, as far as there is
	 * room. */
	char replaced[MOVE_REPLACED_MAX][MOVE_ID_SIZE];
	size_t replaced_count;
	char cycle[LOOP_HOPS_MAX + 1][MOVE_ADDRESS_MAX + 1];
	size_t cycle_count;
};

struct move_write {
	enum on_conflict on_conflict;
	/* May the caller make an unknown domain served, by this move? If not:
	 * FAULT_UNKNOWN_DOMAIN at /address. */
	bool may_create_domain;
	int64_t if_revision;		/* If-Match; 0: any */
	struct faults *faults;		/* filled; not NULL */
	struct move_conflict *conflict; /* filled; not NULL */
};

/*
 * id, times of creation and revision are filled in. starts_at_ms 0 means now.
 * Runs move_validate(). Errors: EINVAL see faults; EEXIST see conflict.
 */
int move_create(struct changes *changes, struct move *move,
		const struct move_write *write)
	__attribute__((warn_unused_result));
/* Whole-object replace of the one with move->id, as POST's rules have it.
 * ENOENT; ESTALE revision differs; ECANCELED it is cancelled: no more edits. */
int move_update(struct changes *changes, struct move *move,
		const struct move_write *write)
	__attribute__((warn_unused_result));
/* An active one ends now, a scheduled one is cancelled; either is kept as
 * history. One that is over stays as it is, without error. ENOENT, ESTALE. */
int move_end(struct changes *changes, struct text id, int64_t if_revision,
	     struct move *ret_move) __attribute__((warn_unused_result));
int move_get(struct changes *changes, struct text id, struct move *ret_move)
	__attribute__((warn_unused_result));

/* The one that is not cancelled and has this external_id. ENOENT. */
int move_find_external(struct changes *changes, struct text external_id,
		       struct move *ret_move)
	__attribute__((warn_unused_result));

enum move_sort {
	MOVE_SORT_CREATED_AT,
	MOVE_SORT_STARTS_AT,
	MOVE_SORT_ADDRESS,
	MOVE_SORT_REVISION, /* in order of their last change */
};

struct move_filter {
	struct text address;	    /* canonical; empty: any */
	struct text address_prefix; /* empty: any */
	struct text at_domain;	    /* "@example.com", canonical; empty: any */
	struct text target;	    /* exact URI of one target; empty: any */
	struct text external_id;    /* empty: any */
	struct text note_contains;  /* q: in note or address; empty: any */
	unsigned states;	    /* bits 1 << enum move_state; 0: any */
	int64_t active_at_ms;	    /* 0: any */
	int64_t from_ms,
		until_ms; /* windows that touch [from, until); 0: open */
	bool is_watch;
	int64_t since_revision; /* with is_watch: changed after it */
	/* By `sort`, then by `then` (MOVE_SORT_CREATED_AT, which is that of the
	 * ids: by nothing else), then by the id. */
	enum move_sort sort, then;
	bool descending, then_descending, id_descending;
	/* Keyset: what follows this row; empty id: from the start. */
	char after_key[MOVE_ADDRESS_MAX + 1]; /* decimal for times */
	char after_then_key[MOVE_ADDRESS_MAX + 1];
	char after_id[MOVE_ID_SIZE];
	size_t limit; /* 1..PAGE_LIMIT_MAX */
};
/* Fills at most filter->limit; *ret_more: there are others behind them. For
 * what an index finds: else it may hold the store for a second. */
int move_list(struct changes *changes, const struct move_filter *filter,
	      struct move *moves, size_t *ret_count, bool *ret_more)
	__attribute__((warn_unused_result));

/* A page, or a count, that is made by one job after the other, so that none of
 * them holds the store for long. Zeros at first. */
struct list_part {
	size_t count; /* so far */
	size_t bytes; /* of them, where that has a limit */
	bool more;    /* there are others behind them */
	/* Else: call again, in another job. */
	bool is_done;
};
/* Adds to what the parts before have filled in; moves filter's keyset on. */
int move_list_part(struct changes *changes, struct move_filter *filter,
		   struct move *moves, struct list_part *part)
	__attribute__((warn_unused_result));
/* How many there are from the keyset on, `limit` aside; counts to max. */
int move_count_part(struct changes *changes, struct move_filter *filter,
		    size_t max, struct list_part *part)
	__attribute__((warn_unused_result));
/* When a move last began or ended by its times; 0: never. */
int move_last_edge(struct changes *changes, int64_t *ret_edge_ms)
	__attribute__((warn_unused_result));

/* --- domains and addresses --------------------------------------------- */

/* EINVAL see faults; EEXIST there is one of that name. */
int domain_create(struct changes *changes, struct domain *domain,
		  struct faults *faults) __attribute__((warn_unused_result));
enum {
	DOMAIN_CONFLICTS_MAX = 8,
};

/* Why a domain cannot begin to ignore the case of user parts. */
struct domain_conflict {
	/* Addresses that would become one. */
	char ids[DOMAIN_CONFLICTS_MAX][OBJECT_ID_SIZE];
	char addresses[DOMAIN_CONFLICTS_MAX][MOVE_ADDRESS_MAX + 1];
	size_t count;
	struct move_conflict loop; /* or a loop that would come to be */
};

/*
 * The note and the settings; the name never changes. A domain that begins to
 * ignore case has its addresses, and moves, keyed anew in the same change.
 * ENOENT, ESTALE, EINVAL see faults; EEXIST see conflict; E2BIG more than
 * 100,000 addresses to key anew.
 */
int domain_update(struct changes *changes, struct domain *domain,
		  int64_t if_revision, struct faults *faults,
		  struct domain_conflict *conflict)
	__attribute__((warn_unused_result));
/* ENOENT, ESTALE; ENOTEMPTY while it has addresses. */
int domain_delete(struct changes *changes, struct text id, int64_t if_revision)
	__attribute__((warn_unused_result));
int domain_get(struct changes *changes, struct text id,
	       struct domain *ret_domain) __attribute__((warn_unused_result));
/* By name, after a name. */
int domain_list(struct changes *changes, const char *after_name, size_t limit,
		struct domain *domains, size_t *ret_count, bool *ret_more)
	__attribute__((warn_unused_result));

/* EINVAL; EEXIST; FAULT_UNKNOWN_DOMAIN unless may_create_domain. */
int address_create(struct changes *changes, struct address *address,
		   bool may_create_domain, struct faults *faults)
	__attribute__((warn_unused_result));
int address_update(struct changes *changes, struct address *address,
		   int64_t if_revision, struct faults *faults)
	__attribute__((warn_unused_result));
/* ENOTEMPTY while it has scheduled or active moves. */
int address_delete(struct changes *changes, struct text id, int64_t if_revision)
	__attribute__((warn_unused_result));
int address_get(struct changes *changes, struct text id,
		struct address *ret_address)
	__attribute__((warn_unused_result));
/* By URI, after a URI; domain "": any, else canonical name. uri "": any. */
int address_list(struct changes *changes, const char *domain, const char *uri,
		 const char *after_uri, size_t limit, struct address *addresses,
		 size_t *ret_count, bool *ret_more)
	__attribute__((warn_unused_result));

/* --- extension policy --------------------------------------------------- */

struct extension_policy_state {
	char preset[32]; /* "" once a rule was edited */
	int64_t revision;
	size_t rule_count;
};
int extension_policy_state_get(struct changes *changes,
			       struct extension_policy_state *ret_state)
	__attribute__((warn_unused_result));
/* All rules, in order of resolution; malloc'ed, the caller's. */
int extension_rule_list(struct changes *changes,
			struct extension_rule **ret_rules, size_t *ret_count)
	__attribute__((warn_unused_result));
/* Replaces all rules. preset "" with rules given, or a name with rules NULL.
 * EINVAL see faults (pointers /rules/N/...); ESTALE. */
int extension_policy_replace(struct changes *changes, const char *preset,
			     struct extension_rule *rules, size_t count,
			     int64_t if_revision, struct faults *faults)
	__attribute__((warn_unused_result));
/* EEXIST (domain, header, tag, method) is taken: *ret_other_id names it. */
int extension_rule_create(struct changes *changes, struct extension_rule *rule,
			  int64_t if_policy_revision, struct faults *faults,
			  char ret_other_id[OBJECT_ID_SIZE])
	__attribute__((warn_unused_result));
int extension_rule_update(struct changes *changes, struct extension_rule *rule,
			  int64_t if_revision, struct faults *faults,
			  char ret_other_id[OBJECT_ID_SIZE])
	__attribute__((warn_unused_result));
int extension_rule_delete(struct changes *changes, struct text id,
			  int64_t if_revision)
	__attribute__((warn_unused_result));
int extension_rule_get(struct changes *changes, struct text id,
		       struct extension_rule *ret_rule)
	__attribute__((warn_unused_result));

/* --- tokens -------------------------------------------------------------- */

/* name, role, scopes, expires_at_ms and secret are set. EEXIST name taken. */
int token_create(struct changes *changes, struct token *token,
		 struct faults *faults) __attribute__((warn_unused_result));
/* A second time is no error. ENOENT. */
int token_revoke(struct changes *changes, struct text public_id)
	__attribute__((warn_unused_result));
/* The secret in it takes the place of the one that is stored, which is good for
 * 24 h more. ENOENT there is none, or it is revoked. */
int token_rotate(struct changes *changes, const struct token *token)
	__attribute__((warn_unused_result));
/* Neither a revision nor an audit row comes of it. */
int token_note_use(struct changes *changes, const char *public_id,
		   int64_t used_at_ms) __attribute__((warn_unused_result));
/* Without secret_sha256, as those of the list. ENOENT. */
int token_get(struct changes *changes, struct text public_id,
	      struct token *ret_token) __attribute__((warn_unused_result));

struct token_filter {
	struct text name; /* empty: any */
	bool not_revoked; /* alone */
	/* Keyset: what follows this row; empty: from the start. */
	const char *after_name, *after_id;
	size_t limit; /* 1..PAGE_LIMIT_MAX */
};
/* By name, then id. Who is held to what they own is told of, makes and changes
 * their own. */
int token_list(struct changes *changes, const struct token_filter *filter,
	       struct token *tokens, size_t *ret_count, bool *ret_more)
	__attribute__((warn_unused_result));

#endif
