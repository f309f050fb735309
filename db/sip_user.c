#include "db/sip_user.h"

#include <string.h>

#include "base/sip_uri.h"
#include "base/utf8.h"
#include "db/value_check.h"

/* What would need an escape on the wire, or end the name before its end where
 * it is hashed, is in no name. */
static void check_username(const char *username, struct faults *faults)
{
	struct text text = text_of(username);

	if (text.len == 0)
		faults_add(faults, FAULT_BAD_FORMAT, "/username",
			   "must not be empty");
	else if (!utf8_is_printable(text) || strpbrk(username, "\":\\"))
		faults_add(faults, FAULT_BAD_FORMAT, "/username",
			   "must be printable text in one line, without a "
			   "quote, a colon or a backslash");
}

static void check_domain(struct sip_user *user, struct faults *faults)
{
	char canonical[SIP_CANONICAL_SIZE];
	struct writer writer = writer_over(canonical, sizeof(canonical));

	if (sip_host_canonical(text_of(user->domain), &writer) ||
	    writer.len > DOMAIN_NAME_MAX)
		faults_add(faults, FAULT_BAD_FORMAT, "/domain",
			   "must be the name of a domain that is served");
	else
		text_copy(writer_text(&writer), user->domain,
			  sizeof(user->domain));
}

void sip_user_validate(struct sip_user *user, struct faults *faults)
{
	check_username(user->username, faults);
	check_domain(user, faults);
	value_check_note(user->note, SIP_USER_NOTE_MAX, "/note", faults);
}

void sip_password_validate(struct text password, struct faults *faults)
{
	if (password.len < SIP_PASSWORD_MIN)
		faults_add(faults, FAULT_OUT_OF_RANGE, "/password",
			   "must be at least %d bytes long", SIP_PASSWORD_MIN);
	else if (!utf8_is_printable(password))
		faults_add(faults, FAULT_BAD_FORMAT, "/password",
			   "must be printable text in one line");
}

void domain_authentication_validate(
	const struct domain_authentication *authentication,
	struct faults *faults)
{
	if (authentication->algorithms == 0 ||
	    authentication->algorithms & ~(unsigned)DIGEST_ALL)
		faults_add(faults, FAULT_OUT_OF_RANGE, "/algorithms",
			   "must name at least one of SHA-512-256, SHA-256 "
			   "and MD5");
	if (authentication->nonce_seconds < NONCE_SECONDS_MIN ||
	    authentication->nonce_seconds > NONCE_SECONDS_MAX)
		faults_add(faults, FAULT_OUT_OF_RANGE, "/nonce_seconds",
			   "must be from %d to %d", NONCE_SECONDS_MIN,
			   NONCE_SECONDS_MAX);
}
