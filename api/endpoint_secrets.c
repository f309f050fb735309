#include "api/endpoints.h"
#include "api/resources.h"

bool endpoint_tells_secret(const struct endpoint *endpoint)
{
	static void (*const telling[])(struct exchange * exchange) = {
		tokens_create,
		tokens_rotate,
		activation_links_create,
		sessions_create,
		activations_create,
		setups_create,
		me_password_put,
		totp_create,
		totp_confirm,
		webhook_endpoints_create,
		webhook_endpoints_rotate,
		me_tokens_create,
		me_tokens_rotate,
		inbound_sources_create,
		inbound_sources_patch,
	};

	for (size_t i = 0; i < sizeof(telling) / sizeof(*telling); i++)
		if (endpoint->handle == telling[i])
			return true;
	return false;
}
