/*
 * sip_via.h - Via values (RFC 3261 20.42, RFC 3581). Internal to the scanner.
 */
#ifndef SIPMOVED_SIP_VIA_H
#define SIPMOVED_SIP_VIA_H

#include "sip/sip_request.h"

/*
 * Takes the next value off a comma list, trimmed; commas in quotes do not
 * count. 1; 0: the list is at its end; -1: an empty value stood there.
 */
int sip_via_next(struct text *rest, struct text *ret_value);

/*
 * 0; EBADMSG: up to sent-by it is no Via, and nobody can be answered; EINVAL:
 * sent-by's host was read, but its port or the parameters break the grammar
 * (what was readable is filled).
 */
int sip_via_read(struct text value, struct sip_via *ret_via)
	__attribute__((warn_unused_result));

#endif
