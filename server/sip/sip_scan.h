/*
 * sip_scan.h - one scan of a message's head: the parts that sip_request.c puts
 * together for datagrams and streams. Internal to the scanner.
 */
#ifndef SIPMOVED_SIP_SCAN_H
#define SIPMOVED_SIP_SCAN_H

#include "sip/sip_header.h"
#include "sip/sip_request.h"

struct sip_scanner {
	struct sip_request *request;
	struct sip_lines lines;
	const char *at;	       /* the line that is looked at */
	const char *fault_at;  /* where request->fault is; or NULL */
	const char *length_at; /* the Content-Length line; or NULL */
	unsigned seen;	       /* one bit a header id */
	size_t header_count;
	bool is_complete; /* the empty line was found */
	bool is_top_via_read;
};

/* Keeps the fault that stands first in the message. */
void sip_scanner_fault(struct sip_scanner *scanner, const char *at,
		       uint16_t status, struct text reason);

/* Reads the line at the front: method, Request-URI, version. */
void sip_scan_start_line(struct sip_scanner *scanner);
/* Reads the lines up to the empty one, and it; or up to the most allowed. */
void sip_scan_headers(struct sip_scanner *scanner);

#endif
