#include "db/domain_settings_rows.h"

#include <errno.h>
#include <string.h>

#include "base/contact_template.h"

static bool read_bool(sqlite3_stmt *row, int column)
{
	return sqlite3_column_int64(row, column) != 0;
}

/* 0 if it is above the maximum. */
static unsigned read_number(sqlite3_stmt *row, int column, int64_t maximum)
{
	int64_t value = sqlite3_column_int64(row, column);

	return value > 0 && value <= maximum ? (unsigned)value : 0;
}

/* A URI that was cut is another URI. */
static void read_uri(sqlite3_stmt *row, int column,
		     char buffer[ANSWER_TEMPLATE_MAX + 1])
{
	struct text text = statement_text(row, column);

	if (memchr(text.ptr, '\0', text.len) ||
	    !text_copy(text, buffer, ANSWER_TEMPLATE_MAX + 1))
		buffer[0] = '\0';
}

/* One byte wrong in it would be another line of every answer. */
static void read_phrase(sqlite3_stmt *row, int column,
			char buffer[UNAVAILABLE_PHRASE_MAX + 1])
{
	struct text text = statement_text(row, column);

	if (!reason_phrase_is_sendable(text) ||
	    !text_copy(text, buffer, UNAVAILABLE_PHRASE_MAX + 1))
		buffer[0] = '\0';
}

void answer_style_read(sqlite3_stmt *row, int at, struct answer_style *style)
{
	style->status = (uint16_t)read_number(row, at, 302);
	style->contacts_max =
		(uint8_t)read_number(row, at + 1, MOVE_TARGETS_MAX);
	style->contacts_max = answer_style_contacts(style);
	style->is_one_header = read_bool(row, at + 2);
	style->expires = (enum contact_expires)read_number(
		row, at + 3, CONTACT_EXPIRES_NEXT_CHANGE);
	style->has_diversion = read_bool(row, at + 4);
	style->has_history_info = read_bool(row, at + 5);
	style->has_cause = read_bool(row, at + 6);
	read_uri(row, at + 7, style->contact_template);
	if (style->status != 300 && style->status != 302)
		style->status = 0;
}

void domain_settings_read(sqlite3_stmt *row, int at,
			  struct domain_settings *settings)
{
	*settings = (struct domain_settings){
		.ignores_user_case = read_bool(row, at),
		.refuses_uniformly = read_bool(row, at + 1),
		.rejects_anonymous = read_bool(row, at + 2),
		.redirects_otherwise = read_bool(row, at + 3),
		.redirects_register = read_bool(row, at + 5),
		.retry_after = (enum retry_after)read_number(row, at + 7,
							     RETRY_AFTER_FIXED),
		.retry_after_s =
			read_number(row, at + 8, RETRY_AFTER_SECONDS_MAX),
	};
	read_uri(row, at + 4, settings->otherwise_template);
	read_uri(row, at + 6, settings->register_target);
	answer_style_read(row, at + 9, &settings->style);
	read_phrase(row, at + 17, settings->unavailable_phrase);
}

void answer_style_bind(sqlite3_stmt *statement, int at,
		       const struct answer_style *style)
{
	sqlite3_bind_int(statement, at, style->status);
	sqlite3_bind_int(statement, at + 1, answer_style_contacts(style));
	sqlite3_bind_int(statement, at + 2, style->is_one_header);
	sqlite3_bind_int(statement, at + 3, style->expires);
	sqlite3_bind_int(statement, at + 4, style->has_diversion);
	sqlite3_bind_int(statement, at + 5, style->has_history_info);
	sqlite3_bind_int(statement, at + 6, style->has_cause);
	statement_bind_string(statement, at + 7, style->contact_template);
}

int domain_settings_update(struct changes *changes, int64_t row_id,
			   const struct domain_settings *settings)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE domain SET (" DOMAIN_SETTINGS_COLUMNS ") = (?2, ?3, "
		"?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
		"?17, ?18, ?19) WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row_id);
	sqlite3_bind_int(statement, 2, settings->ignores_user_case);
	sqlite3_bind_int(statement, 3, settings->refuses_uniformly);
	sqlite3_bind_int(statement, 4, settings->rejects_anonymous);
	sqlite3_bind_int(statement, 5, settings->redirects_otherwise);
	statement_bind_string(statement, 6, settings->otherwise_template);
	sqlite3_bind_int(statement, 7, settings->redirects_register);
	statement_bind_string(statement, 8, settings->register_target);
	sqlite3_bind_int(statement, 9, settings->retry_after);
	sqlite3_bind_int64(statement, 10, settings->retry_after_s);
	answer_style_bind(statement, 11, &settings->style);
	statement_bind_string(statement, 19, settings->unavailable_phrase);
	changes->user_case = CASE_NOT_ASKED;
	return statement_run(statement);
}

/* The canonical host that the template leads to; empty: the domain itself. */
static struct text template_host(const struct domain *domain, char *buffer,
				 size_t size)
{
	static const char sample[] = "sip:somebody@template-host.invalid";
	char text[ANSWER_TEMPLATE_MAX + sizeof(sample)];
	struct writer writer = writer_over(text, sizeof(text));
	struct writer host = writer_over(buffer, size);
	struct sip_uri uri;

	if (sip_uri_parse(text_of(sample), &uri) ||
	    contact_template_write(text_of(domain->settings.otherwise_template),
				   &uri, &writer) ||
	    sip_uri_parse(writer_text(&writer), &uri) ||
	    sip_host_canonical(uri.host, &host))
		return (struct text){ 0 };
	return writer_text(&host);
}

int domain_settings_check_chain(struct changes *changes,
				const struct domain *domain,
				struct faults *faults)
{
	char buffer[SIP_CANONICAL_SIZE];
	sqlite3_stmt *statement;
	struct text host;
	bool row;
	int err;

	if (!domain->settings.redirects_otherwise)
		return 0;
	host = template_host(domain, buffer, sizeof(buffer));
	if (text_equals(host, text_of(domain->name)))
		return 0;
	err = database_statement(changes->database,
				 "SELECT 1 FROM domain WHERE name = ?1 "
				 "AND otherwise_redirects LIMIT 1",
				 &statement);
	if (err)
		return err;
	statement_bind_text(statement, 1, host);
	err = statement_step(statement, &row);
	if (err)
		return err;
	sqlite3_reset(statement);
	if (!row)
		return 0;
	faults_add(faults, FAULT_BAD_TARGET, "/otherwise/target_template",
		   "leads to the domain %.*s, which sends its own calls on: "
		   "name the last one",
		   TEXT_ARG(host));
	return EINVAL;
}
