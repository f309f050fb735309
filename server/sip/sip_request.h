/*
 * sip_request.h - the scanner: one pass over a message finds all that answering
 * a request needs (RFC 3261 7, 18.3, 20, 25; RFC 3581; RFC 4475).
 *
 * Zero copy: every text is a view into the scanned bytes. No allocation; time
 * linear in the input whatever it holds. A header is known by its whole name
 * (or its compact form), never by a hash alone.
 *
 * A request that breaks the grammar still fills what was readable, so that it
 * can be answered: `fault` then says how. The same scanner serves datagrams
 * and streams. Any thread.
 */
#ifndef SIPMOVED_SIP_REQUEST_H
#define SIPMOVED_SIP_REQUEST_H

#include "base/sip_uri.h"
#include "base/text.h"

enum {
	SIP_VIAS_MAX = 70,	/* Via values, comma lists counted out */
	SIP_HEADERS_MAX = 128,	/* header lines of a message */
	SIP_FOLDS_MAX = 256,	/* lines that continue header lines */
	SIP_PARAMS_MAX = 128,	/* of a Via, From or To value */
	SIP_ADDRESS_MAX = 4096, /* bytes of a From or To value */
	/* Bytes of what requests are told apart by: the top Via, Call-ID, a
	 * tag, the method. */
	SIP_FIELD_MAX = 1024,
	SIP_REQUIRES_MAX = 64, /* Require + Proxy-Require lines */
	SIP_MESSAGE_MAX = 65535,
	SIP_HEAD_MAX = 16384, /* start line and headers */
	/* Authorization lines; those that come later are not read. */
	SIP_AUTHORIZATIONS_MAX = 4,
};

enum sip_method {
	SIP_INVITE,
	SIP_ACK,
	SIP_CANCEL,
	SIP_OPTIONS,
	SIP_REGISTER,
	SIP_BYE,
	SIP_PRACK,
	SIP_UPDATE,
	SIP_INFO,
	SIP_NOTIFY,
	SIP_MESSAGE,
	SIP_SUBSCRIBE,
	SIP_PUBLISH,
	SIP_REFER,
	SIP_METHOD_OTHER,
};

/* One Via value, RFC 3261 20.42. */
struct sip_via {
	struct text whole;     /* as received, without blanks at its ends */
	struct text transport; /* "UDP" */
	struct text host;      /* sent-by; IPv6 without brackets */
	uint16_t port;	       /* sent-by; 0: none */
	enum sip_host_kind host_kind;
	struct text branch; /* empty: none */
	struct text
		rport; /* the whole parameter, "rport" or "rport=1"; or empty */
	struct text received; /* the whole parameter with its name; or empty */
	struct text maddr;    /* the value; or empty */
	bool has_rport;
	bool has_magic_cookie; /* branch starts with z9hG4bK and goes on */
};

/* What the status line of the refusal says. status 0: nothing is wrong. */
struct sip_fault {
	uint16_t status;    /* 400, 414, 416 (never here), 505, 513 */
	struct text reason; /* names the fault: "Missing Call-ID"; static */
};

struct sip_request {
	struct text message; /* start line to the end of the body */
	struct text method_text;
	enum sip_method method;
	struct text uri_text;
	struct sip_uri uri; /* valid if uri_is_valid */
	bool uri_is_valid;
	struct sip_fault fault; /* the first one, in order of the message */

	struct sip_via via;		/* the top one */
	struct text vias[SIP_VIAS_MAX]; /* every Via value, in order */
	size_t via_count;		/* 0: unanswerable */
	struct text from, to, call_id,
		cseq;		      /* header values, trimmed; or empty */
	struct text from_tag, to_tag; /* empty: none */
	bool has_to_tag;	      /* a tag parameter with a value */
	uint32_t cseq_number;
	struct text cseq_method;
	struct text timestamp;	/* header value; or empty */
	struct text user_agent; /* header value; or empty */
	/* Values of the Require and Proxy-Require lines, in order, unparsed. */
	struct text requires[SIP_REQUIRES_MAX];
	bool require_is_proxy[SIP_REQUIRES_MAX];
	size_t require_count;
	struct text supported; /* first Supported line's value; or empty */
	struct text contact;   /* first Contact line's value; or empty */
	struct text max_forwards;
	/* Values of the Authorization lines, in order, unparsed. */
	struct text authorizations[SIP_AUTHORIZATIONS_MAX];
	size_t authorization_count;
	bool has_content_length;
	size_t content_length;
	struct text body;
	size_t missing_head_bytes; /* not used on datagrams */
};

enum sip_scan {
	SIP_SCAN_REQUEST,    /* ret_request is filled; look at its fault */
	SIP_SCAN_RESPONSE,   /* never answered */
	SIP_SCAN_KEEPALIVE,  /* nothing but CRLFs (or NULs, blanks) */
	SIP_SCAN_STUN,	     /* a STUN message, RFC 5389 */
	SIP_SCAN_NOISE,	     /* not SIP, or a request that cannot be answered */
	SIP_SCAN_INCOMPLETE, /* streams: more bytes are needed */
};

/*
 * A datagram is one message: bytes beyond Content-Length are dropped (18.3).
 */
enum sip_scan sip_request_scan_datagram(struct text datagram,
					struct sip_request *ret_request);

/*
 * A stream: scans the first message of what has arrived. *ret_consumed is how
 * many bytes it took (leading CRLFs included). resume, zeroed for a new
 * message, keeps how far the end of the headers was looked for, so that one
 * byte at a time stays linear. A message without a valid Content-Length, or
 * too long, gets SIP_SCAN_REQUEST (or _RESPONSE, _NOISE) with a fault and
 * has_content_length false: answer and close. SIP_SCAN_KEEPALIVE: CRLF CRLF
 * was taken, RFC 5626 wants a CRLF back.
 */
struct sip_stream_progress {
	size_t searched; /* bytes already searched for the end of the headers */
	size_t head_len; /* 0: its end was not found yet */
	size_t message_len; /* head and body, once the head was read */
};
enum sip_scan sip_request_scan_stream(struct text arrived,
				      struct sip_stream_progress *progress,
				      struct sip_request *ret_request,
				      size_t *ret_consumed);

/* "INVITE"; for SIP_METHOD_OTHER use method_text. */
const char *sip_method_name(enum sip_method method);

/*
 * Walks one comma list of tokens (Require, Proxy-Require, Supported), folds
 * and blanks skipped: 1 and *ret_token, 0 at the end, -1 not a token list.
 * *rest is moved on. An empty list has no tokens.
 */
int sip_token_list_next(struct text *rest, struct text *ret_token);

#endif
