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
/* calendar_subscriptions.c */
void calendar_subscriptions_list(struct exchange *exchange);
void calendar_subscriptions_create(struct exchange *exchange);
void calendar_subscriptions_get(struct exchange *exchange);
void calendar_subscriptions_patch(struct exchange *exchange);
void calendar_subscriptions_delete(struct exchange *exchange);
void calendar_subscriptions_refresh(struct exchange *exchange);
/* The same of the user who asks. */
void me_calendar_subscriptions_list(struct exchange *exchange);
void me_calendar_subscriptions_create(struct exchange *exchange);
void me_calendar_subscriptions_get(struct exchange *exchange);
void me_calendar_subscriptions_patch(struct exchange *exchange);
void me_calendar_subscriptions_delete(struct exchange *exchange);
void me_calendar_subscriptions_refresh(struct exchange *exchange);
/* hooks.c */
void hooks_receive(struct exchange *exchange);
/* Its body is too large, which is answered: the source's events tell of it. */
void hooks_note_too_large(struct exchange *exchange);
/* inbound_sources.c */
void inbound_sources_list(struct exchange *exchange);
void inbound_sources_create(struct exchange *exchange);
void inbound_sources_get(struct exchange *exchange);
void inbound_sources_patch(struct exchange *exchange);
void inbound_sources_delete(struct exchange *exchange);
/* inbound_simulations.c */
void inbound_simulations_create(struct exchange *exchange);
/* inbound_events.c */
void inbound_events_list(struct exchange *exchange);
void inbound_events_get(struct exchange *exchange);
void inbound_events_replay(struct exchange *exchange);
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
void policy_versions_restore(struct exchange *exchange);
/* policy_versions.c */
void policy_versions_list(struct exchange *exchange);
void policy_versions_get(struct exchange *exchange);
void policy_versions_diff(struct exchange *exchange);
void extension_rules_list(struct exchange *exchange);
void extension_rules_create(struct exchange *exchange);
void extension_rules_get(struct exchange *exchange);
void extension_rules_patch(struct exchange *exchange);
void extension_rules_delete(struct exchange *exchange);
/* extension_simulations.c */
void extension_simulations_create(struct exchange *exchange);
/* extension_replays.c */
void extension_replays_create(struct exchange *exchange);
/* redirect_lookups.c */
void redirect_lookups_create(struct exchange *exchange);
void redirect_lookups_create_own(struct exchange *exchange);
void me_redirect_lookups_create(struct exchange *exchange);
/* move_exports.c: if a file was asked for; true: it goes on from there. */
bool moves_export(struct exchange *exchange);
/* redirect_log_exports.c: the same for the log. */
bool redirect_logs_export(
	struct exchange *exchange,
	void (*read_filter)(struct exchange *exchange,
			    struct redirect_log_filter *filter));
/* move_imports.c */
void move_imports_create(struct exchange *exchange);
/* move_import_lists.c */
void move_imports_list(struct exchange *exchange);
void move_imports_get(struct exchange *exchange);
/* redirect_logs.c, redirect_log_story.c */
void redirect_logs_list(struct exchange *exchange);
void redirect_logs_get(struct exchange *exchange);
/* redirect_log_stream.c, redirect_log_stats.c, redirect_log_unfollowed.c */
void redirect_logs_stream(struct exchange *exchange);
void redirect_logs_stats(struct exchange *exchange);
void redirect_logs_unfollowed(struct exchange *exchange);
/* audit_events.c */
void audit_events_list(struct exchange *exchange);
void audit_events_get(struct exchange *exchange);
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
void destinations_list(struct exchange *exchange);
void destinations_create(struct exchange *exchange);
void destinations_get(struct exchange *exchange);
void destinations_patch(struct exchange *exchange);
void destinations_delete(struct exchange *exchange);
void target_rules_list(struct exchange *exchange);
void target_rules_create(struct exchange *exchange);
void target_rules_get(struct exchange *exchange);
void target_rules_patch(struct exchange *exchange);
void target_rules_delete(struct exchange *exchange);
/* target_policies.c */
void target_policy_show(struct exchange *exchange);
void target_policy_put(struct exchange *exchange);
void target_policy_patch(struct exchange *exchange);
/* target_simulations.c */
void target_simulations_create(struct exchange *exchange);
/* peer_profiles.c */
void peer_presets_list(struct exchange *exchange);
/* source_limits.c */
void source_limit_show(struct exchange *exchange);
void source_limit_put(struct exchange *exchange);
void source_limit_patch(struct exchange *exchange);
/* backups.c */
void backups_list(struct exchange *exchange);
void backups_create(struct exchange *exchange);
void backups_get(struct exchange *exchange);
void backups_content(struct exchange *exchange);
void backups_delete(struct exchange *exchange);
/* tokens.c */
void tokens_create(struct exchange *exchange);
void tokens_list(struct exchange *exchange);
void tokens_revoke(struct exchange *exchange);
void tokens_rotate(struct exchange *exchange);
/* run_modes.c */
void log_level_show(struct exchange *exchange);
void log_level_put(struct exchange *exchange);
void drain_show(struct exchange *exchange);
void drain_put(struct exchange *exchange);
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
void me_changes_list(struct exchange *exchange);
void me_tokens_list(struct exchange *exchange);
void me_tokens_create(struct exchange *exchange);
void me_tokens_revoke(struct exchange *exchange);
void me_tokens_rotate(struct exchange *exchange);
void back_to_normal_create(struct exchange *exchange);
/* webhook_endpoints.c */
void webhook_endpoints_list(struct exchange *exchange);
void webhook_endpoints_create(struct exchange *exchange);
void webhook_endpoints_get(struct exchange *exchange);
void webhook_endpoints_patch(struct exchange *exchange);
void webhook_endpoints_delete(struct exchange *exchange);
void webhook_endpoints_rotate(struct exchange *exchange);
void webhook_endpoints_test(struct exchange *exchange);
void webhook_endpoints_retry(struct exchange *exchange);
/* webhook_deliveries.c */
void webhook_deliveries_list(struct exchange *exchange);
void webhook_deliveries_get(struct exchange *exchange);
void webhook_deliveries_retry_one(struct exchange *exchange);
/* move_links.c */
void move_links_show(struct exchange *exchange);
void move_links_use(struct exchange *exchange);
/* problem_kind.c */
void problems_list(struct exchange *exchange);
void problems_get(struct exchange *exchange);
/* docs.c: the pages that show what openapi.c gives */
void portal_get(struct exchange *exchange);
void portal_files_get(struct exchange *exchange);
void docs_get(struct exchange *exchange);
void docs_files_get(struct exchange *exchange);

/* openapi.c: api/openapi.yaml, made JSON by the build */
void openapi_get(struct exchange *exchange);
/* settings.c */
void settings_list(struct exchange *exchange);
void settings_reload(struct exchange *exchange);
/* nodes.c */
void nodes_list(struct exchange *exchange);
/* health.c */
void health_live(struct exchange *exchange);
void health_ready(struct exchange *exchange);
/* metrics.c */
void metrics_get(struct exchange *exchange);

#endif
