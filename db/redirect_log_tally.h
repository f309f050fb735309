/*
 * redirect_log_tally.h - counts of texts, with bounded memory whatever texts
 * come: the texts that come often are in it, with their counts.
 *
 * When all rows are taken, as much as the smallest weighs is taken off every
 * row, and those with nothing left make room (Misra and Gries). So a text's
 * weight is too small by at most (all that was added) / LOG_TALLY_ROWS, and
 * with no more texts than rows it is exact. Inside db/, thread "log-figures".
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_TALLY_H
#define SIPMOVED_DB_REDIRECT_LOG_TALLY_H

#include "base/hash.h"
#include "db/redirect_log_figures.h"

enum {
	LOG_TALLY_ROWS = 65536,
	LOG_TALLY_COUNTS = 4,
};

struct log_tally_row {
	char *text; /* owned by the tally; NULL: the row is free */
	size_t len;
	uint64_t hash;
	uint64_t weight;
	/* The caller's; zeros in a new row. */
	uint64_t counts[LOG_TALLY_COUNTS];
	int64_t last_at_ms;
	int64_t examples[LOG_EXAMPLES_MAX];
	uint32_t example_count;
	uint32_t generation; /* of what is in this place */
	uint32_t next;	     /* the tally's own */
};

struct log_tally;

int log_tally_new(struct log_tally **ret_tally)
	__attribute__((warn_unused_result));
void log_tally_free(struct log_tally *tally); /* takes NULL */

/* Adds one to its weight. The row stays until the next add. ENOMEM. */
int log_tally_add(struct log_tally *tally, struct text text,
		  struct log_tally_row **ret_row)
	__attribute__((warn_unused_result));

/* A row by its place, which log_tally_place() gave; NULL: it was given to
 * another text since. */
struct log_tally_place {
	uint32_t index, generation;
};
struct log_tally_place log_tally_place(const struct log_tally *tally,
				       const struct log_tally_row *row);
struct log_tally_row *log_tally_at(struct log_tally *tally,
				   struct log_tally_place place);

/* The rows that rank gives most (and more than 0), limit of them, most first;
 * equal ones by their text. Their number. */
size_t log_tally_top(struct log_tally *tally,
		     uint64_t (*rank)(const struct log_tally_row *row),
		     const struct log_tally_row **rows, size_t limit);
/* No row had to make room. */
bool log_tally_is_exact(const struct log_tally *tally);

#endif
