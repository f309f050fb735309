/*
 * domain_settings_rows.h - a domain's settings in its row. Inside db/ only;
 * store thread.
 */
#ifndef SIPMOVED_DB_DOMAIN_SETTINGS_ROWS_H
#define SIPMOVED_DB_DOMAIN_SETTINGS_ROWS_H

#include "db/changes_state.h"

/* In the order that read and bind have them. */
#define DOMAIN_SETTINGS_COLUMNS                                             \
	"ignore_user_case, uniform_refusal, reject_anonymous, "             \
	"otherwise_redirects, otherwise_template, register_redirects, "     \
	"register_target, retry_after, retry_after_seconds, style_status, " \
	"style_contacts_max, style_one_header, style_contact_expires, "     \
	"style_diversion, style_history_info, style_cause, "                \
	"style_contact_template, unavailable_phrase"

/* Of any row with an answer style. */
#define ANSWER_STYLE_JSON                                                  \
	"'answer_style', json_object('status', nullif(style_status, 0), "  \
	"'contacts_max', style_contacts_max, 'one_header', "               \
	"json_bool(style_one_header), 'contact_expires', "                 \
	"contact_expires_word(style_contact_expires), 'diversion', "       \
	"json_bool(style_diversion), 'history_info', "                     \
	"json_bool(style_history_info), 'cause', json_bool(style_cause), " \
	"'contact_template', nullif(style_contact_template, ''))"

/* Members of the audit's JSON. */
#define DOMAIN_SETTINGS_JSON                                                 \
	"'ignore_user_case', json_bool(ignore_user_case), "                  \
	"'uniform_refusal', json_bool(uniform_refusal), "                    \
	"'reject_anonymous', json_bool(reject_anonymous), "                  \
	"'otherwise', json_object('action', iif(otherwise_redirects, "       \
	"'redirect', 'refuse'), 'target_template', "                         \
	"nullif(otherwise_template, '')), "                                  \
	"'register', json_object('action', iif(register_redirects, "         \
	"'redirect', 'refuse'), 'target', nullif(register_target, '')), "    \
	"'retry_after', json_object('mode', retry_after_word(retry_after), " \
	"'seconds', nullif(retry_after_seconds, 0)), 'unavailable_phrase', " \
	"nullif(unavailable_phrase, ''), " ANSWER_STYLE_JSON

/* What the file holds is not trusted: what is out of its range is off. */
void domain_settings_read(sqlite3_stmt *row, int first_column,
			  struct domain_settings *settings);

/* The style_ columns of any row, from `at` on; what is out of its range is
 * off. */
void answer_style_read(sqlite3_stmt *row, int at, struct answer_style *style);
void answer_style_bind(sqlite3_stmt *statement, int at,
		       const struct answer_style *style);

/* Writes them into the row. */
int domain_settings_update(struct changes *changes, int64_t row_id,
			   const struct domain_settings *settings)
	__attribute__((warn_unused_result));

/*
 * EINVAL, and a fault: calls would be sent on to a domain that sends its own
 * on, so that they could come round.
 */
int domain_settings_check_chain(struct changes *changes,
				const struct domain *domain,
				struct faults *faults)
	__attribute__((warn_unused_result));

/*
 * Addresses of the domain and all that names them get their user part in lower
 * case. EEXIST: see conflict; E2BIG: too many to change at once.
 */
int domain_rekey(struct changes *changes, const struct domain *domain,
		 struct domain_conflict *conflict)
	__attribute__((warn_unused_result));

#endif
