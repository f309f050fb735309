/*
 * sip_header.h - the lines of a message's head, and which header each one is
 * (RFC 3261 7.3). Internal to the scanner.
 */
#ifndef SIPMOVED_SIP_HEADER_H
#define SIPMOVED_SIP_HEADER_H

#include <string.h>

#include "base/text.h"
#include "sip/sip_request.h"

enum sip_header_id {
	SIP_HEADER_OTHER,
	SIP_HEADER_VIA,
	SIP_HEADER_FROM,
	SIP_HEADER_TO,
	SIP_HEADER_CALL_ID,
	SIP_HEADER_CSEQ,
	SIP_HEADER_CONTENT_LENGTH,
	SIP_HEADER_MAX_FORWARDS,
	SIP_HEADER_REQUIRE,
	SIP_HEADER_PROXY_REQUIRE,
	SIP_HEADER_SUPPORTED,
	SIP_HEADER_CONTACT,
	SIP_HEADER_TIMESTAMP,
	SIP_HEADER_USER_AGENT,
	SIP_HEADER_AUTHORIZATION,
	SIP_HEADERS_KNOWN,
};

struct sip_header {
	enum sip_header_id id;
	/* Trimmed, folds inside as received. Not set for SIP_HEADER_OTHER. */
	struct text value;
};

/* Walks the lines. Initialise at and end, zero the rest. */
struct sip_lines {
	const char *at; /* behind the last line end */
	const char *end;
	const char *bare_lf; /* the first that was not; or NULL */
	size_t fold_count;   /* lines that went on with the one before */
};

enum sip_line {
	SIP_LINE_CUT, /* no line end up to the end; *ret_line is what is there
		       */
	SIP_LINE_EMPTY,
	SIP_LINE_TEXT,
	SIP_LINE_FOLDED_TOO_OFTEN, /* more than SIP_FOLDS_MAX in a head */
};

/* Without its line end. */
static inline enum sip_line sip_lines_next(struct sip_lines *lines,
					   struct text *ret_line)
{
	const char *start = lines->at;
	size_t left = (size_t)(lines->end - start);
	const char *line_end = left ? memchr(start, '\n', left) : NULL;

	if (!line_end) {
		*ret_line = (struct text){ start, left };
		return SIP_LINE_CUT;
	}
	lines->at = line_end + 1;
	if (line_end > start && line_end[-1] == '\r')
		line_end--;
	else if (!lines->bare_lf)
		lines->bare_lf = line_end;
	*ret_line = (struct text){ start, (size_t)(line_end - start) };
	return ret_line->len > 0 ? SIP_LINE_TEXT : SIP_LINE_EMPTY;
}

/* The same, and the lines that continue it (folds): they are short, and each is
 * looked for, so that many would cost more than their bytes. */
static inline enum sip_line sip_lines_next_folded(struct sip_lines *lines,
						  struct text *ret_line)
{
	enum sip_line kind = sip_lines_next(lines, ret_line);

	while (kind == SIP_LINE_TEXT && lines->at < lines->end &&
	       (*lines->at == ' ' || *lines->at == '\t')) {
		struct text more;

		if (lines->fold_count++ == SIP_FOLDS_MAX)
			return SIP_LINE_FOLDED_TOO_OFTEN;
		kind = sip_lines_next(lines, &more);
		ret_line->len = (size_t)(more.ptr + more.len - ret_line->ptr);
	}
	return kind;
}

/* line is not empty. False: no "name:". */
bool sip_header_read(struct text line, struct sip_header *ret_header);

#endif
