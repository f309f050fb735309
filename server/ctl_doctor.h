/*
 * ctl_doctor.h - the verb doctor: a line a check, [ok], [warn] or [fail], with
 * what to do. Main thread.
 */
#ifndef SIPMOVED_CTL_DOCTOR_H
#define SIPMOVED_CTL_DOCTOR_H

#include "api/json_writer.h"
#include "config.h"
#include "ctl.h"
#include "ctl_table.h"

enum doctor_verdict {
	DOCTOR_OK,
	DOCTOR_WARN,
	DOCTOR_FAIL,
};

struct doctor {
	struct ctl *ctl;
	struct config config; /* of this machine's server */
	enum doctor_verdict worst;
	bool is_unreachable;
	struct ctl_table table;	   /* of -o csv */
	struct json_writer writer; /* of -o json */
};

void doctor_say(struct doctor *doctor, enum doctor_verdict verdict,
		const char *what, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* ctl_doctor_config.c. False: there are no settings to check more with. */
bool doctor_check_config(struct doctor *doctor);
void doctor_check_certificates(struct doctor *doctor);
/* Asks each UDP socket that the server says it has, by OPTIONS. */
void doctor_check_sockets(struct doctor *doctor);

#endif
