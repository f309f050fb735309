/*
 * ctl_request.h - one request of sipmovedctl and its answer: over the local
 * socket, or to --url with the token of --token-file. Main thread.
 */
#ifndef SIPMOVED_CTL_REQUEST_H
#define SIPMOVED_CTL_REQUEST_H

#include "ctl.h"

enum {
	CTL_PATH_SIZE = 4096,
	CTL_ANSWER_MAX = 64 * 1024 * 1024,
};

/* The target of a request: a path and its query, escaped. */
struct ctl_path {
	char text[CTL_PATH_SIZE];
	size_t len;
	bool has_query, overflowed;
};

/* format's "%s" is the segment, escaped; segment may be NULL. */
struct ctl_path ctl_path_of(const char *format, const char *segment);
void ctl_path_query(struct ctl_path *path, const char *name, const char *value);

struct ctl_request {
	const char *method;
	const struct ctl_path *path;
	struct text body;	  /* ptr NULL: none */
	const char *body_file;	  /* sent in place of body, as it is read */
	const char *content_type; /* NULL: application/json */
	const char *accept;	  /* NULL: any */
	long timeout_s;		  /* 0: 30 s */
	bool is_endless;	  /* it may take as long as it likes */
	/* Takes the bytes of a 200 as they come; false: enough. */
	bool (*take)(void *arg, struct text bytes);
	void *take_arg;
};

struct ctl_answer {
	long status;
	char *bytes; /* owned */
	size_t len;
	bool was_enough; /* take() said so */
};

/* 0 with any status; else CTL_UNREACHABLE or CTL_USAGE, and it was told. */
int ctl_ask(struct ctl *ctl, const struct ctl_request *request,
	    struct ctl_answer *ret_answer) __attribute__((warn_unused_result));
void ctl_answer_clear(struct ctl_answer *answer);

/* An exit code: 0 for 2xx; else the problem was told. */
int ctl_answer_judge(const struct ctl *ctl, const struct ctl_answer *answer)
	__attribute__((warn_unused_result));
/* Its document, which lives as long as the answer; or it was told. */
int ctl_answer_json(const struct ctl *ctl, const struct ctl_answer *answer,
		    struct ctl_json *ret_root)
	__attribute__((warn_unused_result));
/* Both, and JSON: the root lives as long as the answer. */
int ctl_ask_json(struct ctl *ctl, const struct ctl_request *request,
		 struct ctl_answer *ret_answer, struct ctl_json *ret_root)
	__attribute__((warn_unused_result));
/* GET of that. */
int ctl_get(struct ctl *ctl, const struct ctl_path *path,
	    struct ctl_answer *ret_answer, struct ctl_json *ret_root)
	__attribute__((warn_unused_result));

#endif
