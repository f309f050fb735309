/*
 * local_api.h - one request to the server that runs on this data folder, over
 * its local socket. For the verbs of the command line; main thread.
 */
#ifndef SIPMOVED_LOCAL_API_H
#define SIPMOVED_LOCAL_API_H

#include "config.h"

enum {
	LOCAL_ANSWER_MAX = 256 * 1024,
};

struct local_answer {
	long status;
	char bytes[LOCAL_ANSWER_MAX];
	size_t len;
};

struct local_request {
	const char *method, *path;
	struct text body; /* JSON; ptr NULL: none */
	FILE *sink;	  /* takes the body of a 200; NULL: the answer does */
	long timeout_s;	  /* 0: 10 */
};

/* 0 with any status; else it has said on stderr why no answer came. */
int local_api_ask(const struct config *config,
		  const struct local_request *request,
		  struct local_answer *answer)
	__attribute__((warn_unused_result));
/* Says on stderr what a problem document holds: its faults, or its detail. */
void local_api_tell_problem(const struct local_answer *answer);

#endif
