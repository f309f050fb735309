/*
 * fault.h - what is wrong with a change, all of it at once: a list of faults,
 * each at a place in the caller's document.
 *
 * Filled by readers and validators on any one thread at a time; a fault beyond
 * FAULTS_MAX is counted and dropped. A change with one fault changes nothing.
 */
#ifndef SIPMOVED_DB_FAULT_H
#define SIPMOVED_DB_FAULT_H

#include "base/text.h"

enum {
	FAULTS_MAX = 100,
	FAULT_POINTER_SIZE = 128,
	FAULT_DETAIL_SIZE = 320,
};

/* Stable words of the API; fault_code_name() gives "END_BEFORE_START". */
enum fault_code {
	FAULT_UNKNOWN_MEMBER,
	FAULT_MISSING_MEMBER,
	FAULT_WRONG_TYPE,
	FAULT_OUT_OF_RANGE,
	FAULT_TOO_LONG,
	FAULT_TOO_MANY,
	FAULT_BAD_FORMAT,
	FAULT_BAD_ADDRESS,
	FAULT_BAD_TARGET,
	FAULT_BAD_TIME,
	FAULT_TIME_IN_GAP,
	FAULT_UNKNOWN_TIME_ZONE,
	FAULT_END_BEFORE_START,
	FAULT_ENDS_IN_PAST,
	FAULT_READ_ONLY_MEMBER,
	FAULT_DUPLICATE,
	FAULT_UNKNOWN_DOMAIN,
	FAULT_UNKNOWN_PRESET,
	FAULT_TARGET_IS_ADDRESS,
	FAULT_CONFLICTS_WITH_OTHER_MEMBER,
	FAULT_UNKNOWN_PARAMETER,
	FAULT_TARGET_NOT_ALLOWED,
	FAULT_MOVE_TOO_LONG,
	FAULT_TOO_MANY_MOVES,
	FAULT_NOT_OWNED,
	FAULT_WEAK_PASSWORD,
	FAULT_WRONG_PASSWORD,
	FAULT_CODES,
};

struct fault {
	enum fault_code code;
	char pointer[FAULT_POINTER_SIZE]; /* RFC 6901: "/targets/0/uri" */
	bool is_parameter; /* pointer holds a query parameter's name */
	char detail[FAULT_DETAIL_SIZE];
};

struct faults {
	struct fault *list; /* owned; NULL while there is none */
	size_t count;
	size_t dropped; /* beyond FAULTS_MAX, or for want of memory */
};

/* A zeroed struct faults is empty and ready. */
void faults_add(struct faults *faults, enum fault_code code,
		const char *pointer, const char *detail_format, ...)
	__attribute__((format(printf, 4, 5)));
void faults_add_parameter(struct faults *faults, enum fault_code code,
			  const char *parameter, const char *detail_format, ...)
	__attribute__((format(printf, 4, 5)));
bool faults_any(const struct faults *faults);
void faults_clear(struct faults *faults);
const char *fault_code_name(enum fault_code code);

#endif
