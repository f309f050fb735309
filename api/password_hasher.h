/*
 * password_hasher.h - the thread "hash-0", where passwords are hashed and
 * verified: neither "http" nor the store waits for that. The queue is short, so
 * that a flood of log-ins costs a bounded share of memory and time.
 */
#ifndef SIPMOVED_API_PASSWORD_HASHER_H
#define SIPMOVED_API_PASSWORD_HASHER_H

#include "db/password.h"

struct exchange;

enum {
	PASSWORD_QUEUE_MAX = 16,
};

struct password_job {
	/* In: the password, and what it is compared with. phc "": the time of
	 * a comparison passes, and it fails. */
	char password[PASSWORD_BYTES_MAX + 1];
	size_t password_len;
	char phc[PASSWORD_HASH_SIZE];
	bool verifies, makes; /* both: makes if it verified */
	char new_password[PASSWORD_BYTES_MAX + 1];
	size_t new_password_len; /* 0: makes a hash of `password` */
	/* Out. */
	bool is_right;		       /* with verifies */
	char made[PASSWORD_HASH_SIZE]; /* "": none was made */
	/* "hash-0", once. err: ENOMEM, ECANCELED. */
	void (*done)(struct password_job *job, int err);
	struct exchange *exchange; /* exchange_run_password()'s */
	struct password_job *next; /* the hasher's own */
};

struct password_hasher;

/* memory_kib 0: the default. */
int password_hasher_start(unsigned memory_kib,
			  struct password_hasher **ret_hasher)
	__attribute__((warn_unused_result));
/* What waits is cancelled. Takes NULL. */
void password_hasher_stop(struct password_hasher *hasher);
/* Any thread. EAGAIN: the queue is full; done is not called. A hash that was
 * right but made with other parameters is made anew, too. */
int password_hasher_submit(struct password_hasher *hasher,
			   struct password_job *job)
	__attribute__((warn_unused_result));

#endif
