/*
 * config_accounts.c - what the settings about accounts and browsers must be,
 * beyond what one value alone tells; declared in config.h.
 */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "config_setting.h"
#include "db/user.h"

enum {
	PROXY_SECRET_MIN = 16, /* characters */
	PROXY_SECRET_MAX = 512,
};

/* "https://moves.example.com": as a browser writes it in Origin. */
static bool is_origin(const char *origin)
{
	const char *host = strstr(origin, "://");
	char c;

	if (strncmp(origin, "http://", 7) != 0 &&
	    strncmp(origin, "https://", 8) != 0)
		return false;
	for (host += 3; (c = *host); host++)
		if (c <= ' ' || c > '~' || strchr("/?#@", c) ||
		    (c >= 'A' && c <= 'Z'))
			return false;
	return host[-1] != '/';
}

const char *config_proxy_networks(const struct config *config,
				  struct ip_network *networks, size_t max,
				  size_t *ret_count)
{
	const char *rest = config->auth_proxy_networks;

	*ret_count = 0;
	for (;;) {
		size_t len;

		rest += strspn(rest, " \t,");
		len = strcspn(rest, " \t,");
		if (len == 0)
			return NULL;
		if (*ret_count == max)
			return "names too many networks (16 at most)";
		if (ip_network_parse((struct text){ rest, len },
				     &networks[*ret_count]))
			return "names something that is no network, such as "
			       "192.0.2.0/24";
		++*ret_count;
		rest += len;
	}
}

int config_proxy_secret(const struct config *config, unsigned char sha256[32])
{
	char secret[PROXY_SECRET_MAX + 2] = "";
	FILE *file = fopen(config->auth_proxy_secret_file, "re");
	size_t len;

	if (!file)
		return errno;
	if (!fgets(secret, sizeof(secret), file))
		secret[0] = '\0';
	fclose(file);
	len = strcspn(secret, "\r\n");
	crypto_hash_sha256(sha256, (const unsigned char *)secret, len);
	sodium_memzero(secret, sizeof(secret));
	return len < PROXY_SECRET_MIN || len > PROXY_SECRET_MAX ? EINVAL : 0;
}

static void check_proxy(const struct config *config,
			struct config_errors *errors)
{
	struct ip_network networks[API_PROXY_NETWORKS_MAX];
	size_t count;
	const char *why = config_proxy_networks(config, networks,
						API_PROXY_NETWORKS_MAX, &count);

	if (why)
		config_tell(errors, "[auth] proxy_networks: %s", why);
	if (count > 0 && !config->auth_proxy_secret_file[0])
		config_tell(errors, "[auth] proxy_secret_file: names no file, "
				    "and proxy_networks names a network");
	if (count > 0 && (!config->auth_proxy_user_header[0] ||
			  !config->auth_proxy_secret_header[0]))
		config_tell(errors, "[auth] proxy_user_header and "
				    "proxy_secret_header must name a field");
}

void config_check_accounts(const struct config *config,
			   struct config_errors *errors)
{
	char folded[USER_NAME_MAX + 1];

	if (config->http_public_origin[0] &&
	    !is_origin(config->http_public_origin))
		config_tell(errors,
			    "[http] public_origin: %s is not like "
			    "https://moves.example.com, in lower case and "
			    "without a path",
			    config->http_public_origin);
	if (!user_name_fold(text_of(config->auth_bootstrap_admin_name), folded))
		config_tell(errors,
			    "[auth] bootstrap_admin_name: \"%s\" is no name to "
			    "log in with",
			    config->auth_bootstrap_admin_name);
	check_proxy(config, errors);
}
