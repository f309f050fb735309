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
#define ANSWER_STYLE_JSON                                                      \
	"'answer_style', json_object('status', style_status, 'contacts_max', " \
	"style_contacts_max, 'one_header', style_one_header, "                 \
	"'contact_expires', style_contact_expires, 'diversion', "              \
	"style_diversion, 'history_info', style_history_info, 'cause', "       \
	"style_cause, 'contact_template', style_contact_template)"

/* Members of the audit's JSON. */
#define DOMAIN_SETTINGS_JSON                                                  \
	"'ignore_user_case', json(iif(ignore_user_case, 'true', 'false')), "  \
	"'uniform_refusal', json(iif(uniform_refusal, 'true', 'false')), "    \
	"'reject_anonymous', json(iif(reject_anonymous, 'true', 'false')), "  \
	"'otherwise', json_object('redirects', otherwise_redirects, "         \
	"'target_template', otherwise_template), "                            \
	"'register', json_object('redirects', register_redirects, 'target', " \
	"register_target), "                                                  \
	"'retry_after', json_object('mode', retry_after, 'seconds', "         \
	"retry_after_seconds), 'unavailable_phrase', "                        \
	"unavailable_phrase, " ANSWER_STYLE_JSON

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
