/*
 * sip_capture.h - what a worker receives and answers, copied to a collector
 * (hep.h): knows between which two addresses a message went.
 *
 * Owned and used by one worker thread; listeners are named before it starts.
 */
#ifndef SIPMOVED_SIP_CAPTURE_H
#define SIPMOVED_SIP_CAPTURE_H

#include "sip/hep.h"
#include "sip/sip_counters.h"
#include "sip/transactions.h"

struct sip_capture;

/* counters: borrowed. Errors: as of hep_open(). */
int sip_capture_new(const struct hep_config *config,
		    struct sip_counters *counters,
		    struct sip_capture **ret_capture)
	__attribute__((warn_unused_result));
void sip_capture_free(struct sip_capture *capture); /* takes NULL */

/* The listening socket that a route's socket_index stands for. capture NULL:
 * does nothing. */
void sip_capture_name_listener(struct sip_capture *capture,
			       uint32_t socket_index, int fd);

/* One message. Views and values; nothing is kept. */
struct sip_capture_message {
	enum log_transport transport;
	bool is_answer; /* from here to the route's peer, not the other way */
	int64_t at_us;	/* Unix microseconds */
	struct text call_id;
	struct text payload;
};

/* Gathers; what does not fit is counted and gone. */
void sip_capture_message(struct sip_capture *capture,
			 const struct transaction_route *route,
			 const struct sip_capture_message *message);
/* An answer over UDP that is sent once more, as it stands. */
void sip_capture_repeated(struct sip_capture *capture,
			  const struct transaction_route *route,
			  struct text answer);
/* At the end of a batch: sends what gathered, and counts what was lost. */
void sip_capture_send(struct sip_capture *capture);

#endif
