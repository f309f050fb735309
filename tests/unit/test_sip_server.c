#include "worker_fixture.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <openssl/ssl.h>
#include <sodium.h>
#include <sys/time.h>
#include <unistd.h>

#include "sip/sip_server.h"
#include "tls_fixture.h"

enum {
	PATIENCE_MS = 10000, /* for what is there in a moment */
	ANSWER_SIZE = 65536,
};

/* A server on loopback, all around it, and one client. */
struct site {
	char data_dir[64];
	struct redirect_log *log;
	struct wake adopted;
	struct publisher *publisher;
	struct sip_server *server;
	struct sip_listen at;
	char answer[ANSWER_SIZE];
};

static struct sip_server_config a_config(const char *host, unsigned workers)
{
	struct sip_server_config config = {
		.listen_count = 1,
		.workers = workers,
		.transactions_max = 1000,
		.unproven_retransmits = 1,
		.connections_max = 100,
		.connections_per_source = 100,
		.first_message_timeout_s = 32,
		.idle_timeout_s = 900,
	};

	text_copy(text_of(host), config.listens[0].host,
		  sizeof(config.listens[0].host));
	return config;
}

static void site_prepare(struct site *site)
{
	struct redirect_log_config config = { .data_dir = site->data_dir,
					      .ring_size_bytes = 1 << 20,
					      .min_free_bytes = 1 };

	memset(site, 0, sizeof(*site));
	snprintf(site->data_dir, sizeof(site->data_dir),
		 "/tmp/sipmoved-sip-XXXXXX");
	assert_non_null(mkdtemp(site->data_dir));
	assert_int_equal(0, redirect_log_open(&config, &site->log));
	assert_int_equal(0, wake_init(&site->adopted));
	assert_int_equal(0, publisher_new(&site->adopted, &site->publisher));
	publisher_publish(
		site->publisher,
		fixture_snapshot(NULL, "sip:alice@hotel.example.net", 1));
}

static void site_open_with(struct site *site,
			   const struct sip_server_config *config)
{
	const struct sip_listen *failed;

	site_prepare(site);
	assert_int_equal(0, sip_server_start(config, site->publisher, site->log,
					     &site->server, &failed));
	site->at = sip_server_listen(site->server, 0);
	assert_int_not_equal(0, site->at.port);
	assert_int_equal(0, redirect_log_start(site->log));
}

static void site_open(struct site *site, const char *host, unsigned workers)
{
	struct sip_server_config config = a_config(host, workers);

	site_open_with(site, &config);
}

static void remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[512];

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (unlink(name))
			remove_folder(name);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

/* Stops the server and says what the log has. */
static struct redirect_log_health site_stop(struct site *site)
{
	sip_server_stop(site->server);
	site->server = NULL;
	redirect_log_stop(site->log);
	return redirect_log_health(site->log);
}

static void site_close(struct site *site)
{
	if (site->server)
		site_stop(site);
	redirect_log_close(site->log);
	publisher_free(site->publisher);
	wake_clear(&site->adopted);
	remove_folder(site->data_dir);
}

/* The change that a store would make: visible when this returns. */
static void site_move_alice(struct site *site, const char *target,
			    int64_t revision)
{
	struct pollfd ready = { .fd = site->adopted.fd, .events = POLLIN };

	publisher_publish(site->publisher,
			  fixture_snapshot(publisher_current(site->publisher),
					   target, revision));
	while (publisher_adopted_revision(site->publisher) < revision) {
		assert_int_equal(1, poll(&ready, 1, PATIENCE_MS));
		wake_drain(&site->adopted);
	}
}

static int client_of_kind(int kind, const char *host, uint16_t port)
{
	struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(port) };
	bool is_ipv6 = inet_pton(AF_INET6, host, &in6.sin6_addr) == 1;
	int fd = socket(is_ipv6 ? AF_INET6 : AF_INET, kind, 0);

	assert_true(fd >= 0);
	if (!is_ipv6)
		assert_int_equal(1, inet_pton(AF_INET, host, &in.sin_addr));
	assert_int_equal(0, setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
				       sizeof(patience)));
	/* Connected: takes answers from where the request went, only. */
	assert_int_equal(
		0, is_ipv6 ? connect(fd, (struct sockaddr *)&in6, sizeof(in6))
			   : connect(fd, (struct sockaddr *)&in, sizeof(in)));
	return fd;
}

static int client_to(const char *host, uint16_t port)
{
	return client_of_kind(SOCK_DGRAM, host, port);
}

static struct text receive(struct site *site, int fd)
{
	ssize_t len = recv(fd, site->answer, sizeof(site->answer), 0);

	assert_true(len > 0);
	return (struct text){ site->answer, (size_t)len };
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in6 in6 = { 0 };
	socklen_t len = sizeof(in6);

	assert_int_equal(0, getsockname(fd, (struct sockaddr *)&in6, &len));
	/* In the same place in both families. */
	return ntohs(in6.sin6_port);
}

static void send_message(int fd, struct fixture_message message)
{
	char buffer[4096];
	struct text bytes;

	message.via_port = port_of(fd);
	bytes = fixture_write(&message, buffer, sizeof(buffer));
	assert_int_equal(bytes.len, send(fd, bytes.ptr, bytes.len, 0));
}

#define ASK(site, fd, ...)                                          \
	(send_message(fd, (struct fixture_message){ __VA_ARGS__ }), \
	 receive(site, fd))
#define TELL(fd, ...) send_message(fd, (struct fixture_message){ __VA_ARGS__ })

static void a_call_is_redirected_and_its_ack_is_in_the_log(void **state)
{
	struct redirect_log_health health;
	struct sip_traffic traffic;
	struct site site;
	struct text answer;
	char tag[64];
	int fd;
	(void)state;

	site_open(&site, "127.0.0.1", 1);
	fd = client_to("127.0.0.1", site.at.port);
	answer = ASK(&site, fd, .branch = NULL);
	assert_true(fixture_has_status(answer, "302"));
	assert_true(fixture_contains(answer, "<sip:alice@hotel.example.net>"));
	fixture_to_tag(answer, tag);
	TELL(fd, .method = "ACK", .to_tag = tag);
	/* Its answer says that the ACK before it was handled. */
	answer = ASK(&site, fd, .method = "OPTIONS", .branch = "z9hG4bK9",
		     .call_id = "call-9", .uri = "sip:nobody@example.com");
	assert_true(fixture_has_status(answer, "404"));

	sip_server_traffic(site.server, &traffic);
	assert_int_equal(1, traffic.requests[SIP_INVITE]);
	assert_int_equal(1, traffic.responses[SIP_TRAFFIC_302]);
	assert_int_equal(1, traffic.events[SIP_TRAFFIC_ACKS]);
	assert_int_equal(3, traffic.events[SIP_TRAFFIC_DATAGRAMS]);
	assert_int_equal(1, traffic.workers);
	health = site_stop(&site);
	assert_int_equal(2, health.written);
	assert_int_equal(1, health.acks);
	close(fd);
	site_close(&site);
}

static void a_change_is_seen_by_the_next_call_and_not_by_a_copy(void **state)
{
	struct site site;
	char first[4096];
	struct text answer;
	size_t len;
	int fd;
	(void)state;

	site_open(&site, "127.0.0.1", 2);
	fd = client_to("127.0.0.1", site.at.port);
	answer = ASK(&site, fd, .branch = NULL);
	len = answer.len;
	assert_true(len < sizeof(first));
	memcpy(first, answer.ptr, len);

	site_move_alice(&site, "sip:alice@office.example.net", 2);
	answer = ASK(&site, fd, .branch = NULL);
	assert_int_equal(len, answer.len);
	assert_memory_equal(first, answer.ptr, len);
	answer = ASK(&site, fd, .branch = "z9hG4bK2", .call_id = "call-2");
	assert_true(fixture_contains(answer, "office"));
	close(fd);
	site_close(&site);
}

static void no_change_is_missed_by_the_call_after_it(void **state)
{
	char target[64], branch[32];
	struct site site;
	int fd;
	(void)state;

	site_open(&site, "127.0.0.1", 2);
	fd = client_to("127.0.0.1", site.at.port);
	for (int i = 2; i < 300; i++) {
		snprintf(target, sizeof(target), "sip:alice@%d.example.net", i);
		snprintf(branch, sizeof(branch), "z9hG4bK%d", i);
		site_move_alice(&site, target, i);
		assert_true(fixture_contains(
			ASK(&site, fd, .branch = branch, .call_id = branch),
			target));
	}
	close(fd);
	site_close(&site);
}

static void a_cancel_after_the_answer_gets_200(void **state)
{
	struct site site;
	int fd;
	(void)state;

	site_open(&site, "127.0.0.1", 2);
	fd = client_to("127.0.0.1", site.at.port);
	assert_true(fixture_has_status(ASK(&site, fd, .branch = NULL), "302"));
	assert_true(
		fixture_has_status(ASK(&site, fd, .method = "CANCEL"), "200"));
	assert_true(fixture_has_status(
		ASK(&site, fd, .method = "CANCEL", .branch = "z9hG4bKnone"),
		"481"));
	close(fd);
	site_close(&site);
}

static void an_unacknowledged_answer_comes_again_by_itself(void **state)
{
	struct sip_traffic traffic;
	struct site site;
	char first[4096];
	struct text answer;
	size_t len;
	int fd;
	(void)state;

	site_open(&site, "127.0.0.1", 1);
	fd = client_to("127.0.0.1", site.at.port);
	answer = ASK(&site, fd, .extra = FIXTURE_PADDING);
	len = answer.len;
	memcpy(first, answer.ptr, len);
	answer = receive(&site, fd);
	assert_int_equal(len, answer.len);
	assert_memory_equal(first, answer.ptr, len);
	sip_server_traffic(site.server, &traffic);
	assert_int_equal(1, traffic.responses[SIP_TRAFFIC_302]);
	close(fd);
	site_close(&site);
}

static void with_several_workers_every_ack_meets_its_call(void **state)
{
	/* All from one socket, as one proxy would send them. */
	enum {
		CALLS = 200
	};
	char uri[64], branch[32], tag[64];
	struct sip_traffic traffic;
	struct site site;
	int fd;
	(void)state;

	site_open(&site, "127.0.0.1", 4);
	fd = client_to("127.0.0.1", site.at.port);
	for (int i = 0; i < CALLS; i++) {
		snprintf(uri, sizeof(uri), "sip:user%d@example.com", i);
		snprintf(branch, sizeof(branch), "z9hG4bK%d", i);
		fixture_to_tag(ASK(&site, fd, .uri = uri, .branch = branch,
				   .call_id = branch),
			       tag);
		TELL(fd, .method = "ACK", .uri = uri, .branch = branch,
		     .call_id = branch, .to_tag = tag);
		assert_true(fixture_has_status(
			ASK(&site, fd, .method = "CANCEL", .uri = uri,
			    .branch = branch, .call_id = branch),
			"200"));
	}
	sip_server_traffic(site.server, &traffic);
	assert_int_equal(CALLS, traffic.events[SIP_TRAFFIC_ACKS]);
	assert_int_equal(0, traffic.events[SIP_TRAFFIC_STRAY_ACKS]);
	assert_int_equal(4, traffic.workers);
	close(fd);
	site_close(&site);
}

static void on_a_wildcard_the_answer_leaves_from_where_it_was_asked(
	void **state)
{
	/* T5 */
	static const struct {
		const char *listen, *ask;
	} rows[] = { { "0.0.0.0", "127.0.0.1" },
		     { "0.0.0.0", "127.0.0.2" },
		     { "0.0.0.0", "127.3.2.1" },
		     { "::", "::1" } };
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct site site;
		int fd;

		site_open(&site, rows[i].listen, 2);
		fd = client_to(rows[i].ask, site.at.port);
		assert_true(fixture_has_status(
			ASK(&site, fd, .extra = NULL, .via_port = 0), "302"));
		close(fd);
		site_close(&site);
	}
}

static void an_ipv6_caller_is_named_without_brackets(void **state)
{
	/* T17: RFC 5118 4.5 */
	struct site site;
	struct text answer;
	int fd;
	(void)state;

	site_open(&site, "::1", 1);
	fd = client_to("::1", site.at.port);
	answer = ASK(&site, fd, .branch = NULL);
	assert_true(fixture_has_status(answer, "302"));
	assert_true(fixture_contains(answer, ";received=::1\r\n"));
	close(fd);
	site_close(&site);
}

static void the_server_knows_itself(void **state)
{
	/* O2: OPTIONS for the address it listens on, wildcard or not. */
	static const char *const hosts[] = { "127.0.0.1", "0.0.0.0" };
	(void)state;

	for (size_t i = 0; i < 2; i++) {
		struct site site;
		int fd;

		site_open(&site, hosts[i], 1);
		fd = client_to("127.0.0.1", site.at.port);
		assert_true(
			fixture_has_status(ASK(&site, fd, .method = "OPTIONS",
					       .uri = "sip:127.0.0.1"),
					   "200"));
		close(fd);
		site_close(&site);
	}
}

static void a_taken_port_is_refused_by_name(void **state)
{
	static const unsigned workers[] = { 1, 2 };
	(void)state;

	for (size_t i = 0; i < 2; i++) {
		struct sip_server_config config;
		const struct sip_listen *failed = NULL;
		struct sip_server *second = NULL;
		struct site site, other;

		site_open(&site, "127.0.0.1", workers[i]);
		site_prepare(&other);
		config = a_config("127.0.0.1", workers[i]);
		config.listens[0].port = site.at.port;
		assert_int_equal(EADDRINUSE,
				 sip_server_start(&config, other.publisher,
						  other.log, &second, &failed));
		assert_ptr_equal(&config.listens[0], failed);
		assert_null(second);
		redirect_log_stop(other.log);
		site_close(&other);
		site_close(&site);
	}
}

static void connections_are_answered_where_datagrams_are(void **state)
{
	/* T1 */
	static const struct {
		const char *listen, *asked;
		unsigned workers;
	} cases[] = {
		{ "127.0.0.1", "127.0.0.1", 1 },
		{ "127.0.0.1", "127.0.0.1", 3 },
		{ "0.0.0.0", "127.0.0.2", 1 },
		{ "::1", "::1", 2 },
		{ "::", "::1", 1 },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sip_traffic traffic;
		struct site site;
		int fd;

		site_open(&site, cases[i].listen, cases[i].workers);
		fd = client_of_kind(SOCK_STREAM, cases[i].asked, site.at.port);
		assert_true(fixture_has_status(
			ASK(&site, fd, .branch = "z9hG4bK-tcp"), "302"));
		sip_server_traffic(site.server, &traffic);
		assert_int_equal(1, traffic.requests[SIP_INVITE]);
		assert_int_equal(1, traffic.stream_requests[0][SIP_INVITE]);
		assert_int_equal(0, traffic.stream_requests[1][SIP_INVITE]);
		assert_int_equal(1, traffic.connections);
		close(fd);
		site_close(&site);
	}
}

static void a_port_taken_for_connections_alone_is_refused_by_name(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	const struct sip_listen *failed = NULL;
	struct sip_server_config config = a_config("127.0.0.1", 1);
	struct sip_server *server = NULL;
	struct site site;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	(void)state;

	assert_int_equal(0, bind(fd, (struct sockaddr *)&at, len));
	assert_int_equal(0, listen(fd, 1));
	assert_int_equal(0, getsockname(fd, (struct sockaddr *)&at, &len));
	site_prepare(&site);
	config.listens[0].port = ntohs(at.sin_port);
	assert_int_equal(EADDRINUSE,
			 sip_server_start(&config, site.publisher, site.log,
					  &server, &failed));
	assert_ptr_equal(&config.listens[0], failed);
	redirect_log_stop(site.log);
	site_close(&site);
	close(fd);
}

/* A request with one part of it made random, in pieces of any size. */
static void send_spoilt(int fd)
{
	char buffer[4096];
	struct fixture_message message = { .branch = "z9hG4bK-spoilt" };
	size_t len = fixture_write(&message, buffer, sizeof(buffer)).len;
	size_t from = randombytes_uniform((uint32_t)len), sent = 0;

	randombytes_buf(buffer + from, randombytes_uniform(8));
	while (sent < len) {
		size_t piece = 1 + randombytes_uniform(64);

		if (piece > len - sent)
			piece = len - sent;
		if (send(fd, buffer + sent, piece, MSG_NOSIGNAL) < 0)
			return; /* it had enough of us */
		sent += piece;
	}
}

static void junk_over_connections_does_not_stop_it(void **state)
{
	/* P25 */
	char junk[40000], branch[32];
	struct site site;
	int witness;
	(void)state;

	site_open(&site, "127.0.0.1", 1);
	witness = client_of_kind(SOCK_STREAM, "127.0.0.1", site.at.port);
	for (int i = 0; i < 200; i++) {
		int fd = client_of_kind(SOCK_STREAM, "127.0.0.1", site.at.port);

		for (int j = 0; j < 5; j++)
			send_spoilt(fd);
		randombytes_buf(junk, sizeof(junk));
		(void)!send(fd, junk, randombytes_uniform(sizeof(junk)),
			    MSG_NOSIGNAL);
		close(fd);
		snprintf(branch, sizeof(branch), "z9hG4bK-junk-%d", i);
		assert_true(
			fixture_has_status(ASK(&site, witness, .branch = branch,
					       .call_id = branch),
					   "302"));
	}
	close(witness);
	site_close(&site);
}

/* A handshake in TLS 1.2, whose ticket comes with it. Takes the session and
 * returns the next one. */
static SSL_SESSION *shake_hands(const struct site *site, SSL_SESSION *session,
				bool *ret_is_resumed)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	int fd = client_of_kind(SOCK_STREAM, "127.0.0.1", site->at.port);
	SSL *client;

	assert_true(SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION));
	client = SSL_new(context);
	assert_true(SSL_set_fd(client, fd));
	if (session)
		assert_true(SSL_set_session(client, session));
	assert_int_equal(1, SSL_connect(client));
	*ret_is_resumed = SSL_session_reused(client);
	SSL_SESSION_free(session);
	session = SSL_get1_session(client);
	/* Without a goodbye the library takes it for a bad one. */
	(void)SSL_shutdown(client);
	SSL_free(client);
	SSL_CTX_free(context);
	close(fd);
	return session;
}

static void tickets_have_new_keys_every_day(void **state)
{
	/* S7: RFC 9325 3.4 */
	const int64_t start_ms = 1700000000000, day_ms = 86400000;
	struct sip_server_config config = a_config("127.0.0.1", 2);
	SSL_SESSION *session;
	bool is_resumed;
	struct site site;
	(void)state;

	config.listens[0].is_tls = true;
	config.tls_handshake_timeout_s = 10;
	config.tls = fixture_tls_context();
	site_open_with(&site, &config);
	tls_context_unref(config.tls);

	sip_server_tend(site.server, start_ms);
	session = shake_hands(&site, NULL, &is_resumed);
	assert_false(is_resumed);
	sip_server_tend(site.server, start_ms + day_ms - 1);
	session = shake_hands(&site, session, &is_resumed);
	assert_true(is_resumed);
	for (int day = 1; day <= 2; day++) {
		sip_server_tend(site.server, start_ms + day * day_ms);
		session = shake_hands(&site, session, &is_resumed);
		assert_false(is_resumed);
		session = shake_hands(&site, session, &is_resumed);
		assert_true(is_resumed);
	}
	SSL_SESSION_free(session);
	site_close(&site);
}

static void a_host_name_is_no_listen_address(void **state)
{
	struct sip_server_config config = a_config("localhost", 1);
	const struct sip_listen *failed = NULL;
	struct sip_server *server = NULL;
	struct site site;
	(void)state;

	site_prepare(&site);
	assert_int_equal(EINVAL, sip_server_start(&config, site.publisher,
						  site.log, &server, &failed));
	assert_ptr_equal(&config.listens[0], failed);
	redirect_log_stop(site.log);
	site_close(&site);
}

static void junk_and_a_closed_port_do_not_stop_it(void **state)
{
	/* T20, T24, and any byte string */
	char junk[2048], branch[32];
	struct site site;
	int fd, closed;
	(void)state;

	site_open(&site, "127.0.0.1", 2);
	fd = client_to("127.0.0.1", site.at.port);
	for (int i = 0; i < 100; i++) {
		closed = client_to("127.0.0.1", site.at.port);
		TELL(closed, .branch = NULL);
		close(closed);
		for (int j = 0; j < 20; j++) {
			size_t len = randombytes_uniform(sizeof(junk));

			randombytes_buf(junk, len);
			(void)!send(fd, junk, len, 0);
		}
		(void)!send(fd, junk, 0, 0);
		snprintf(branch, sizeof(branch), "z9hG4bK-junk-%d", i);
		assert_true(fixture_has_status(
			ASK(&site, fd, .branch = branch, .call_id = branch),
			"302"));
	}
	close(fd);
	site_close(&site);
}

static void the_largest_datagram_is_answered(void **state)
{
	/* P21 */
	struct site site;
	char *extra = malloc(60001), *bytes = malloc(65536);
	struct fixture_message message = { .extra = extra };
	struct text text;
	int fd;
	(void)state;

	assert_non_null(extra);
	assert_non_null(bytes);
	snprintf(extra, 60001, "X-Long: %0*d\r\n", 59990, 0);
	site_open(&site, "127.0.0.1", 1);
	fd = client_to("127.0.0.1", site.at.port);
	message.via_port = port_of(fd);
	text = fixture_write(&message, bytes, 65536);
	assert_int_equal(text.len, send(fd, text.ptr, text.len, 0));
	text = receive(&site, fd);
	assert_true(fixture_has_status(text, "302") ||
		    fixture_has_status(text, "513"));
	close(fd);
	site_close(&site);
	free(extra);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_call_is_redirected_and_its_ack_is_in_the_log),
		cmocka_unit_test(
			a_change_is_seen_by_the_next_call_and_not_by_a_copy),
		cmocka_unit_test(no_change_is_missed_by_the_call_after_it),
		cmocka_unit_test(a_cancel_after_the_answer_gets_200),
		cmocka_unit_test(
			an_unacknowledged_answer_comes_again_by_itself),
		cmocka_unit_test(with_several_workers_every_ack_meets_its_call),
		cmocka_unit_test(
			on_a_wildcard_the_answer_leaves_from_where_it_was_asked),
		cmocka_unit_test(an_ipv6_caller_is_named_without_brackets),
		cmocka_unit_test(the_server_knows_itself),
		cmocka_unit_test(a_taken_port_is_refused_by_name),
		cmocka_unit_test(connections_are_answered_where_datagrams_are),
		cmocka_unit_test(
			a_port_taken_for_connections_alone_is_refused_by_name),
		cmocka_unit_test(junk_over_connections_does_not_stop_it),
		cmocka_unit_test(tickets_have_new_keys_every_day),
		cmocka_unit_test(a_host_name_is_no_listen_address),
		cmocka_unit_test(junk_and_a_closed_port_do_not_stop_it),
		cmocka_unit_test(the_largest_datagram_is_answered),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
