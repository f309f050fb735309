/*
 * sip_traffic.h - the SIP side's figures as a plain value: what /metrics shows
 * (api/) and the SIP workers count (server/sip/). Labels in order of the enums.
 */
#ifndef SIPMOVED_BASE_SIP_TRAFFIC_H
#define SIPMOVED_BASE_SIP_TRAFFIC_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	SIP_TRAFFIC_METHODS = 15, /* in order of enum sip_method */
	SIP_TRAFFIC_BUCKETS = 12, /* handling time, last one +Inf */
	SIP_TRAFFIC_STREAMS = 2,  /* TCP, TLS */
	SIP_TRAFFIC_WORKERS_MAX = 32,
};

/* Statuses that are answered; index of the label. */
enum sip_traffic_status {
	SIP_TRAFFIC_200,
	SIP_TRAFFIC_301,
	SIP_TRAFFIC_302,
	SIP_TRAFFIC_400,
	SIP_TRAFFIC_401,
	SIP_TRAFFIC_404,
	SIP_TRAFFIC_405,
	SIP_TRAFFIC_414,
	SIP_TRAFFIC_416,
	SIP_TRAFFIC_420,
	SIP_TRAFFIC_480,
	SIP_TRAFFIC_481,
	SIP_TRAFFIC_482,
	SIP_TRAFFIC_501,
	SIP_TRAFFIC_503,
	SIP_TRAFFIC_505,
	SIP_TRAFFIC_513,
	SIP_TRAFFIC_OTHER_STATUS,
	SIP_TRAFFIC_STATUSES,
};

enum sip_traffic_event {
	SIP_TRAFFIC_DATAGRAMS,
	SIP_TRAFFIC_NOISE,	  /* not SIP, or not answerable */
	SIP_TRAFFIC_RESPONSES_IN, /* dropped */
	SIP_TRAFFIC_KEEPALIVES,
	SIP_TRAFFIC_RETRANSMITS_IN,  /* answered again from the transaction */
	SIP_TRAFFIC_RETRANSMITS_OUT, /* timer G */
	SIP_TRAFFIC_ACKS,	     /* that matched */
	SIP_TRAFFIC_STRAY_ACKS,
	SIP_TRAFFIC_STATELESS, /* answered at the cap */
	SIP_TRAFFIC_SEND_ERRORS,
	SIP_TRAFFIC_LOG_DROPS,		 /* the log's ring was full */
	SIP_TRAFFIC_OVERSIZE_ANSWERS,	 /* did not fit: 500 sent instead */
	SIP_TRAFFIC_CONNECTIONS,	 /* accepted, TCP and TLS */
	SIP_TRAFFIC_CONNECTIONS_REFUSED, /* one too many */
	SIP_TRAFFIC_CONNECTION_TIMEOUTS,
	SIP_TRAFFIC_TLS_HANDSHAKES,
	SIP_TRAFFIC_TLS_FAILURES, /* handshakes that came to nothing */
	SIP_TRAFFIC_DENIED,	  /* sources: silence by a rule */
	SIP_TRAFFIC_BANNED,	  /* by a ban */
	SIP_TRAFFIC_LIMITED,	  /* by the limit of its network */
	SIP_TRAFFIC_SLIPPED,	  /* beyond the limit, answered */
	SIP_TRAFFIC_SCANNER,	  /* silence by a scanner pattern */
	SIP_TRAFFIC_PATTERN_BANS, /* made by a scanner pattern */
	SIP_TRAFFIC_CREDENTIALS_WRONG,
	SIP_TRAFFIC_CREDENTIALS_STALE,
	SIP_TRAFFIC_CAPTURE_DROPS, /* copies for the collector that were lost */
	SIP_TRAFFIC_TARGETS_WITHHELD, /* by target rules */
	SIP_TRAFFIC_EVENTS,
};

extern const char *const sip_traffic_method_names[SIP_TRAFFIC_METHODS];
extern const char *const sip_traffic_status_names[SIP_TRAFFIC_STATUSES];
extern const char *const sip_traffic_event_names[SIP_TRAFFIC_EVENTS];
/* Upper bounds of the buckets in microseconds; the last is not used (+Inf). */
extern const uint32_t sip_traffic_bucket_us[SIP_TRAFFIC_BUCKETS];

struct sip_traffic {
	uint64_t requests[SIP_TRAFFIC_METHODS];
	uint64_t responses[SIP_TRAFFIC_STATUSES];
	uint64_t events[SIP_TRAFFIC_EVENTS];
	uint64_t handling[SIP_TRAFFIC_BUCKETS];
	uint64_t handling_us_sum;
	uint64_t transactions;
	uint64_t connections;
	/* The part of requests that came over TCP, and over TLS. */
	uint64_t stream_requests[SIP_TRAFFIC_STREAMS][SIP_TRAFFIC_METHODS];
	uint64_t cpu_us; /* of the workers' threads */
	unsigned workers;
	/* The part of requests that each worker had. */
	uint64_t worker_requests[SIP_TRAFFIC_WORKERS_MAX];
};

/* How api/ asks without including server/sip: main.c passes one. Any thread. */
typedef void (*sip_traffic_fn)(void *arg, struct sip_traffic *ret_traffic);
/* Has OPTIONS to the server answered 503, or 200 again. Any thread. */
typedef void (*sip_drain_fn)(void *arg, bool draining);

#endif
