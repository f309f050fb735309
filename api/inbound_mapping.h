/*
 * inbound_mapping.h - how somebody else's JSON becomes a move: a list of rules,
 * each of which gives one member a value. There is no script language in it:
 * rules are data, a run is a pure function and bounded.
 *
 * A rule takes its text from the payload (`from`, or `concat`, RFC 6901
 * pointers), cuts it (`regex_extract`), folds it (`lower`), looks it up
 * (`map`), and reads it as a `type`; else it takes its `default`. Of several
 * rules for one member, the first that gives a value counts; one whose `when`
 * does not hold gives none.
 */
#ifndef SIPMOVED_API_INBOUND_MAPPING_H
#define SIPMOVED_API_INBOUND_MAPPING_H

#include "api/json_value.h"
#include "db/move.h"

enum {
	MAPPING_RULES_MAX = 40,
	MAPPING_CONDITIONS_MAX = 8,
	MAPPING_PARTS_MAX = 8,	  /* of a concat */
	MAPPING_VALUE_SIZE = 512, /* bytes of a text, with the NUL */
};

/* What a rule may be for. */
enum mapped_member {
	MAPPED_ACTION, /* "upsert" (if none is given), "cancel", "ignore" */
	MAPPED_EXTERNAL_ID,
	MAPPED_ADDRESS,
	MAPPED_USER_NAME, /* these three: whose address it is */
	MAPPED_USER_EMAIL,
	MAPPED_USER_EXTERNAL_ID,
	MAPPED_TARGET, /* a list in the payload gives several */
	MAPPED_STARTS_AT,
	MAPPED_ENDS_AT,
	MAPPED_TIME_ZONE,
	MAPPED_PERMANENT,
	MAPPED_DIVERSION_REASON,
	MAPPED_NOTE,
	MAPPED_MEMBERS,
};
extern const char *const mapped_member_names[]; /* NULL at the end */

enum mapped_action {
	MAPPED_UPSERT,
	MAPPED_CANCEL,
	MAPPED_IGNORE,
};
extern const char *const mapped_action_names[];

struct inbound_mapping;

/*
 * rules: a JSON array, at `pointer` in the caller's document; its document
 * outlives the mapping. *ret_mapping NULL: what is wrong is in faults, all of
 * it. ENOMEM.
 */
int inbound_mapping_compile(const struct json_value *rules, const char *pointer,
			    struct faults *faults,
			    struct inbound_mapping **ret_mapping)
	__attribute__((warn_unused_result));
void inbound_mapping_free(struct inbound_mapping *mapping); /* takes NULL */
size_t inbound_mapping_count(const struct inbound_mapping *mapping);

/* What became of a rule. */
enum mapping_step {
	MAPPING_TAKEN,
	MAPPING_DEFAULTED,  /* its default was taken */
	MAPPING_NOT_MET,    /* `when` does not hold */
	MAPPING_ABSENT,	    /* nothing there, no match, or mapped to null */
	MAPPING_SUPERSEDED, /* a rule before it gave a value */
	MAPPING_FAULTY,	    /* there, but no value of its type */
};
extern const char *const mapping_step_names[];

struct mapped_step {
	enum mapped_member to;
	enum mapping_step step;
	char value[MAPPING_VALUE_SIZE]; /* "": none */
};

struct mapped_event {
	enum mapped_action action;
	bool has[MAPPED_MEMBERS];
	char texts[MAPPED_MEMBERS][MAPPING_VALUE_SIZE];
	char targets[MOVE_TARGETS_MAX][MAPPING_VALUE_SIZE];
	size_t target_count;
	struct mapped_step steps[MAPPING_RULES_MAX];
	size_t step_count;
};

/* Faults have pointers to members of the move: "/starts_at". */
void inbound_mapping_run(const struct inbound_mapping *mapping,
			 const struct json_value *payload,
			 struct mapped_event *ret_event, struct faults *faults);

/* As POST /v1/moves has it: {"address": ..., "targets": [...], ...}. */
void mapped_event_write_move(const struct mapped_event *event,
			     struct json_writer *writer);

#endif
