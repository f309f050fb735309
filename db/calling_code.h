/*
 * calling_code.h - which country a telephone number belongs to (ITU-T E.164
 * assigned country codes, and the areas by which countries that share one are
 * told apart).
 *
 * The longest prefix decides. Codes that belong to no country (+870, +881) are
 * not in it. A country that shares its code and cannot be told apart counts as
 * the one that has most of its numbers: calling_code_country().
 */
#ifndef SIPMOVED_DB_CALLING_CODE_H
#define SIPMOVED_DB_CALLING_CODE_H

#include "base/text.h"

struct calling_code {
	const char *prefix; /* digits */
	char country[3];    /* ISO 3166-1 alpha-2 */
};

extern const struct calling_code calling_codes[];
extern const size_t calling_code_count;

/* The country as it stands in the table, for one that shares its code; NULL if
 * it has no numbers. country: upper case. */
const char *calling_code_country(struct text country);

#endif
