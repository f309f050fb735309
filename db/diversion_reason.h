/*
 * diversion_reason.h - why calls to an address go elsewhere, in the words of
 * Diversion (RFC 5806 4), and as the cause that stands for them (RFC 7544 5,
 * RFC 4458 2). Any thread.
 */
#ifndef SIPMOVED_DB_DIVERSION_REASON_H
#define SIPMOVED_DB_DIVERSION_REASON_H

#include <stdbool.h>

#include "base/text.h"

/* As they are stored: numbers stay. */
enum diversion_reason {
	DIVERSION_UNCONDITIONAL,
	DIVERSION_TIME_OF_DAY,
	DIVERSION_AWAY,
	DIVERSION_DO_NOT_DISTURB,
	DIVERSION_FOLLOW_ME,
	DIVERSION_OUT_OF_SERVICE,
	DIVERSION_UNAVAILABLE,
	DIVERSION_USER_BUSY,
	DIVERSION_NO_ANSWER,
	DIVERSION_DEFLECTION,
	DIVERSION_UNKNOWN,
	DIVERSION_REASONS,
};

/* The same in SQL, of a column of that name. */
#define DIVERSION_REASON_SQL                                          \
	"json_extract('[\"unconditional\",\"time-of-day\",\"away\","  \
	"\"do-not-disturb\",\"follow-me\",\"out-of-service\","        \
	"\"unavailable\",\"user-busy\",\"no-answer\",\"deflection\"," \
	"\"unknown\"]', '$[' || diversion_reason || ']')"

/* What the file holds is not trusted: what is none is unconditional. */
enum diversion_reason diversion_reason_of_stored(int64_t stored);
/* "time-of-day"; terminated. */
struct text diversion_reason_name(enum diversion_reason reason);
/* False: no such name. */
bool diversion_reason_of_name(struct text name, enum diversion_reason *ret);
/* "302" for unconditional. */
struct text diversion_reason_cause(enum diversion_reason reason);

#endif
