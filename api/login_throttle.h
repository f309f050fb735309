/*
 * login_throttle.h - how soon the next password may be tried: by account and
 * network together, and by network alone. Nobody is locked out of their account
 * by strangers: from another network it stays open. "http" thread; time comes
 * in.
 */
#ifndef SIPMOVED_API_LOGIN_THROTTLE_H
#define SIPMOVED_API_LOGIN_THROTTLE_H

#include "base/hash.h"
#include "base/text.h"

enum {
	LOGIN_FAST_TRIES = 5,	       /* of an account from a network */
	LOGIN_NETWORK_FAST_TRIES = 50, /* of any, from a network */
	LOGIN_DELAY_MAX_MS = 300000,
	LOGIN_FORGET_MS = 3600000, /* after the last try */
	LOGIN_BUCKETS = 4096,
};

struct login_bucket {
	uint64_t key; /* 0: unused */
	uint32_t tries;
	int64_t last_ms;
};

struct login_throttle {
	struct hash_key key;
	struct login_bucket buckets[LOGIN_BUCKETS];
};

void login_throttle_init(struct login_throttle *throttle);
/*
 * Counts a try as one that fails. peer: a numeric address; its /24 or /64 is
 * the network. Returns 0, or how many ms must pass before the next one: then
 * nothing was counted, and no password is to be looked at.
 */
int64_t login_throttle_take(struct login_throttle *throttle, struct text name,
			    struct text peer, int64_t now_ms);
/* The one that was taken was right: the account begins anew from there. */
void login_throttle_succeed(struct login_throttle *throttle, struct text name,
			    struct text peer, int64_t now_ms);

#endif
