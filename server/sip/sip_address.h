/*
 * sip_address.h - a From or To value: name-addr or addr-spec with parameters
 * (RFC 3261 20.20, 20.39). Internal to the scanner.
 */
#ifndef SIPMOVED_SIP_ADDRESS_H
#define SIPMOVED_SIP_ADDRESS_H

#include "base/text.h"

/*
 * ret_tag: the tag parameter's value, empty if there is none; filled even on
 * EBADMSG when it could be read. The URI may be of any scheme.
 */
int sip_address_read(struct text value, struct text *ret_tag)
	__attribute__((warn_unused_result));

#endif
