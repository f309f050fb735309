#include "db/peer_profile.h"

#include <string.h>

#include "base/utf8.h"
#include "db/value_check.h"

const struct peer_preset peer_presets[] = {
	{ "generic",
	  "What every known caller can read: 302, or 301 for a permanent move, "
	  "with a line for each Contact, best first, and nothing beside.",
	  { .contacts_max = 8 } },
	{ "asterisk",
	  "Asterisk PJSIP takes who forwarded from Diversion, and only from a "
	  "302; with redirect_method=uri_pjsip it tries all Contacts in turn.",
	  { .status = 302, .contacts_max = 8, .has_diversion = true } },
	{ "freeswitch",
	  "FreeSWITCH calls the first Contact of the message alone: it gets "
	  "the "
	  "best one.",
	  { .status = 302, .contacts_max = 1 } },
	{ "baresip",
	  "baresip calls the first Contact whatever its q, and splits a line "
	  "at "
	  "each comma: it gets the best one.",
	  { .status = 302, .contacts_max = 1 } },
	{ "kamailio",
	  "Kamailio's uac_redirect tries up to 16 Contacts by q and tells its "
	  "callers who forwarded if it is told: all Contacts, Diversion.",
	  { .contacts_max = 8, .has_diversion = true } },
	{ "twilio",
	  "Twilio's trunks follow few redirects, to public SIP addresses: 302 "
	  "with the best Contact, and nothing beside.",
	  { .status = 302, .contacts_max = 1 } },
};
const size_t peer_preset_count = sizeof(peer_presets) / sizeof(*peer_presets);

const struct peer_preset *peer_preset_of_name(struct text name)
{
	for (size_t i = 0; i < peer_preset_count; i++)
		if (text_equals(name, text_of(peer_presets[i].name)))
			return &peer_presets[i];
	return NULL;
}

static void name_it(struct peer_profile *profile)
{
	struct writer writer =
		writer_over(profile->name, sizeof(profile->name) - 1);

	writer_put(&writer, profile->preset[0] ? text_of(profile->preset)
					       : TEXT("profile"));
	writer_put(&writer, TEXT(" "));
	writer_put(&writer, profile->network[0] ? text_of(profile->network)
						: TEXT("any network"));
	if (profile->listener[0]) {
		writer_put(&writer, TEXT(" "));
		writer_put(&writer, text_of(profile->listener));
	}
	profile->name[writer_text(&writer).len] = '\0';
}

static void check_preset(struct peer_profile *profile, struct faults *faults)
{
	const struct peer_preset *preset;
	char known[128];
	struct writer writer = writer_over(known, sizeof(known));

	if (!profile->preset[0])
		return;
	preset = peer_preset_of_name(text_of(profile->preset));
	if (preset) {
		if (!answer_style_equals(&profile->style, &preset->style))
			profile->preset[0] = '\0';
		return;
	}
	for (size_t i = 0; i < peer_preset_count; i++) {
		writer_put(&writer, i ? TEXT(", ") : TEXT(""));
		writer_put(&writer, text_of(peer_presets[i].name));
	}
	faults_add(faults, FAULT_UNKNOWN_PRESET, "/preset",
		   "must be one of %.*s", TEXT_ARG(writer_text(&writer)));
}

void peer_profile_validate(struct peer_profile *profile, struct faults *faults)
{
	if (profile->network[0])
		source_network_check(profile->network, faults);
	source_listener_check(profile->listener, faults);
	if (!profile->name[0])
		name_it(profile);
	value_check_note(profile->name, PEER_PROFILE_NAME_MAX, "/name", faults);
	value_check_note(profile->note, SOURCE_NOTE_MAX, "/note", faults);
	answer_style_validate(&profile->style, "/answer_style", faults);
	check_preset(profile, faults);
}
