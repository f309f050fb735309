#include "db/inbound_source.h"

#include <string.h>

#include "db/value_check.h"

const char *const inbound_kind_names[] = { "bearer",	    "standard-webhooks",
					   "github",	    "stripe",
					   "slack",	    "hmac",
					   "slack-command", NULL };
const char *const inbound_encoding_names[] = { "hex", "base64", NULL };
const char *const inbound_algorithm_names[] = { "sha256", "sha512", NULL };
const char *const inbound_on_conflict_names[] = { "fail", "replace", NULL };

bool inbound_header_is_valid(const char *header)
{
	for (const char *c = header; *c; c++) {
		char lower = ascii_lower(*c);

		if (!((lower >= 'a' && lower <= 'z') ||
		      (*c >= '0' && *c <= '9') ||
		      strchr("!#$%&'*+-.^_`|~", *c)))
			return false;
	}
	return header[0] != '\0';
}

static void check_header(const char *header, const char *pointer,
			 struct faults *faults)
{
	if (header[0] && !inbound_header_is_valid(header))
		faults_add(faults, FAULT_BAD_FORMAT, pointer,
			   "must be the name of a header field");
}

static void check_hmac(const struct inbound_source *source,
		       struct faults *faults)
{
	if (source->kind == INBOUND_HMAC) {
		if (!source->header[0])
			faults_add(faults, FAULT_MISSING_MEMBER, "/header",
				   "is required: the field with the signature");
		for (const char *c = source->prefix; *c; c++)
			if (*c <= ' ' || *c > '~') {
				faults_add(faults, FAULT_BAD_FORMAT, "/prefix",
					   "must be visible ASCII");
				break;
			}
		return;
	}
	if (source->encoding != INBOUND_HEX ||
	    source->algorithm != INBOUND_SHA256)
		faults_add(faults, FAULT_CONFLICTS_WITH_OTHER_MEMBER,
			   source->encoding ? "/encoding" : "/algorithm",
			   "is for the kind hmac; this one has its own");
	if (source->header[0])
		faults_add(faults, FAULT_CONFLICTS_WITH_OTHER_MEMBER, "/header",
			   "is for the kind hmac; this one has its own");
	if (source->prefix[0])
		faults_add(faults, FAULT_CONFLICTS_WITH_OTHER_MEMBER, "/prefix",
			   "is for the kind hmac; this one has its own");
}

void inbound_source_validate(struct inbound_source *source,
			     struct faults *faults)
{
	if (!source->name[0])
		faults_add(faults, FAULT_BAD_FORMAT, "/name",
			   "must not be empty");
	value_check_note(source->name, INBOUND_NAME_MAX, "/name", faults);
	value_check_note(source->note, INBOUND_NOTE_MAX, "/note", faults);
	check_header(source->header, "/header", faults);
	check_header(source->dedupe_header, "/dedupe_header", faults);
	check_hmac(source, faults);
	if (source->dedupe_pointer[0] && source->dedupe_pointer[0] != '/')
		faults_add(faults, FAULT_BAD_FORMAT, "/dedupe_pointer",
			   "must be a JSON pointer: it begins with /");
	if (source->dedupe_pointer[0] && source->dedupe_header[0])
		faults_add(faults, FAULT_CONFLICTS_WITH_OTHER_MEMBER,
			   "/dedupe_pointer",
			   "cannot be given together with `dedupe_header`");
	if (source->kind == INBOUND_SLACK_COMMAND && source->dedupe_pointer[0])
		faults_add(faults, FAULT_CONFLICTS_WITH_OTHER_MEMBER,
			   "/dedupe_pointer",
			   "is for JSON, and a slash command is a form");
}
