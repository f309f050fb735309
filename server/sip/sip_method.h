/*
 * sip_method.h - method names, compared with case (RFC 3261 7.1). Internal to
 * the scanner; the names are asked for through sip_request.h.
 */
#ifndef SIPMOVED_SIP_METHOD_H
#define SIPMOVED_SIP_METHOD_H

#include "sip/sip_request.h"

enum sip_method sip_method_of(struct text name);

#endif
