/*
 * sip_named_header.h - headers that the scanner does not collect, found by name
 * when somebody asks: Privacy, History-Info, every Supported line.
 *
 * Zero copy and linear; only for requests that were scanned. Any thread.
 */
#ifndef SIPMOVED_SIP_SIP_NAMED_HEADER_H
#define SIPMOVED_SIP_SIP_NAMED_HEADER_H

#include "sip/sip_header.h"
#include "sip/sip_request.h"

struct sip_named_header {
	struct sip_lines lines;
	struct text name;
	char compact; /* lower case; 0: none */
};

/* Walks the lines of that name, in order. */
struct sip_named_header sip_named_header_of(const struct sip_request *request,
					    struct text name, char compact);
/* The next one's value, trimmed, folds inside as received; false: no more. */
bool sip_named_header_next(struct sip_named_header *header,
			   struct text *ret_value);

#endif
