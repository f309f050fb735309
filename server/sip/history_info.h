/*
 * history_info.h - the part of a redirect server in History-Info (RFC 7044 8,
 * 9.1, 9.4, 10): what came is repeated, the Request-URI is noted if it was not,
 * and Contacts say which entry they follow from. The targets get no entries.
 *
 * Pure and zero copy. Any thread.
 */
#ifndef SIPMOVED_SIP_HISTORY_INFO_H
#define SIPMOVED_SIP_HISTORY_INFO_H

#include "sip/called_uri.h"
#include "sip/sip_request.h"

enum {
	/* Bytes of all entries that came; more are as if they were not there.
	 */
	HISTORY_INFO_MAX = 4096,
};

struct history_info {
	bool is_wanted;	  /* the request had it, or supports it */
	bool has_entries; /* the request's are well formed: repeat them */
	bool has_own;	  /* an entry of ours for the Request-URI */
	bool is_private;  /* ours names nobody */
	/* Of the entry that stands for the Request-URI: with has_own that is
	 * this and ".0.1" (10.3: a gap), or "1" if this is empty. */
	struct text last_index;
	struct text own_host; /* a tel: Request-URI is noted at */
};

/* own_host: for a tel: Request-URI, which is noted as a sip: URI; empty: then
 * none is wanted where one of ours would be needed. is_hidden: the caller asks
 * for it (RFC 7044 10.1). */
struct history_info history_info_read(const struct sip_request *request,
				      struct text own_host, bool is_hidden);

/* The index that Contacts name. */
void history_info_write_index(const struct history_info *info,
			      struct writer *writer);
/* called: the Request-URI. */
void history_info_write(const struct history_info *info,
			const struct sip_request *request,
			const struct called_uri *called, struct writer *writer);

#endif
