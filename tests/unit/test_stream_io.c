#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sip/stream_io.h"
#include "sip/tls_context.h"

/* A server's side that is ours, and a client's that is the library's. */
struct bench {
	char path[64]; /* of a certificate with its key */
	struct tls_context *context;
	struct stream_io io;
	SSL_CTX *client_context;
	SSL *client;
	char buffer[STREAM_IO_READ_MAX];
};

static void write_certificate(const char *path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					       (const unsigned char *)"a", -1,
					       -1, 0));
	assert_true(X509_set_issuer_name(certificate, name));
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	assert_true(X509_set_pubkey(certificate, key));
	assert_true(X509_sign(certificate, key, EVP_sha256()));
	assert_true(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
	assert_true(PEM_write_X509(file, certificate));
	assert_int_equal(0, fclose(file));
	X509_free(certificate);
	EVP_PKEY_free(key);
}

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
	struct tls_settings *settings = calloc(1, sizeof(*settings));
	char why[TLS_WHY_SIZE];
	int fd;

	assert_non_null(bench);
	assert_non_null(settings);
	snprintf(bench->path, sizeof(bench->path), "/tmp/sipmoved-io-XXXXXX");
	fd = mkstemp(bench->path);
	assert_true(fd >= 0);
	close(fd);
	write_certificate(bench->path);
	snprintf(settings->certificate, sizeof(settings->certificate), "%s",
		 bench->path);
	assert_int_equal(0, tls_context_new(settings, &bench->context, why));
	free(settings);
	connect_both(bench, TLS1_3_VERSION);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	close(SSL_get_fd(bench->client));
	SSL_free(bench->client);
	SSL_CTX_free(bench->client_context);
	stream_io_close(&bench->io);
	tls_context_unref(bench->context);
	unlink(bench->path);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_keys_by_the_hundred_take_a_turn_each),
		TEST(a_read_leaves_nothing_in_the_library),
	};

	signal(SIGPIPE, SIG_IGN); /* as the program does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
