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

/* An unspecified address is asked on loopback. */
static const char *host_to_ask(const char *host)
{
	if (!strcmp(host, "0.0.0.0"))
		return "127.0.0.1";
	return strcmp(host, "::") ? host : "::1";
}

static int open_socket(const struct sip_listen *at)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
					.ai_flags = AI_NUMERICHOST |
						    AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	char port[8];
	int fd = -1;

	snprintf(port, sizeof(port), "%u", (unsigned)at->port);
	if (getaddrinfo(host_to_ask(at->host), port, &hints, &found))
		return -1;
	fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen)) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

static bool answers_options(const struct sip_listen *at)
{
	int fd = open_socket(at);
	struct pollfd waits = { .fd = fd, .events = POLLIN };
	char message[512], answer[2048];
	bool is_ipv6 = strchr(at->host, ':') != NULL, is_good;
	int len;

	if (fd < 0)
		return false;
	len = snprintf(message, sizeof(message),
		       "OPTIONS sip:%s%s%s:%u SIP/2.0\r\n"
		       "Via: SIP/2.0/UDP doctor.invalid;rport;branch=z9hG4bK%d"
		       "%lld\r\nMax-Forwards: 1\r\nFrom: "
		       "<sip:doctor@doctor.invalid>;tag=1\r\nTo: "
		       "<sip:doctor@doctor.invalid>\r\nCall-ID: %d.%lld"
		       "@doctor.invalid\r\nCSeq: 1 OPTIONS\r\n"
		       "Content-Length: 0\r\n\r\n",
		       is_ipv6 ? "[" : "", host_to_ask(at->host),
		       is_ipv6 ? "]" : "", (unsigned)at->port, (int)getpid(),
		       (long long)clock_wall_ms(), (int)getpid(),
		       (long long)clock_wall_ms());
	is_good = send(fd, message, (size_t)len, 0) == len &&
		  poll(&waits, 1, ANSWER_MS) == 1 &&
		  recv(fd, answer, sizeof(answer), 0) > 12 &&
		  !memcmp(answer, "SIP/2.0 ", 8);
	close(fd);
	return is_good;
}

void doctor_check_sockets(struct doctor *doctor)
{
	/* Flags of the server are not known here; a file is likely its own. */
	enum doctor_verdict verdict =
		config_is_default(&doctor->config, "sip", "listen")
			? DOCTOR_WARN
			: DOCTOR_FAIL;

	for (size_t i = 0; i < doctor->config.sip_listen_count; i++) {
		const struct sip_listen *at = &doctor->config.sip_listens[i];

		if (at->port == 0 || at->is_tls)
			continue;
		if (answers_options(at))
			doctor_say(doctor, DOCTOR_OK, "SIP",
				   "%s port %u answers OPTIONS", at->host,
				   (unsigned)at->port);
		else
			doctor_say(
				doctor, verdict, "SIP",
				"%s port %u does not answer OPTIONS: does "
				"the server run with other settings, or does "
				"a source rule or firewall keep us out?",
				at->host, (unsigned)at->port);
	}
}
