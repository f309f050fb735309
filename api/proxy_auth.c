#include "api/proxy_auth.h"

#include <string.h>
#include <sodium.h>

#include "api/api_state.h"
#include "db/user.h"

bool proxy_auth_is_proxy(const struct api_config *config, const char *peer)
{
	struct ip_address address;

	if (config->proxy_network_count == 0 ||
	    ip_address_parse(text_of(peer), &address))
		return false;
	for (size_t i = 0; i < config->proxy_network_count; i++)
		if (ip_network_has(&config->proxy_networks[i], &address))
			return true;
	return false;
}

static bool is_from_proxy(const struct exchange *exchange, struct text secret)
{
	const struct api_config *config = &exchange->api->config;
	unsigned char sha256[32];

	if (secret.len == 0 ||
	    !proxy_auth_is_proxy(config, exchange->principal.peer))
		return false;
	crypto_hash_sha256(sha256, (const unsigned char *)secret.ptr,
			   secret.len);
	return sodium_memcmp(sha256, config->proxy_secret_sha256,
			     sizeof(sha256)) == 0;
}

bool proxy_auth_be(struct exchange *exchange, const struct auth_fields *fields)
{
	struct principal *principal = &exchange->principal;
	const struct snapshot_user *user;
	char name[USER_NAME_MAX + 1];
	uint32_t scopes;

	if (!user_name_fold(fields->proxy_user, name) ||
	    !is_from_proxy(exchange, fields->proxy_secret))
		return false;
	user = snapshot_user(exchange->snapshot, text_of(name));
	if (!user || !user->enabled ||
	    user_role_scopes(text_of(user->role), &scopes))
		return false;
	principal->kind = "proxy";
	text_copy(text_of(user->name), principal->name,
		  sizeof(principal->name));
	text_copy(text_of(user->role), principal->role,
		  sizeof(principal->role));
	text_copy(text_of(user->id), principal->user_id,
		  sizeof(principal->user_id));
	principal->scopes = scopes | SCOPE_SELF | SCOPE_OWN;
	/* Without an owner this role would be let at everything. */
	if (!strcmp(user->role, "user"))
		text_copy(text_of(user->id), principal->owner_id,
			  sizeof(principal->owner_id));
	return true;
}

bool proxy_auth_still_holds(const struct exchange *exchange, uint32_t scope)
{
	const struct principal *principal = &exchange->principal;
	const struct snapshot_user *user =
		snapshot_user(exchange->snapshot, text_of(principal->name));
	uint32_t scopes;

	return user && user->enabled && !strcmp(user->id, principal->user_id) &&
	       !strcmp(user->role, principal->role) &&
	       !user_role_scopes(text_of(user->role), &scopes) &&
	       ((scopes | SCOPE_SELF | SCOPE_OWN) & scope) == scope;
}
