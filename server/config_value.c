#include "config_setting.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

enum {
	HEP_PORT = 9060, /* where collectors usually are */
};

static void *member_of(struct config *config, const struct setting *setting)
{
	return (char *)config + setting->offset;
}

/* Takes the next word of a list; blanks and commas part words. */
static bool next_word(const char **rest, char *word, size_t size)
{
	size_t len;

	*rest += strspn(*rest, " \t,");
	len = strcspn(*rest, " \t,");
	if (len == 0)
		return false;
	text_copy((struct text){ *rest, len }, word, size);
	*rest += len;
	return true;
}

/* "127.0.0.1:5060", "[::1]:5060", "127.0.0.1" (default_port). */
static const char *parse_listen(const char *word, uint16_t default_port,
				char host[64], uint16_t *port)
{
	struct in6_addr address;
	const char *colon = strrchr(word, ':');
	bool is_ipv6 = word[0] == '[';
	size_t host_len;
	uint64_t number = default_port;

	if (is_ipv6) {
		const char *end = strchr(word, ']');

		if (!end)
			return "is an IPv6 address without its closing bracket";
		word++;
		host_len = (size_t)(end - word);
		colon = end[1] == ':' ? end + 1 : NULL;
		if (end[1] && !colon)
			return "has something behind the bracket that is no "
			       "port";
	} else {
		host_len = colon ? (size_t)(colon - word) : strlen(word);
	}
	if (colon &&
	    (text_to_u64(text_of(colon + 1), &number) || number > UINT16_MAX))
		return "has a port that is not 0 to 65535";
	if (!text_copy((struct text){ word, host_len }, host, 64) ||
	    inet_pton(is_ipv6 ? AF_INET6 : AF_INET, host, &address) != 1)
		return "is not a numeric address (an IPv6 one stands in [])";
	*port = (uint16_t)number;
	return NULL;
}

static const char *add_sip_listen(struct config *config, const char *word)
{
	struct sip_listen *listen =
		&config->sip_listens[config->sip_listen_count];
	const char *why;

	listen->is_tls = strncmp(word, "tls:", 4) == 0;
	if (!listen->is_tls && strncmp(word, "udp:", 4) != 0)
		return "does not start with udp: or tls:";
	if (config->sip_listen_count == SIP_LISTENS_MAX)
		return "is one address too many (16 at most)";
	why = parse_listen(word + 4, listen->is_tls ? 5061 : 5060, listen->host,
			   &listen->port);
	if (!why)
		config->sip_listen_count++;
	return why;
}

static const char *add_http_listen(struct config *config, const char *word)
{
	struct api_listen *listen =
		&config->http_listens[config->http_listen_count];
	const char *why;

	if (config->http_listen_count == API_LISTENS_MAX)
		return "is one address too many (8 at most)";
	why = parse_listen(word, 8080, listen->host, &listen->port);
	if (!why)
		config->http_listen_count++;
	return why;
}

static const char *add_host_name(struct config *config, const char *word)
{
	if (config->http_host_name_count == API_HOST_NAMES_MAX)
		return "is one name too many (16 at most)";
	if (!text_copy(text_of(word),
		       config->http_host_names[config->http_host_name_count],
		       sizeof(config->http_host_names[0])))
		return "is longer than a host name can be";
	config->http_host_name_count++;
	return NULL;
}

/* As browsers write it: scheme, host, a port that is not the scheme's own. */
static bool is_origin(const char *word)
{
	const char *host = strstr(word, "://");

	if (!host || (strncmp(word, "http://", 7) != 0 &&
		      strncmp(word, "https://", 8) != 0))
		return false;
	host += 3;
	for (const char *c = host; *c; c++)
		if (strchr("/?#@*", *c) || isupper((unsigned char)*c))
			return false;
	return *host != '\0';
}

static const char *add_origin(struct config *config, const char *word)
{
	if (config->http_cors_origin_count == API_ORIGINS_MAX)
		return "is one origin too many (16 at most)";
	if (!is_origin(word))
		return "is not an origin such as https://desk.example.com: "
		       "scheme and host, in lower case, without a path or *";
	if (!text_copy(
		    text_of(word),
		    config->http_cors_origins[config->http_cors_origin_count],
		    sizeof(config->http_cors_origins[0])))
		return "is longer than an origin can be";
	config->http_cors_origin_count++;
	return NULL;
}

static const char *add_tls_identity(struct config *config, const char *word)
{
	struct tls_settings *tls = &config->tls;

	if (tls->client_identity_count == TLS_IDENTITIES_MAX)
		return "is one domain too many (64 at most)";
	if (strchr(word, '*'))
		return "has a wildcard; name each domain";
	if (!text_copy(text_of(word),
		       tls->client_identities[tls->client_identity_count],
		       sizeof(tls->client_identities[0])))
		return "is longer than a domain can be";
	tls->client_identity_count++;
	return NULL;
}

/* Lists: what adds one word, and where their length is. */
struct list {
	const char *(*add)(struct config *config, const char *word);
	size_t count_offset;
};

static struct list list_of(enum setting_kind kind)
{
	if (kind == SETTING_SIP_LISTENS)
		return (struct list){ add_sip_listen,
				      offsetof(struct config,
					       sip_listen_count) };
	if (kind == SETTING_HTTP_LISTENS)
		return (struct list){ add_http_listen,
				      offsetof(struct config,
					       http_listen_count) };
	if (kind == SETTING_TLS_IDENTITIES)
		return (struct list){ add_tls_identity,
				      offsetof(struct config,
					       tls.client_identity_count) };
	if (kind == SETTING_ORIGINS)
		return (struct list){ add_origin,
				      offsetof(struct config,
					       http_cors_origin_count) };
	return (struct list){ add_host_name,
			      offsetof(struct config, http_host_name_count) };
}

static size_t *list_count(struct config *config, enum setting_kind kind)
{
	/* The offset is of a size_t, as list_of() has it. */
	return (size_t *)(void *)((char *)config + list_of(kind).count_offset);
}

bool setting_is_list(const struct setting *setting)
{
	return setting->kind == SETTING_SIP_LISTENS ||
	       setting->kind == SETTING_HTTP_LISTENS ||
	       setting->kind == SETTING_HOST_NAMES ||
	       setting->kind == SETTING_ORIGINS ||
	       setting->kind == SETTING_TLS_IDENTITIES;
}

void setting_clear_list(struct config *config, const struct setting *setting)
{
	*list_count(config, setting->kind) = 0;
}

static const char *parse_list(struct config *config,
			      const struct setting *setting, const char *value)
{
	struct list list = list_of(setting->kind);
	char word[256];
	const char *why = NULL;

	while (!why && next_word(&value, word, sizeof(word)))
		why = list.add(config, word);
	return why;
}

static const char *parse_collector(const char *value, struct sip_listen *ret)
{
	struct sip_listen collector = { 0 };
	const char *why;

	if (*value) {
		why = parse_listen(value, HEP_PORT, collector.host,
				   &collector.port);
		if (why)
			return why;
		if (collector.port == 0)
			return "has no port that can be sent to";
	}
	*ret = collector;
	return NULL;
}

static const char *parse_bool(const char *value, bool *ret)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	for (size_t i = 0; i < 4; i++) {
		if (!strcmp(value, yes[i]) || !strcmp(value, no[i])) {
			*ret = !strcmp(value, yes[i]);
			return NULL;
		}
	}
	return "is neither yes nor no";
}

static const char *const verify_names[] = {
	[TLS_VERIFY_OFF] = "off",
	[TLS_VERIFY_OPTIONAL] = "optional",
	[TLS_VERIFY_REQUIRED] = "required",
};

static const char *parse_verify(const char *value, enum tls_verify *ret)
{
	for (size_t i = 0; i < sizeof(verify_names) / sizeof(*verify_names);
	     i++) {
		if (!strcmp(value, verify_names[i])) {
			*ret = (enum tls_verify)i;
			return NULL;
		}
	}
	return "is not off, optional or required";
}

static const char *parse_number(const struct setting *setting,
				const char *value, uint64_t *ret)
{
	static _Thread_local char why[96];
	uint64_t number;

	if (text_to_u64(text_of(value), &number) || number < setting->minimum ||
	    number > setting->maximum) {
		snprintf(why, sizeof(why),
			 "is not a whole number from %llu to %llu",
			 (unsigned long long)setting->minimum,
			 (unsigned long long)setting->maximum);
		return why;
	}
	*ret = number;
	return NULL;
}

static const char *parse_text(const struct setting *setting, const char *value,
			      char *ret)
{
	for (const char *c = value; *c; c++)
		if (iscntrl((unsigned char)*c))
			return "holds a control character";
	return text_copy(text_of(value), ret, setting->size) ? NULL
							     : "is too long";
}

/* NULL, or what is wrong with the value. */
const char *setting_parse(struct config *config, const struct setting *setting,
			  const char *value)
{
	void *member = member_of(config, setting);

	switch (setting->kind) {
	case SETTING_TEXT:
	case SETTING_SECRET:
		return parse_text(setting, value, member);
	case SETTING_NUMBER:
		return parse_number(setting, value, member);
	case SETTING_COLLECTOR:
		return parse_collector(value, member);
	case SETTING_BOOL:
		return parse_bool(value, member);
	case SETTING_LOG_LEVEL:
		return log_level_from_text(text_of(value), member)
			       ? "is not error, warning, info or debug"
			       : NULL;
	case SETTING_TLS_VERIFY:
		return parse_verify(value, member);
	case SETTING_SIP_LISTENS:
	case SETTING_HTTP_LISTENS:
	case SETTING_HOST_NAMES:
	case SETTING_ORIGINS:
	case SETTING_TLS_IDENTITIES:
		return parse_list(config, setting, value);
	}
	return NULL;
}

static void print_address(FILE *stream, const char *transport, const char *host,
			  unsigned port)
{
	if (strchr(host, ':'))
		fprintf(stream, " %s[%s]:%u", transport, host, port);
	else
		fprintf(stream, " %s%s:%u", transport, host, port);
}

void setting_print(const struct config *config, const struct setting *setting,
		   FILE *stream)
{
	static const char *const levels[] = { "error", "warning", "info",
					      "debug" };
	const char *member = (const char *)config + setting->offset;
	uint64_t number;

	switch (setting->kind) {
	case SETTING_TEXT:
		fprintf(stream, " %s", member);
		break;
	case SETTING_SECRET:
		fputs(*member ? " " SETTING_MASK : "", stream);
		break;
	case SETTING_COLLECTOR:
		if (config->hep_collector.port)
			print_address(stream, "", config->hep_collector.host,
				      config->hep_collector.port);
		break;
	case SETTING_NUMBER:
		memcpy(&number, member, sizeof(number));
		fprintf(stream, " %llu", (unsigned long long)number);
		break;
	case SETTING_BOOL:
		fputs(*member ? " yes" : " no", stream);
		break;
	case SETTING_LOG_LEVEL:
		fprintf(stream, " %s", levels[config->log_level]);
		break;
	case SETTING_SIP_LISTENS:
		for (size_t i = 0; i < config->sip_listen_count; i++)
			print_address(stream,
				      config->sip_listens[i].is_tls ? "tls:"
								    : "udp:",
				      config->sip_listens[i].host,
				      config->sip_listens[i].port);
		break;
	case SETTING_HTTP_LISTENS:
		for (size_t i = 0; i < config->http_listen_count; i++)
			print_address(stream, "", config->http_listens[i].host,
				      config->http_listens[i].port);
		break;
	case SETTING_HOST_NAMES:
		for (size_t i = 0; i < config->http_host_name_count; i++)
			fprintf(stream, " %s", config->http_host_names[i]);
		break;
	case SETTING_ORIGINS:
		for (size_t i = 0; i < config->http_cors_origin_count; i++)
			fprintf(stream, " %s", config->http_cors_origins[i]);
		break;
	case SETTING_TLS_VERIFY:
		fprintf(stream, " %s", verify_names[config->tls.verify_client]);
		break;
	case SETTING_TLS_IDENTITIES:
		for (size_t i = 0; i < config->tls.client_identity_count; i++)
			fprintf(stream, " %s",
				config->tls.client_identities[i]);
		break;
	}
}
