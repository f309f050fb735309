/*
 * http_guard.h - refuses what libmicrohttpd 0.9.75 lets through and what two
 * HTTP readers could understand in two ways (RFC 9112 11.2). Pure functions
 * over what the library hands up; no allocation, linear in the input.
 */
#ifndef SIPMOVED_API_HTTP_GUARD_H
#define SIPMOVED_API_HTTP_GUARD_H

#include "api/problem.h"

enum {
	HTTP_FIELDS_MAX = 64,
	HTTP_TARGET_MAX = 4096, /* bytes of a request target */
	HTTP_PATH_MAX = 255,	/* bytes of its path */
	HTTP_SEGMENTS_MAX = 8,
	HTTP_HOST_NAMES_MAX = 40,
};

/* Why a request is not answered; the connection closes after it. */
struct http_refusal {
	enum problem_code code;
	const char *why; /* static, a sentence */
};

struct http_field {
	struct text name, value;
};

struct http_head {
	struct text version;	/* "HTTP/1.1" */
	const char *target_end; /* of the raw target: for the layout only */
	const struct http_field *fields;
	size_t field_count;
};

/* The value of the first of that name, without blanks around it; false if there
 * is none. Names compare without case. */
bool http_head_field(const struct http_head *head, struct text name,
		     struct text *ret_value);

/* Framing: single fields, lengths, codings, bytes. */
bool http_guard_fields(const struct http_head *head, struct http_refusal *ret);

/*
 * Is the head, as it lies in the library's read buffer, made of lines that end
 * in CR LF, none folded and none with a NUL inside? The library has put a NUL
 * over each CR, LF and colon by now, and its views point into that buffer; it
 * says none of this itself. The four bytes behind the last value are read.
 */
bool http_guard_layout(const struct http_head *head, struct http_refusal *ret);

/* A request target taken apart, its path decoded. */
struct http_target {
	bool is_asterisk;	      /* "*" */
	struct text authority;	      /* absolute form; else empty */
	struct text query;	      /* raw, without '?' */
	char path[HTTP_PATH_MAX + 1]; /* decoded segments, NUL after each */
	struct text segments[HTTP_SEGMENTS_MAX]; /* views into path */
	size_t segment_count;
};

/* *ret holds views into itself: it is not to be copied. */
bool http_guard_target(struct text raw, struct http_target *ret_target,
		       struct http_refusal *ret);

/* What the Host field may say. */
struct http_host_names {
	char names[HTTP_HOST_NAMES_MAX][256]; /* lower case, no brackets */
	size_t count;
	bool any_address; /* an IP address of any kind: we listen on all */
};

void http_host_names_add(struct http_host_names *names, const char *name);
/* host: the field's value, or an authority: name and perhaps a port. */
bool http_guard_host(const struct http_host_names *names, struct text host,
		     struct http_refusal *ret);

/* The value of a %XX at the start of text; -1 if it is none. */
int http_percent(struct text text);

#endif
