/*
 * move_links.h - links in reminders by which a move is extended or ended with
 * one tap, by whoever has the link. Each is good once, and until the move ends.
 *
 * A link's token is the number of its row and a signature of that number
 * (HMAC-SHA256 with a key of this database), base64url: nobody finds another's
 * by trying. Functions run inside a store job.
 */
#ifndef SIPMOVED_DB_MOVE_LINKS_H
#define SIPMOVED_DB_MOVE_LINKS_H

#include "db/changes.h"

enum move_link_action {
	MOVE_LINK_END,	  /* now; one that has not begun is cancelled */
	MOVE_LINK_EXTEND, /* by MOVE_LINK_EXTEND_MS */
	MOVE_LINK_ACTIONS,
};

enum {
	MOVE_LINK_TOKEN_LEN = 43,
	MOVE_LINK_EXTEND_MS = 24 * 3600 * 1000,
};

struct move_link {
	int64_t row_id;
	enum move_link_action action;
	int64_t expires_at_ms;
	int64_t used_at_ms; /* 0: not yet */
	struct move move;   /* as it is now */
};

/* {"extend": URL or null, "end": URL, "expires_at": ...}; "null" where browsers
 * do not know us ([http] public_origin). malloc'ed. */
int move_links_make(struct changes *changes, const struct move *move,
		    char **ret_json) __attribute__((warn_unused_result));

/* ENOENT: no link of ours, or its move is gone. */
int move_link_find(struct changes *changes, struct text token,
		   struct move_link *ret_link)
	__attribute__((warn_unused_result));
bool move_link_is_good(const struct move_link *link, int64_t now_ms);
/*
 * Does what it says, once; link->move is what came of it. ENOENT; ESTALE: it
 * was used, or is too old; and what move_update() says, with its write.
 */
int move_link_use(struct changes *changes, struct text token,
		  const struct move_write *write, struct move_link *ret_link)
	__attribute__((warn_unused_result));
/* Removes those that expired before, some at a time. */
int move_links_forget(struct changes *changes, int64_t before_ms)
	__attribute__((warn_unused_result));

#endif
