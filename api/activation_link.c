#include "api/activation_link.h"

#include <stdio.h>
#include <sodium.h>

enum {
	LIFE_MS = 72 * 3600 * 1000,
	URL_SIZE = API_ORIGIN_SIZE + AUTH_SECRET_TEXT_SIZE + 16,
};

void activation_link_make(struct activation_link *link, int64_t now_ms)
{
	auth_secret_make(link->text, link->sha256);
	link->expires_at_ms = now_ms + LIFE_MS;
}

/* Behind the '#', so that no log on the way gets to see it. */
void activation_link_write(struct json_writer *writer, const struct api *api,
			   const struct activation_link *link)
{
	char origin[API_ORIGIN_SIZE], url[URL_SIZE];

	api_origin(api, origin);
	snprintf(url, sizeof(url), "%s/#/activate/%s", origin, link->text);
	json_open_object(writer, NULL);
	json_put_string(writer, "url", text_of(url));
	json_put_string(writer, "token", text_of(link->text));
	json_put_time_ms(writer, "expires_at", link->expires_at_ms);
	json_close_object(writer);
	sodium_memzero(url, sizeof(url));
}

void activation_link_wipe(struct activation_link *link)
{
	sodium_memzero(link, sizeof(*link));
}
