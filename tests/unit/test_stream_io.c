#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sip/stream_io.h"
#include "tls_fixture.h"

/* A server's side that is ours, and a client's that is the library's. */
struct bench {
	struct tls_context *context;
	struct stream_io io;
	SSL_CTX *client_context;
	SSL *client;
	SSL_SESSION *session; /* that the client brings; or NULL */
	char buffer[STREAM_IO_READ_MAX];
};

static void connect_both(struct bench *bench, int version)
{
	int fds[2];

	assert_int_equal(
		0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	bench->io.fd = fds[0];
	assert_int_equal(0, tls_context_connection(bench->context, fds[0],
						   &bench->io.ssl));
	bench->client_context = SSL_CTX_new(TLS_client_method());
	assert_true(
		SSL_CTX_set_max_proto_version(bench->client_context, version));
	bench->client = SSL_new(bench->client_context);
	assert_true(SSL_set_fd(bench->client, fds[1]));
	if (bench->session)
		assert_true(SSL_set_session(bench->client, bench->session));
	while (!bench->io.is_established ||
	       !SSL_is_init_finished(bench->client)) {
		(void)SSL_connect(bench->client);
		assert_int_not_equal(STREAM_IO_FAILED,
				     stream_io_handshake(&bench->io));
	}
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->context = fixture_tls_context();
	connect_both(bench, TLS1_3_VERSION);
	*state = bench;
	return 0;
}

static void disconnect_both(struct bench *bench)
{
	/* Without a goodbye the library takes the session for a bad one. */
	(void)SSL_shutdown(bench->client);
	close(SSL_get_fd(bench->client));
	SSL_free(bench->client);
	SSL_CTX_free(bench->client_context);
	stream_io_close(&bench->io);
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	disconnect_both(bench);
	SSL_SESSION_free(bench->session);
	tls_context_unref(bench->context);
	free(bench);
	return 0;
}

static int unread(const struct bench *bench)
{
	int count = 0;

	assert_int_equal(0, ioctl(bench->io.fd, FIONREAD, &count));
	return count;
}

/* RFC 8446 4.6.3: as many as it likes; each costs us far more than it costs
 * the peer, and a worker's datagrams wait meanwhile. */
static void new_keys_by_the_hundred_take_a_turn_each(void **state)
{
	struct bench *bench = *state;
	size_t len = 0;
	int before;

	for (int i = 0; i < 100; i++) {
		assert_true(SSL_key_update(bench->client,
					   SSL_KEY_UPDATE_NOT_REQUESTED));
		assert_true(SSL_do_handshake(bench->client));
	}
	assert_int_equal(5, SSL_write(bench->client, "hello", 5));

	before = unread(bench);
	assert_int_equal(STREAM_IO_WAIT,
			 stream_io_read(&bench->io, bench->buffer,
					sizeof(bench->buffer), &len));
	assert_true(unread(bench) > before / 2);
	while (stream_io_read(&bench->io, bench->buffer, sizeof(bench->buffer),
			      &len) == STREAM_IO_WAIT)
		assert_true(unread(bench) > 0);
	assert_int_equal(5, len);
	assert_memory_equal("hello", bench->buffer, 5);
}

/* What one read leaves, the next event tells of: it is still in the socket. */
static void a_read_leaves_nothing_in_the_library(void **state)
{
	struct bench *bench = *state;
	static char bytes[2 * STREAM_IO_READ_MAX];
	size_t len = 0, total = 0;

	assert_int_equal(sizeof(bytes),
			 SSL_write(bench->client, bytes, sizeof(bytes)));
	while (total < sizeof(bytes)) {
		assert_true(unread(bench) > 0);
		assert_int_equal(STREAM_IO_DONE,
				 stream_io_read(&bench->io, bench->buffer,
						sizeof(bench->buffer), &len));
		assert_int_equal(0, SSL_pending(bench->io.ssl));
		total += len;
	}
	assert_int_equal(STREAM_IO_WAIT,
			 stream_io_read(&bench->io, bench->buffer,
					sizeof(bench->buffer), &len));
}

static bool is_resumed(struct bench *bench)
{
	disconnect_both(bench);
	connect_both(bench, TLS1_2_VERSION);
	return SSL_session_reused(bench->client) == 1;
}

/* RFC 9325 3.4 */
static void a_context_made_anew_has_the_same_certificate_and_other_keys(
	void **state)
{
	struct bench *bench = *state;
	struct tls_context *renewed = NULL;
	X509 *certificate;

	assert_false(is_resumed(bench));
	bench->session = SSL_get1_session(bench->client);
	certificate = SSL_get1_peer_certificate(bench->client);
	assert_true(is_resumed(bench));

	assert_int_equal(0, tls_context_renew(bench->context, &renewed));
	assert_int_equal(tls_context_expires_at_ms(bench->context),
			 tls_context_expires_at_ms(renewed));
	tls_context_unref(bench->context);
	bench->context = renewed;
	assert_false(is_resumed(bench));
	assert_int_equal(0, X509_cmp(certificate,
				     SSL_get0_peer_certificate(bench->client)));
	X509_free(certificate);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_keys_by_the_hundred_take_a_turn_each),
		TEST(a_read_leaves_nothing_in_the_library),
		TEST(a_context_made_anew_has_the_same_certificate_and_other_keys),
	};

	signal(SIGPIPE, SIG_IGN); /* as the program does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
