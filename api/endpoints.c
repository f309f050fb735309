#include "api/endpoints.h"
#include "api/resources.h"
#include "db/token.h"

enum {
	SMALL = 32 * 1024,
	CALL = 160 * 1024,	 /* a pasted SIP request, escaped */
	RULES = 4 * 1024 * 1024, /* EXTENSION_RULES_MAX of them */
	IMPORT = 64 * 1024 * 1024,
	EVENT = 256 * 1024,  /* INBOUND_BODY_MAX */
	SAMPLE = 300 * 1024, /* one of them, and a mapping to try */
};

/* clang-format off */
const struct endpoint endpoints[] = {
	{ HTTP_GET,    "/v1/moves",      SCOPE_MOVES_READ,  BODY_NONE,        0,     moves_list },
	{ HTTP_POST,   "/v1/moves",      SCOPE_MOVES_WRITE, BODY_JSON,        SMALL, moves_create },
	{ HTTP_GET,    "/v1/moves/{id}", SCOPE_MOVES_READ,  BODY_NONE,        0,     moves_get },
	{ HTTP_PATCH,  "/v1/moves/{id}", SCOPE_MOVES_WRITE, BODY_MERGE_PATCH, SMALL, moves_patch },
	{ HTTP_DELETE, "/v1/moves/{id}", SCOPE_MOVES_WRITE, BODY_NONE,        0,     moves_delete },

	{ HTTP_GET,    "/v1/move-imports",      SCOPE_MOVES_READ,  BODY_NONE,   0,      move_imports_list },
	{ HTTP_POST,   "/v1/move-imports",      SCOPE_MOVES_WRITE, BODY_STREAM, IMPORT, move_imports_create },
	{ HTTP_GET,    "/v1/move-imports/{id}", SCOPE_MOVES_READ,  BODY_NONE,   0,      move_imports_get },

	{ HTTP_POST,   "/hooks/{id}",                         0,                    BODY_STREAM,      EVENT,  hooks_receive },
	{ HTTP_GET,    "/v1/inbound-sources",                  SCOPE_WEBHOOKS_ADMIN, BODY_NONE,        0,      inbound_sources_list },
	{ HTTP_POST,   "/v1/inbound-sources",                  SCOPE_WEBHOOKS_ADMIN, BODY_JSON,        SMALL,  inbound_sources_create },
	{ HTTP_GET,    "/v1/inbound-sources/{id}",             SCOPE_WEBHOOKS_ADMIN, BODY_NONE,        0,      inbound_sources_get },
	{ HTTP_PATCH,  "/v1/inbound-sources/{id}",             SCOPE_WEBHOOKS_ADMIN, BODY_MERGE_PATCH, SMALL,  inbound_sources_patch },
	{ HTTP_DELETE, "/v1/inbound-sources/{id}",             SCOPE_WEBHOOKS_ADMIN, BODY_NONE,        0,      inbound_sources_delete },
	{ HTTP_POST,   "/v1/inbound-sources/{id}/simulations", SCOPE_WEBHOOKS_ADMIN, BODY_JSON,        SAMPLE, inbound_simulations_create },
	{ HTTP_GET,    "/v1/inbound-sources/{id}/events",      SCOPE_WEBHOOKS_ADMIN, BODY_NONE,        0,      inbound_events_list },
	{ HTTP_GET,    "/v1/inbound-events/{id}",              SCOPE_WEBHOOKS_ADMIN, BODY_NONE,        0,      inbound_events_get },
	{ HTTP_POST,   "/v1/inbound-events/{id}/replays",      SCOPE_WEBHOOKS_ADMIN, BODY_JSON,        SMALL,  inbound_events_replay },

	{ HTTP_GET,    "/v1/domains",      SCOPE_MOVES_READ,   BODY_NONE,        0,     domains_list },
	{ HTTP_POST,   "/v1/domains",      SCOPE_SYSTEM_ADMIN, BODY_JSON,        SMALL, domains_create },
	{ HTTP_GET,    "/v1/domains/{id}", SCOPE_MOVES_READ,   BODY_NONE,        0,     domains_get },
	{ HTTP_PATCH,  "/v1/domains/{id}", SCOPE_SYSTEM_ADMIN, BODY_MERGE_PATCH, SMALL, domains_patch },
	{ HTTP_DELETE, "/v1/domains/{id}", SCOPE_SYSTEM_ADMIN, BODY_NONE,        0,     domains_delete },

	{ HTTP_GET,    "/v1/domains/{id}/authentication", SCOPE_SYSTEM_READ,  BODY_NONE, 0,     domain_authentications_get },
	{ HTTP_PUT,    "/v1/domains/{id}/authentication", SCOPE_SYSTEM_ADMIN, BODY_JSON, SMALL, domain_authentications_put },

	{ HTTP_GET,    "/v1/sip-users",      SCOPE_SYSTEM_READ,  BODY_NONE,        0,     sip_users_list },
	{ HTTP_POST,   "/v1/sip-users",      SCOPE_SYSTEM_ADMIN, BODY_JSON,        SMALL, sip_users_create },
	{ HTTP_GET,    "/v1/sip-users/{id}", SCOPE_SYSTEM_READ,  BODY_NONE,        0,     sip_users_get },
	{ HTTP_PATCH,  "/v1/sip-users/{id}", SCOPE_SYSTEM_ADMIN, BODY_MERGE_PATCH, SMALL, sip_users_patch },
	{ HTTP_DELETE, "/v1/sip-users/{id}", SCOPE_SYSTEM_ADMIN, BODY_NONE,        0,     sip_users_delete },

	{ HTTP_GET,    "/v1/addresses",      SCOPE_MOVES_READ,  BODY_NONE,        0,     addresses_list },
	{ HTTP_POST,   "/v1/addresses",      SCOPE_MOVES_WRITE, BODY_JSON,        SMALL, addresses_create },
	{ HTTP_GET,    "/v1/addresses/{id}", SCOPE_MOVES_READ,  BODY_NONE,        0,     addresses_get },
	{ HTTP_PATCH,  "/v1/addresses/{id}", SCOPE_MOVES_WRITE, BODY_MERGE_PATCH, SMALL, addresses_patch },
	{ HTTP_DELETE, "/v1/addresses/{id}", SCOPE_MOVES_WRITE, BODY_NONE,        0,     addresses_delete },

	{ HTTP_GET,    "/v1/extension-policy",             SCOPE_POLICY_READ,  BODY_NONE,        0,     extension_policy_get },
	{ HTTP_PUT,    "/v1/extension-policy",             SCOPE_POLICY_WRITE, BODY_JSON,        RULES, extension_policy_put },
	{ HTTP_PATCH,  "/v1/extension-policy",             SCOPE_POLICY_WRITE, BODY_MERGE_PATCH, RULES, extension_policy_patch },
	{ HTTP_GET,    "/v1/extension-policy/presets",     SCOPE_POLICY_READ,  BODY_NONE,        0,     extension_presets_list },
	{ HTTP_GET,    "/v1/extension-policy/rules",       SCOPE_POLICY_READ,  BODY_NONE,        0,     extension_rules_list },
	{ HTTP_POST,   "/v1/extension-policy/rules",       SCOPE_POLICY_WRITE, BODY_JSON,        SMALL, extension_rules_create },
	{ HTTP_GET,    "/v1/extension-policy/rules/{id}",  SCOPE_POLICY_READ,  BODY_NONE,        0,     extension_rules_get },
	{ HTTP_PATCH,  "/v1/extension-policy/rules/{id}",  SCOPE_POLICY_WRITE, BODY_MERGE_PATCH, SMALL, extension_rules_patch },
	{ HTTP_DELETE, "/v1/extension-policy/rules/{id}",  SCOPE_POLICY_WRITE, BODY_NONE,        0,     extension_rules_delete },
	{ HTTP_POST,   "/v1/extension-policy/simulations", SCOPE_POLICY_READ,  BODY_JSON,        CALL,  extension_simulations_create },
	{ HTTP_POST,   "/v1/extension-policy/replays",     SCOPE_POLICY_READ,  BODY_JSON,        RULES, extension_replays_create },

	{ HTTP_GET,    "/v1/extension-policy/versions",              SCOPE_POLICY_READ,  BODY_NONE, 0,     policy_versions_list },
	{ HTTP_GET,    "/v1/extension-policy/versions/{id}",         SCOPE_POLICY_READ,  BODY_NONE, 0,     policy_versions_get },
	{ HTTP_GET,    "/v1/extension-policy/versions/{id}/diff",    SCOPE_POLICY_READ,  BODY_NONE, 0,     policy_versions_diff },
	{ HTTP_POST,   "/v1/extension-policy/versions/{id}/restore", SCOPE_POLICY_WRITE, BODY_JSON, SMALL, policy_versions_restore },

	{ HTTP_GET,    "/v1/source-rules",           SCOPE_SYSTEM_READ,  BODY_NONE,        0,     source_rules_list },
	{ HTTP_POST,   "/v1/source-rules",           SCOPE_SYSTEM_ADMIN, BODY_JSON,        SMALL, source_rules_create },
	{ HTTP_GET,    "/v1/source-rules/{id}",      SCOPE_SYSTEM_READ,  BODY_NONE,        0,     source_rules_get },
	{ HTTP_PATCH,  "/v1/source-rules/{id}",      SCOPE_SYSTEM_ADMIN, BODY_MERGE_PATCH, SMALL, source_rules_patch },
	{ HTTP_DELETE, "/v1/source-rules/{id}",      SCOPE_SYSTEM_ADMIN, BODY_NONE,        0,     source_rules_delete },
	{ HTTP_GET,    "/v1/bans",                   SCOPE_SYSTEM_READ,  BODY_NONE,        0,     bans_list },
	{ HTTP_POST,   "/v1/bans",                   SCOPE_SYSTEM_ADMIN, BODY_JSON,        SMALL, bans_create },
	{ HTTP_GET,    "/v1/bans/{id}",              SCOPE_SYSTEM_READ,  BODY_NONE,        0,     bans_get },
	{ HTTP_DELETE, "/v1/bans/{id}",              SCOPE_SYSTEM_ADMIN, BODY_NONE,        0,     bans_delete },
	{ HTTP_GET,    "/v1/scanner-patterns",       SCOPE_SYSTEM_READ,  BODY_NONE,        0,     scanner_patterns_list },
	{ HTTP_POST,   "/v1/scanner-patterns",       SCOPE_SYSTEM_ADMIN, BODY_JSON,        SMALL, scanner_patterns_create },
	{ HTTP_GET,    "/v1/scanner-patterns/{id}",  SCOPE_SYSTEM_READ,  BODY_NONE,        0,     scanner_patterns_get },
	{ HTTP_PATCH,  "/v1/scanner-patterns/{id}",  SCOPE_SYSTEM_ADMIN, BODY_MERGE_PATCH, SMALL, scanner_patterns_patch },
	{ HTTP_DELETE, "/v1/scanner-patterns/{id}",  SCOPE_SYSTEM_ADMIN, BODY_NONE,        0,     scanner_patterns_delete },
	{ HTTP_GET,    "/v1/source-limit",           SCOPE_SYSTEM_READ,  BODY_NONE,        0,     source_limit_show },
	{ HTTP_PUT,    "/v1/source-limit",           SCOPE_SYSTEM_ADMIN, BODY_JSON,        SMALL, source_limit_put },
	{ HTTP_PATCH,  "/v1/source-limit",           SCOPE_SYSTEM_ADMIN, BODY_MERGE_PATCH, SMALL, source_limit_patch },

	{ HTTP_GET,    "/v1/peer-profiles",         SCOPE_SYSTEM_READ,  BODY_NONE,        0,     peer_profiles_list },
	{ HTTP_POST,   "/v1/peer-profiles",         SCOPE_SYSTEM_ADMIN, BODY_JSON,        SMALL, peer_profiles_create },
	{ HTTP_GET,    "/v1/peer-profiles/{id}",    SCOPE_SYSTEM_READ,  BODY_NONE,        0,     peer_profiles_get },
	{ HTTP_PATCH,  "/v1/peer-profiles/{id}",    SCOPE_SYSTEM_ADMIN, BODY_MERGE_PATCH, SMALL, peer_profiles_patch },
	{ HTTP_DELETE, "/v1/peer-profiles/{id}",    SCOPE_SYSTEM_ADMIN, BODY_NONE,        0,     peer_profiles_delete },
	/* The last row that fits is taken: behind {id}. */
	{ HTTP_GET,    "/v1/peer-profiles/presets", SCOPE_SYSTEM_READ,  BODY_NONE,        0,     peer_presets_list },

	{ HTTP_GET,    "/v1/destinations",      SCOPE_MOVES_READ,   BODY_NONE,        0,     destinations_list },
	{ HTTP_POST,   "/v1/destinations",      SCOPE_SYSTEM_ADMIN, BODY_JSON,        SMALL, destinations_create },
	{ HTTP_GET,    "/v1/destinations/{id}", SCOPE_MOVES_READ,   BODY_NONE,        0,     destinations_get },
	{ HTTP_PATCH,  "/v1/destinations/{id}", SCOPE_SYSTEM_ADMIN, BODY_MERGE_PATCH, SMALL, destinations_patch },
	{ HTTP_DELETE, "/v1/destinations/{id}", SCOPE_SYSTEM_ADMIN, BODY_NONE,        0,     destinations_delete },

	{ HTTP_GET,    "/v1/target-rules",             SCOPE_SYSTEM_READ,  BODY_NONE,        0,     target_rules_list },
	{ HTTP_POST,   "/v1/target-rules",             SCOPE_SYSTEM_ADMIN, BODY_JSON,        SMALL, target_rules_create },
	{ HTTP_GET,    "/v1/target-rules/{id}",        SCOPE_SYSTEM_READ,  BODY_NONE,        0,     target_rules_get },
	{ HTTP_PATCH,  "/v1/target-rules/{id}",        SCOPE_SYSTEM_ADMIN, BODY_MERGE_PATCH, SMALL, target_rules_patch },
	{ HTTP_DELETE, "/v1/target-rules/{id}",        SCOPE_SYSTEM_ADMIN, BODY_NONE,        0,     target_rules_delete },
	{ HTTP_POST,   "/v1/target-rules/simulations", SCOPE_SYSTEM_READ,  BODY_JSON,        SMALL, target_simulations_create },
	{ HTTP_GET,    "/v1/target-policy",            SCOPE_SYSTEM_READ,  BODY_NONE,        0,     target_policy_show },
	{ HTTP_PUT,    "/v1/target-policy",            SCOPE_SYSTEM_ADMIN, BODY_JSON,        SMALL, target_policy_put },
	{ HTTP_PATCH,  "/v1/target-policy",            SCOPE_SYSTEM_ADMIN, BODY_MERGE_PATCH, SMALL, target_policy_patch },
	{ HTTP_POST,   "/v1/redirect-lookups", SCOPE_MOVES_READ, BODY_JSON, CALL, redirect_lookups_create },

	{ HTTP_GET,    "/v1/redirect-logs",      SCOPE_LOGS_READ, BODY_NONE, 0, redirect_logs_list },
	{ HTTP_GET,    "/v1/redirect-logs/{id}", SCOPE_LOGS_READ, BODY_NONE, 0, redirect_logs_get },
	{ HTTP_GET,    "/v1/redirect-logs/stats", SCOPE_LOGS_READ, BODY_NONE, 0, redirect_logs_stats },
	{ HTTP_GET,    "/v1/redirect-logs/unfollowed", SCOPE_LOGS_READ, BODY_NONE, 0, redirect_logs_unfollowed },
	{ HTTP_GET,    "/v1/redirect-logs/stream", SCOPE_LOGS_READ, BODY_NONE, 0, redirect_logs_stream },

	{ HTTP_GET,    "/v1/audit-events",      SCOPE_SYSTEM_READ, BODY_NONE, 0, audit_events_list },
	{ HTTP_GET,    "/v1/audit-events/{id}", SCOPE_SYSTEM_READ, BODY_NONE, 0, audit_events_get },

	{ HTTP_GET,    "/v1/backups",              SCOPE_SYSTEM_READ,  BODY_NONE, 0,     backups_list },
	{ HTTP_POST,   "/v1/backups",              SCOPE_SYSTEM_ADMIN, BODY_JSON, SMALL, backups_create },
	{ HTTP_GET,    "/v1/backups/{id}",         SCOPE_SYSTEM_READ,  BODY_NONE, 0,     backups_get },
	{ HTTP_DELETE, "/v1/backups/{id}",         SCOPE_SYSTEM_ADMIN, BODY_NONE, 0,     backups_delete },
	{ HTTP_GET,    "/v1/backups/{id}/content", SCOPE_SYSTEM_ADMIN, BODY_NONE, 0,     backups_content },

	{ HTTP_GET,    "/v1/tokens",      SCOPE_TOKENS_ADMIN, BODY_NONE, 0,     tokens_list },
	{ HTTP_POST,   "/v1/tokens",      SCOPE_TOKENS_ADMIN, BODY_JSON, SMALL, tokens_create },
	{ HTTP_DELETE, "/v1/tokens/{id}", SCOPE_TOKENS_ADMIN, BODY_NONE, 0,     tokens_revoke },
	{ HTTP_POST,   "/v1/tokens/{id}/rotate", SCOPE_TOKENS_ADMIN, BODY_JSON, SMALL, tokens_rotate },

	{ HTTP_GET,    "/v1/users",                       SCOPE_USERS_ADMIN, BODY_NONE,        0,     users_list },
	{ HTTP_POST,   "/v1/users",                       SCOPE_USERS_ADMIN, BODY_JSON,        SMALL, users_create },
	{ HTTP_GET,    "/v1/users/{id}",                  SCOPE_USERS_ADMIN, BODY_NONE,        0,     users_get },
	{ HTTP_PATCH,  "/v1/users/{id}",                  SCOPE_USERS_ADMIN, BODY_MERGE_PATCH, SMALL, users_patch },
	{ HTTP_DELETE, "/v1/users/{id}",                  SCOPE_USERS_ADMIN, BODY_NONE,        0,     users_delete },
	{ HTTP_DELETE, "/v1/users/{id}/totp",             SCOPE_USERS_ADMIN, BODY_NONE,        0,     users_remove_totp },
	{ HTTP_POST,   "/v1/users/{id}/activation-links", SCOPE_USERS_ADMIN, BODY_JSON,        SMALL, activation_links_create },

	{ HTTP_GET,    "/v1/calendar-subscriptions",              SCOPE_USERS_ADMIN, BODY_NONE,        0,     calendar_subscriptions_list },
	{ HTTP_POST,   "/v1/calendar-subscriptions",              SCOPE_USERS_ADMIN, BODY_JSON,        SMALL, calendar_subscriptions_create },
	{ HTTP_GET,    "/v1/calendar-subscriptions/{id}",         SCOPE_USERS_ADMIN, BODY_NONE,        0,     calendar_subscriptions_get },
	{ HTTP_PATCH,  "/v1/calendar-subscriptions/{id}",         SCOPE_USERS_ADMIN, BODY_MERGE_PATCH, SMALL, calendar_subscriptions_patch },
	{ HTTP_DELETE, "/v1/calendar-subscriptions/{id}",         SCOPE_USERS_ADMIN, BODY_NONE,        0,     calendar_subscriptions_delete },
	{ HTTP_POST,   "/v1/calendar-subscriptions/{id}/refresh", SCOPE_USERS_ADMIN, BODY_JSON,        SMALL, calendar_subscriptions_refresh },

	{ HTTP_POST,   "/v1/activations",      0,          BODY_JSON, SMALL, activations_create },
	{ HTTP_POST,   "/v1/setups",           0,          BODY_JSON, SMALL, setups_create },
	{ HTTP_POST,   "/v1/sessions",         0,          BODY_JSON, SMALL, sessions_create },
	{ HTTP_GET,    "/v1/sessions",         SCOPE_SELF, BODY_NONE, 0,     sessions_list },
	{ HTTP_DELETE, "/v1/sessions/{id}",    SCOPE_SELF, BODY_NONE, 0,     sessions_end },
	{ HTTP_DELETE, "/v1/sessions/current", SCOPE_SELF, BODY_NONE, 0,     sessions_end_current },

	{ HTTP_GET,    "/v1/me",                SCOPE_OWN,  BODY_NONE,        0,     me_get },
	{ HTTP_PATCH,  "/v1/me",                SCOPE_SELF, BODY_MERGE_PATCH, SMALL, me_patch },
	{ HTTP_PUT,    "/v1/me/password",       SCOPE_SELF, BODY_JSON,        SMALL, me_password_put },
	{ HTTP_POST,   "/v1/me/totp",           SCOPE_SELF, BODY_JSON,        SMALL, totp_create },
	{ HTTP_POST,   "/v1/me/totp/confirmations", SCOPE_SELF, BODY_JSON,    SMALL, totp_confirm },
	{ HTTP_POST,   "/v1/me/totp/removals",  SCOPE_SELF, BODY_JSON,        SMALL, totp_remove },
	{ HTTP_GET,    "/v1/me/tokens",         SCOPE_SELF, BODY_NONE,        0,     me_tokens_list },
	{ HTTP_POST,   "/v1/me/tokens",         SCOPE_SELF, BODY_JSON,        SMALL, me_tokens_create },
	{ HTTP_DELETE, "/v1/me/tokens/{id}",    SCOPE_SELF, BODY_NONE,        0,     me_tokens_revoke },
	{ HTTP_POST,   "/v1/me/tokens/{id}/rotate", SCOPE_SELF, BODY_JSON,    SMALL, me_tokens_rotate },
	{ HTTP_GET,    "/v1/me/calendar-subscriptions",              SCOPE_OWN, BODY_NONE,        0,     me_calendar_subscriptions_list },
	{ HTTP_POST,   "/v1/me/calendar-subscriptions",              SCOPE_OWN, BODY_JSON,        SMALL, me_calendar_subscriptions_create },
	{ HTTP_GET,    "/v1/me/calendar-subscriptions/{id}",         SCOPE_OWN, BODY_NONE,        0,     me_calendar_subscriptions_get },
	{ HTTP_PATCH,  "/v1/me/calendar-subscriptions/{id}",         SCOPE_OWN, BODY_MERGE_PATCH, SMALL, me_calendar_subscriptions_patch },
	{ HTTP_DELETE, "/v1/me/calendar-subscriptions/{id}",         SCOPE_OWN, BODY_NONE,        0,     me_calendar_subscriptions_delete },
	{ HTTP_POST,   "/v1/me/calendar-subscriptions/{id}/refresh", SCOPE_OWN, BODY_JSON,        SMALL, me_calendar_subscriptions_refresh },
	{ HTTP_GET,    "/v1/me/moves",          SCOPE_OWN,  BODY_NONE,        0,     me_moves_list },
	{ HTTP_POST,   "/v1/me/moves",          SCOPE_OWN,  BODY_JSON,        SMALL, me_moves_create },
	{ HTTP_GET,    "/v1/me/moves/{id}",     SCOPE_OWN,  BODY_NONE,        0,     me_moves_get },
	{ HTTP_PATCH,  "/v1/me/moves/{id}",     SCOPE_OWN,  BODY_MERGE_PATCH, SMALL, me_moves_patch },
	{ HTTP_DELETE, "/v1/me/moves/{id}",     SCOPE_OWN,  BODY_NONE,        0,     me_moves_delete },
	{ HTTP_POST,   "/v1/me/back-to-normal", SCOPE_OWN,  BODY_JSON,        SMALL, back_to_normal_create },
	{ HTTP_POST,   "/v1/me/redirect-lookups", SCOPE_OWN, BODY_JSON,       CALL,  me_redirect_lookups_create },
	{ HTTP_GET,    "/v1/me/changes",        SCOPE_OWN,  BODY_NONE,        0,     me_changes_list },
	{ HTTP_GET,    "/v1/me/redirect-logs",  SCOPE_OWN,  BODY_NONE,        0,     me_redirect_logs_list },

	{ HTTP_GET,    "/v1/webhook-endpoints",              SCOPE_WEBHOOKS_ADMIN, BODY_NONE,        0,     webhook_endpoints_list },
	{ HTTP_POST,   "/v1/webhook-endpoints",              SCOPE_WEBHOOKS_ADMIN, BODY_JSON,        SMALL, webhook_endpoints_create },
	{ HTTP_GET,    "/v1/webhook-endpoints/{id}",         SCOPE_WEBHOOKS_ADMIN, BODY_NONE,        0,     webhook_endpoints_get },
	{ HTTP_PATCH,  "/v1/webhook-endpoints/{id}",         SCOPE_WEBHOOKS_ADMIN, BODY_MERGE_PATCH, SMALL, webhook_endpoints_patch },
	{ HTTP_DELETE, "/v1/webhook-endpoints/{id}",         SCOPE_WEBHOOKS_ADMIN, BODY_NONE,        0,     webhook_endpoints_delete },
	{ HTTP_POST,   "/v1/webhook-endpoints/{id}/rotate",  SCOPE_WEBHOOKS_ADMIN, BODY_JSON,        SMALL, webhook_endpoints_rotate },
	{ HTTP_POST,   "/v1/webhook-endpoints/{id}/test",    SCOPE_WEBHOOKS_ADMIN, BODY_JSON,        SMALL, webhook_endpoints_test },
	{ HTTP_POST,   "/v1/webhook-endpoints/{id}/retries", SCOPE_WEBHOOKS_ADMIN, BODY_JSON,        SMALL, webhook_endpoints_retry },
	{ HTTP_GET,    "/v1/webhook-deliveries",             SCOPE_WEBHOOKS_ADMIN, BODY_NONE,        0,     webhook_deliveries_list },
	{ HTTP_GET,    "/v1/webhook-deliveries/{id}",        SCOPE_WEBHOOKS_ADMIN, BODY_NONE,        0,     webhook_deliveries_get },
	{ HTTP_POST,   "/v1/webhook-deliveries/{id}/retry",  SCOPE_WEBHOOKS_ADMIN, BODY_JSON,        SMALL, webhook_deliveries_retry_one },

	/* For whoever has the link: a form, and what it asks. */
	{ HTTP_GET,    "/move-links/{id}", 0, BODY_NONE,   0,     move_links_show },
	{ HTTP_POST,   "/move-links/{id}", 0, BODY_STREAM, SMALL, move_links_use },

	{ HTTP_GET,    "/v1/settings",        SCOPE_SYSTEM_READ,  BODY_NONE, 0,     settings_list },
	{ HTTP_POST,   "/v1/settings/reload", SCOPE_SYSTEM_ADMIN, BODY_JSON, SMALL, settings_reload },
	{ HTTP_GET,    "/v1/nodes",           SCOPE_SYSTEM_READ,  BODY_NONE, 0,     nodes_list },

	{ HTTP_GET,    "/v1/log-level", SCOPE_SYSTEM_READ,  BODY_NONE, 0,     log_level_show },
	{ HTTP_PUT,    "/v1/log-level", SCOPE_SYSTEM_ADMIN, BODY_JSON, SMALL, log_level_put },
	{ HTTP_GET,    "/v1/drain",     SCOPE_SYSTEM_READ,  BODY_NONE, 0,     drain_show },
	{ HTTP_PUT,    "/v1/drain",     SCOPE_SYSTEM_ADMIN, BODY_JSON, SMALL, drain_put },

	{ HTTP_GET,    "/",                   0, BODY_NONE, 0, portal_get },
	{ HTTP_GET,    "/portal/{path}",      0, BODY_NONE, 0, portal_files_get },
	{ HTTP_GET,    "/docs",               0, BODY_NONE, 0, docs_get },
	{ HTTP_GET,    "/docs/{id}",          0, BODY_NONE, 0, docs_files_get },
	{ HTTP_GET,    "/docs/problems",      0, BODY_NONE, 0, problems_list },
	{ HTTP_GET,    "/docs/problems/{id}", 0, BODY_NONE, 0, problems_get },
	{ HTTP_GET,    "/openapi.json",       0, BODY_NONE, 0, openapi_get },

	{ HTTP_GET,    "/livez",   0,                 BODY_NONE, 0, health_live },
	{ HTTP_GET,    "/readyz",  0,                 BODY_NONE, 0, health_ready },
	{ HTTP_GET,    "/metrics", SCOPE_SYSTEM_READ, BODY_NONE, 0, metrics_get },
};
/* clang-format on */

const size_t endpoint_count = sizeof(endpoints) / sizeof(*endpoints);

/* clang-format off */
const struct endpoint_media endpoint_media[] = {
	{ moves_list, { NULL }, { "application/json", "text/csv", "application/x-ndjson" } },
	{ redirect_logs_list, { NULL }, { "application/json", "text/csv", "application/x-ndjson" } },
	{ backups_content, { NULL }, { "application/vnd.sqlite3" } },
	{ move_imports_create, { "text/csv", "application/x-ndjson", "application/json", "text/calendar" }, { NULL } },
	{ hooks_receive, { "application/json", "application/cloudevents+json", "application/x-www-form-urlencoded" }, { "application/json" } },
	{ redirect_logs_stream, { NULL }, { "text/event-stream" } },
	{ portal_get, { NULL }, { "text/html" } },
	{ portal_files_get, { NULL }, { "text/javascript", "text/css", "image/svg+xml", "application/manifest+json", "text/plain" } },
	{ docs_get, { NULL }, { "text/html" } },
	{ move_links_show, { NULL }, { "text/html" } },
	{ move_links_use, { "application/x-www-form-urlencoded" }, { "text/html" } },
	{ docs_files_get, { NULL }, { "text/javascript", "text/css", "text/html" } },
	{ problems_list, { NULL }, { "application/json" } },
};
/* clang-format on */

const size_t endpoint_media_count =
	sizeof(endpoint_media) / sizeof(*endpoint_media);
