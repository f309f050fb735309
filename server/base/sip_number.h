/*
 * sip_number.h - the telephone number that a URI leads to, as far as the URI
 * tells (RFC 3966, RFC 3261 19.1.6).
 *
 * Read to judge where a call may go, so rather too much counts as a number than
 * too little: of "+1900555x9" the digits in front. Pure, linear, any thread.
 */
#ifndef SIPMOVED_BASE_SIP_NUMBER_H
#define SIPMOVED_BASE_SIP_NUMBER_H

#include "base/sip_uri.h"

enum {
	SIP_NUMBER_DIGITS_MAX = 15, /* E.164; what follows is left out */
};

enum sip_number_kind {
	SIP_NUMBER_NONE,
	SIP_NUMBER_LOCAL,  /* what is dialled where; its digits are not known */
	SIP_NUMBER_GLOBAL, /* with country code */
};

struct sip_number {
	enum sip_number_kind kind;
	/* SIP_NUMBER_GLOBAL: without the '+', NUL terminated. */
	char digits[SIP_NUMBER_DIGITS_MAX + 1];
	size_t digit_count;
	/* Of a local tel: number: the domain of its phone-context, a view into
	 * the URI; else empty. */
	struct text context;
};

/*
 * A global number: a user part that begins with '+' and has a digit, or a local
 * number whose phone-context is such a prefix: its digits follow those of the
 * prefix. A local one: any other tel: URI, and a SIP URI with user=phone.
 */
void sip_number_read(const struct sip_uri *uri, struct sip_number *ret_number);

#endif
