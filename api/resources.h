/*
 * resources.h - the handlers that the route table names, one file a resource.
 * All run on the "http" thread.
 */
#ifndef SIPMOVED_API_RESOURCES_H
#define SIPMOVED_API_RESOURCES_H

#include "api/http_exchange.h"

/* moves.c */
void moves_list(struct exchange *exchange);
void moves_create(struct exchange *exchange);
/* The address may be left out by who has one; not a row of its own. */
void moves_create_own(struct exchange *exchange);
void moves_get(struct exchange *exchange);
void moves_patch(struct exchange *exchange);
void moves_delete(struct exchange *exchange);
/* domains.c */
void domains_list(struct exchange *exchange);
void domains_create(struct exchange *exchange);
void domains_get(struct exchange *exchange);
void domains_patch(struct exchange *exchange);
void domains_delete(struct exchange *exchange);
/* domain_authentications.c */
void domain_authentications_get(struct exchange *exchange);
void domain_authentications_put(struct exchange *exchange);
/* sip_users.c */
void sip_users_list(struct exchange *exchange);
void sip_users_create(struct exchange *exchange);
void sip_users_get(struct exchange *exchange);
void sip_users_patch(struct exchange *exchange);
void sip_users_delete(struct exchange *exchange);
/* addresses.c */
void addresses_list(struct exchange *exchange);
void addresses_create(struct exchange *exchange);
void addresses_get(struct exchange *exchange);
void addresses_patch(struct exchange *exchange);
void addresses_delete(struct exchange *exchange);
/* extension_policies.c */
void extension_policy_get(struct exchange *exchange);
void extension_policy_put(struct exchange *exchange);
void extension_policy_patch(struct exchange *exchange);
void extension_presets_list(struct exchange *exchange);
void extension_rules_list(struct exchange *exchange);
void extension_rules_create(struct exchange *exchange);
void extension_rules_get(struct exchange *exchange);
void extension_rules_patch(struct exchange *exchange);
void extension_rules_delete(struct exchange *exchange);
/* extension_simulations.c */
void extension_simulations_create(struct exchange *exchange);
/* redirect_logs.c */
void redirect_logs_list(struct exchange *exchange);
void redirect_logs_get(struct exchange *exchange);
/* sources.c */
void source_rules_list(struct exchange *exchange);
void source_rules_create(struct exchange *exchange);
void source_rules_get(struct exchange *exchange);
void source_rules_patch(struct exchange *exchange);
void source_rules_delete(struct exchange *exchange);
void bans_list(struct exchange *exchange);
void bans_create(struct exchange *exchange);
void bans_get(struct exchange *exchange);
void bans_delete(struct exchange *exchange);
void scanner_patterns_list(struct exchange *exchange);
void scanner_patterns_create(struct exchange *exchange);
void scanner_patterns_get(struct exchange *exchange);
void scanner_patterns_patch(struct exchange *exchange);
void scanner_patterns_delete(struct exchange *exchange);
void peer_profiles_list(struct exchange *exchange);
void peer_profiles_create(struct exchange *exchange);
void peer_profiles_get(struct exchange *exchange);
void peer_profiles_patch(struct exchange *exchange);
void peer_profiles_delete(struct exchange *exchange);
/* peer_profiles.c */
void peer_presets_list(struct exchange *exchange);
/* source_limits.c */
void source_limit_show(struct exchange *exchange);
void source_limit_put(struct exchange *exchange);
void source_limit_patch(struct exchange *exchange);
/* tokens.c */
void tokens_create(struct exchange *exchange);
void tokens_list(struct exchange *exchange);
void tokens_revoke(struct exchange *exchange);
void tokens_rotate(struct exchange *exchange);
/* users.c */
void users_list(struct exchange *exchange);
void users_create(struct exchange *exchange);
void users_get(struct exchange *exchange);
void users_patch(struct exchange *exchange);
void users_delete(struct exchange *exchange);
void activation_links_create(struct exchange *exchange);
void users_remove_totp(struct exchange *exchange);
/* activations.c */
void activations_create(struct exchange *exchange);
/* setups.c */
void setups_create(struct exchange *exchange);
/* sessions.c, session_lists.c */
void sessions_list(struct exchange *exchange);
void sessions_create(struct exchange *exchange);
void sessions_end(struct exchange *exchange);
void sessions_end_current(struct exchange *exchange);
/* me.c */
void me_get(struct exchange *exchange);
void me_patch(struct exchange *exchange);
void me_password_put(struct exchange *exchange);
/* me_totp.c */
void totp_create(struct exchange *exchange);
void totp_confirm(struct exchange *exchange);
void totp_remove(struct exchange *exchange);
/* me_moves.c */
void me_moves_list(struct exchange *exchange);
void me_moves_create(struct exchange *exchange);
void me_moves_get(struct exchange *exchange);
void me_moves_patch(struct exchange *exchange);
void me_moves_delete(struct exchange *exchange);
void me_redirect_logs_list(struct exchange *exchange);
void back_to_normal_create(struct exchange *exchange);
/* problem_kind.c */
void problems_get(struct exchange *exchange);
/* health.c */
void health_live(struct exchange *exchange);
void health_ready(struct exchange *exchange);
/* metrics.c */
void metrics_get(struct exchange *exchange);

#endif
