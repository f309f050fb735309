#include "sip/stream_io.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- plain --- */

static enum stream_io_result read_plain(const struct stream_io *io,
					char *buffer, size_t size,
					size_t *ret_len)
{
	ssize_t len = recv(io->fd, buffer, size, 0);

	if (len > 0) {
		*ret_len = (size_t)len;
		return STREAM_IO_DONE;
	}
	if (len == 0)
		return STREAM_IO_END;
	return errno == EAGAIN || errno == EINTR ? STREAM_IO_WAIT
						 : STREAM_IO_FAILED;
}

static enum stream_io_result write_plain(const struct stream_io *io,
					 struct text bytes, size_t *ret_written)
{
	while (*ret_written < bytes.len) {
		ssize_t len = send(io->fd, bytes.ptr + *ret_written,
				   bytes.len - *ret_written, MSG_NOSIGNAL);

		if (len < 0)
			return errno == EAGAIN || errno == EINTR
				       ? STREAM_IO_WAIT
				       : STREAM_IO_FAILED;
		*ret_written += (size_t)len;
	}
	return STREAM_IO_DONE;
}

/* --- TLS --- */

/* What came of a call that did not succeed. */
static enum stream_io_result result_of(struct stream_io *io, int returned)
{
	switch (SSL_get_error(io->ssl, returned)) {
	case SSL_ERROR_WANT_READ:
		return STREAM_IO_WAIT;
	case SSL_ERROR_WANT_WRITE:
		io->wants_write = true;
		return STREAM_IO_WAIT;
	case SSL_ERROR_ZERO_RETURN:
		return STREAM_IO_END;
	default:
		/* Nothing more may be done with it, not even to say goodbye. */
		io->is_established = false;
		return STREAM_IO_FAILED;
	}
}

enum stream_io_result stream_io_handshake(struct stream_io *io)
{
	int returned;

	if (!io->ssl || io->is_established)
		return STREAM_IO_DONE;
	/* Errors of another connection must not be taken for this one's. */
	ERR_clear_error();
	io->wants_write = false;
	returned = SSL_accept(io->ssl);
	if (returned == 1) {
		io->is_established = true;
		return STREAM_IO_DONE;
	}
	return result_of(io, returned) == STREAM_IO_WAIT ? STREAM_IO_WAIT
							 : STREAM_IO_FAILED;
}

enum stream_io_result stream_io_read(struct stream_io *io, char *buffer,
				     size_t size, size_t *ret_len)
{
	int returned;

	if (!io->ssl)
		return read_plain(io, buffer, size, ret_len);
	ERR_clear_error();
	io->wants_write = false;
	returned = SSL_read_ex(io->ssl, buffer, size, ret_len);
	return returned == 1 ? STREAM_IO_DONE : result_of(io, returned);
}

enum stream_io_result stream_io_write(struct stream_io *io, struct text bytes,
				      size_t *ret_written)
{
	*ret_written = 0;
	if (!io->ssl)
		return write_plain(io, bytes, ret_written);
	ERR_clear_error();
	io->wants_write = false;
	while (*ret_written < bytes.len) {
		size_t len = 0;
		int returned = SSL_write_ex(io->ssl, bytes.ptr + *ret_written,
					    bytes.len - *ret_written, &len);

		if (returned != 1)
			return result_of(io, returned);
		*ret_written += len;
	}
	return STREAM_IO_DONE;
}

static void say_goodbye(struct stream_io *io)
{
	if (!io->ssl || !io->is_established)
		return;
	ERR_clear_error();
	(void)SSL_shutdown(io->ssl);
}

void stream_io_end(struct stream_io *io)
{
	say_goodbye(io);
	(void)shutdown(io->fd, SHUT_WR);
}

void stream_io_close(struct stream_io *io)
{
	say_goodbye(io);
	SSL_free(io->ssl);
	if (io->fd >= 0)
		close(io->fd);
	*io = (struct stream_io){ .fd = -1 };
}
