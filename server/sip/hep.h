/*
 * hep.h - copies of what was received and sent, to a Homer collector over UDP
 * (HEP3, "EEP" revision 3). Off unless configured.
 *
 * A message is put into a buffer of the worker's own, and what gathered in a
 * batch leaves in one system call at its end. Nothing waits: what the kernel
 * does not take, and what does not fit, is counted and gone. Owned and used by
 * one worker thread.
 */
#ifndef SIPMOVED_SIP_HEP_H
#define SIPMOVED_SIP_HEP_H

#include <netinet/in.h>

#include "base/text.h"
#include "db/redirect_log_record.h"
#include "sip/sip_listen.h"

struct hep_config {
	struct sip_listen collector; /* port 0: off */
	uint32_t capture_id;	     /* names this server in Homer */
	char password[64];	     /* "": none */
};

struct hep;

/* One message, and between whom. Views and values; nothing is kept. */
struct hep_message {
	enum log_transport transport;
	const struct sockaddr *source, *destination; /* of one family */
	int64_t at_us; /* Unix microseconds, UTC */
	struct text call_id;
	struct text payload;
};

/* Errors: EINVAL the collector is no numeric address; EMFILE ... A collector
 * that no route leads to yet is no error: it is tried again. */
int hep_open(const struct hep_config *config, struct hep **ret_hep)
	__attribute__((warn_unused_result));
void hep_close(struct hep *hep); /* takes NULL */

/* Sends what waits first if there is no room. */
void hep_put(struct hep *hep, const struct hep_message *message);
void hep_send(struct hep *hep);
/* Messages that were not captured, ever. */
uint64_t hep_dropped(const struct hep *hep);

/* The bytes of one packet; 0 if they do not fit. Pure. */
size_t hep_write(const struct hep_config *config,
		 const struct hep_message *message, char *buffer, size_t size);

#endif
