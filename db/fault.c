#include "db/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const names[FAULT_CODES] = {
	[FAULT_UNKNOWN_MEMBER] = "UNKNOWN_MEMBER",
	[FAULT_MISSING_MEMBER] = "MISSING_MEMBER",
	[FAULT_WRONG_TYPE] = "WRONG_TYPE",
	[FAULT_OUT_OF_RANGE] = "OUT_OF_RANGE",
	[FAULT_TOO_LONG] = "TOO_LONG",
	[FAULT_TOO_MANY] = "TOO_MANY",
	[FAULT_BAD_FORMAT] = "BAD_FORMAT",
	[FAULT_BAD_ADDRESS] = "BAD_ADDRESS",
	[FAULT_BAD_TARGET] = "BAD_TARGET",
	[FAULT_BAD_TIME] = "BAD_TIME",
	[FAULT_TIME_IN_GAP] = "TIME_IN_GAP",
	[FAULT_UNKNOWN_TIME_ZONE] = "UNKNOWN_TIME_ZONE",
	[FAULT_END_BEFORE_START] = "END_BEFORE_START",
	[FAULT_ENDS_IN_PAST] = "ENDS_IN_PAST",
	[FAULT_READ_ONLY_MEMBER] = "READ_ONLY_MEMBER",
	[FAULT_DUPLICATE] = "DUPLICATE",
	[FAULT_UNKNOWN_DOMAIN] = "UNKNOWN_DOMAIN",
	[FAULT_UNKNOWN_PRESET] = "UNKNOWN_PRESET",
	[FAULT_TARGET_IS_ADDRESS] = "TARGET_IS_ADDRESS",
	[FAULT_CONFLICTS_WITH_OTHER_MEMBER] = "CONFLICTS_WITH_OTHER_MEMBER",
	[FAULT_UNKNOWN_PARAMETER] = "UNKNOWN_PARAMETER",
	[FAULT_TARGET_NOT_ALLOWED] = "TARGET_NOT_ALLOWED",
	[FAULT_MOVE_TOO_LONG] = "MOVE_TOO_LONG",
	[FAULT_TOO_MANY_MOVES] = "TOO_MANY_MOVES",
	[FAULT_NOT_OWNED] = "NOT_OWNED",
	[FAULT_WEAK_PASSWORD] = "WEAK_PASSWORD",
	[FAULT_WRONG_PASSWORD] = "WRONG_PASSWORD",
};

const char *fault_code_name(enum fault_code code)
{
	return names[code];
}

static struct fault *next_fault(struct faults *faults)
{
	if (!faults->list)
		faults->list = calloc(FAULTS_MAX, sizeof(*faults->list));
	if (!faults->list || faults->count == FAULTS_MAX) {
		faults->dropped++;
		return NULL;
	}
	return &faults->list[faults->count++];
}

static void add(struct faults *faults, enum fault_code code, const char *place,
		bool is_parameter, const char *format, va_list args)
{
	struct fault *fault = next_fault(faults);

	if (!fault)
		return;
	fault->code = code;
	fault->is_parameter = is_parameter;
	text_copy(text_of(place), fault->pointer, sizeof(fault->pointer));
	vsnprintf(fault->detail, sizeof(fault->detail), format, args);
}

void faults_add(struct faults *faults, enum fault_code code,
		const char *pointer, const char *detail_format, ...)
{
	va_list args;

	va_start(args, detail_format);
	add(faults, code, pointer, false, detail_format, args);
	va_end(args);
}

void faults_add_parameter(struct faults *faults, enum fault_code code,
			  const char *parameter, const char *detail_format, ...)
{
	va_list args;

	va_start(args, detail_format);
	add(faults, code, parameter, true, detail_format, args);
	va_end(args);
}

bool faults_any(const struct faults *faults)
{
	return faults->count > 0 || faults->dropped > 0;
}

void faults_clear(struct faults *faults)
{
	free(faults->list);
	*faults = (struct faults){ 0 };
}
