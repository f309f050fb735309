#include "ctl_doctor.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl_config.h"
#include "ctl_request.h"
#include "sip/tls_context.h"

enum {
	CERTIFICATE_WARN_DAYS = 21,
	DAY_MS = 86400 * 1000,
	ANSWER_MS = 1500,
};

/* --- settings ------------------------------------------------------------- */

/* The errors are told one by one, as they are found. */
static void say_errors(struct doctor *doctor, char *told)
{
	char *rest = told, *line;

	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line)
			doctor_say(doctor, DOCTOR_FAIL, "settings", "%s", line);
}

bool doctor_check_config(struct doctor *doctor)
{
	struct config_errors errors = { .count = 0 };
	char *told = NULL;
	size_t len = 0;

	errors.stream = open_memstream(&told, &len);
	if (!errors.stream)
		return false;
	ctl_config_read(doctor->ctl, &doctor->config, &errors);
	if (errors.count == 0)
		config_check(&doctor->config, &errors);
	if (errors.count == 0)
		config_check_files(&doctor->config, &errors);
	fclose(errors.stream);
	if (errors.count > 0)
		say_errors(doctor, told);
	else
		doctor_say(doctor, DOCTOR_OK, "settings", "they are good");
	free(told);
	return errors.count == 0;
}

/* --- certificates --------------------------------------------------------- */

void doctor_check_certificates(struct doctor *doctor)
{
	struct tls_context *context = NULL;
	char why[TLS_WHY_SIZE];
	int64_t days;

	if (!doctor->config.tls.certificate[0])
		return;
	if (tls_context_new(&doctor->config.tls, &context, why)) {
		doctor_say(doctor, DOCTOR_FAIL, "certificates", "%s", why);
		return;
	}
	days = (tls_context_expires_at_ms(context) - clock_wall_ms()) / DAY_MS;
	tls_context_unref(context);
	if (days < CERTIFICATE_WARN_DAYS)
		doctor_say(doctor, days < 1 ? DOCTOR_FAIL : DOCTOR_WARN,
			   "certificates",
			   "the first expires in %lld days: renew it, then "
			   "reload the server",
			   (long long)days);
	else
		doctor_say(doctor, DOCTOR_OK, "certificates",
			   "good for %lld days at least", (long long)days);
}

/* --- sockets -------------------------------------------------------------- */

struct listener {
	char host[64], port[8];
	bool is_ipv6;
};

/* "udp:127.0.0.1:5060", "udp:[::1]:5060"; others are not asked. */
static bool read_listener(const char *text, struct listener *ret_listener)
{
	const char *host = text + 4, *colon = strrchr(text, ':');
	size_t len;

	if (strncmp(text, "udp:", 4) != 0 || colon < host)
		return false;
	len = (size_t)(colon - host);
	ret_listener->is_ipv6 = host[0] == '[' && len > 2;
	if (ret_listener->is_ipv6) {
		host++;
		len -= 2;
	}
	return text_copy((struct text){ host, len }, ret_listener->host,
			 sizeof(ret_listener->host)) &&
	       text_copy(text_of(colon + 1), ret_listener->port,
			 sizeof(ret_listener->port));
}

/* An unspecified address is asked on loopback. */
static const char *host_to_ask(const struct listener *at)
{
	if (!strcmp(at->host, "0.0.0.0"))
		return "127.0.0.1";
	return strcmp(at->host, "::") ? at->host : "::1";
}

static int open_socket(const struct listener *at)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
					.ai_flags = AI_NUMERICHOST |
						    AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	int fd = -1;

	if (getaddrinfo(host_to_ask(at), at->port, &hints, &found))
		return -1;
	fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen)) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

static int write_options(const struct listener *at, char *message, size_t size)
{
	const long long now = clock_wall_ms();

	return snprintf(message, size,
			"OPTIONS sip:%s%s%s:%s SIP/2.0\r\n"
			"Via: SIP/2.0/UDP doctor.invalid;rport;"
			"branch=z9hG4bK%d%lld\r\nMax-Forwards: 1\r\n"
			"From: <sip:doctor@doctor.invalid>;tag=1\r\n"
			"To: <sip:doctor@doctor.invalid>\r\n"
			"Call-ID: %d.%lld@doctor.invalid\r\n"
			"CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
			at->is_ipv6 ? "[" : "", host_to_ask(at),
			at->is_ipv6 ? "]" : "", at->port, (int)getpid(), now,
			(int)getpid(), now);
}

static bool answers_options(const struct listener *at)
{
	int fd = open_socket(at);
	struct pollfd waits = { .fd = fd, .events = POLLIN };
	char message[512], answer[2048];
	int len = write_options(at, message, sizeof(message));
	bool is_good;

	if (fd < 0)
		return false;
	is_good = send(fd, message, (size_t)len, 0) == len &&
		  poll(&waits, 1, ANSWER_MS) == 1 &&
		  recv(fd, answer, sizeof(answer), 0) > 12 &&
		  !memcmp(answer, "SIP/2.0 ", 8);
	close(fd);
	return is_good;
}

static void check_listener(struct doctor *doctor, const char *text)
{
	struct listener at;

	if (!read_listener(text, &at))
		return;
	if (answers_options(&at))
		doctor_say(doctor, DOCTOR_OK, "SIP", "%s answers OPTIONS",
			   text);
	else
		doctor_say(
			doctor, DOCTOR_FAIL, "SIP",
			"%s does not answer OPTIONS: does a source rule or a "
			"firewall keep this machine out?",
			text);
}

void doctor_check_sockets(struct doctor *doctor)
{
	struct ctl_path path = ctl_path_of("/v1/nodes", NULL);
	struct ctl_answer answer;
	struct ctl_json root, node, listener;
	struct ctl_json_walk walk;
	char text[128];

	if (!ctl_get(doctor->ctl, &path, &answer, &root)) {
		walk = ctl_json_walk(ctl_json_member(root, "items"));
		if (!ctl_json_next(&walk, NULL, &node))
			node = root;
		walk = ctl_json_walk(ctl_json_member(node, "listeners"));
		while (ctl_json_next(&walk, NULL, &listener)) {
			struct text said =
				ctl_json_text(listener, text, sizeof(text) - 1);

			text[said.len] = '\0';
			check_listener(doctor, text);
		}
	}
	ctl_answer_clear(&answer);
}
