#include "db/domain.h"

#include <string.h>

#include "base/sip_uri.h"
#include "db/value_check.h"

static void check_name(struct domain *domain, struct faults *faults)
{
	struct text name = { domain->name,
			     strnlen(domain->name, sizeof(domain->name)) };
	char canonical[SIP_CANONICAL_SIZE];
	struct writer writer = writer_over(canonical, sizeof(canonical));

	if (name.len == 0)
		faults_add(faults, FAULT_BAD_FORMAT, "/name",
			   "must not be empty");
	else if (sip_host_canonical(name, &writer) != 0)
		faults_add(faults, FAULT_BAD_FORMAT, "/name",
			   "must be a host name such as example.com, or an IP "
			   "address; other than ASCII letters in their xn-- "
			   "form");
	else if (writer.len > DOMAIN_NAME_MAX)
		faults_add(faults, FAULT_TOO_LONG, "/name",
			   "must not be longer than %d bytes", DOMAIN_NAME_MAX);
	else
		text_copy(writer_text(&writer), domain->name,
			  sizeof(domain->name));
}

void domain_validate(struct domain *domain, struct faults *faults)
{
	check_name(domain, faults);
	value_check_note(domain->note, DOMAIN_NOTE_MAX, "/note", faults);
	domain_settings_validate(&domain->settings, text_of(domain->name),
				 faults);
}
