/*
 * stream_io.h - bytes in and out of one non-blocking connection, plain or
 * through TLS. Keeps no bytes of its own and never waits. One thread.
 */
#ifndef SIPMOVED_SIP_STREAM_IO_H
#define SIPMOVED_SIP_STREAM_IO_H

#include "base/text.h"

struct ssl_st;

enum {
	/* What one read brings at most. A TLS record is no longer, so that none
	 * is left in the library, where no event would tell of it. */
	STREAM_IO_READ_MAX = 16384,
};

struct stream_io {
	int fd;		     /* owned */
	struct ssl_st *ssl;  /* owned; NULL: plain */
	bool is_established; /* TLS: its handshake is over */
	bool wants_write;    /* TLS waits for room to write, not for bytes */
};

enum stream_io_result {
	STREAM_IO_DONE,
	STREAM_IO_WAIT,	  /* until the next event */
	STREAM_IO_END,	  /* the peer sends no more; it may still listen */
	STREAM_IO_FAILED, /* nothing works any more */
};

/* DONE, WAIT or FAILED. Plain: DONE. */
enum stream_io_result stream_io_handshake(struct stream_io *io);
/* size: STREAM_IO_READ_MAX. */
enum stream_io_result stream_io_read(struct stream_io *io, char *buffer,
				     size_t size, size_t *ret_len);
/* *ret_written is right whatever the result: DONE means all. */
enum stream_io_result stream_io_write(struct stream_io *io, struct text bytes,
				      size_t *ret_written);
/* Tells the peer that no more will come; reading goes on. */
void stream_io_end(struct stream_io *io);
void stream_io_close(struct stream_io *io);

#endif
