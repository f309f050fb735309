#include "base/call_reason.h"

#include <stddef.h>

static const char *const names[CALL_REASONS] = {
	[CALL_MOVED] = "moved",
	[CALL_DOMAIN_UNKNOWN] = "domain_unknown",
	[CALL_ADDRESS_UNKNOWN] = "address_unknown",
	[CALL_NO_MOVE] = "no_move",
	[CALL_MOVE_NOT_STARTED] = "move_not_started",
	[CALL_NO_FIT_TARGET] = "no_fit_target",
	[CALL_TAG_REFUSED] = "tag_refused",
	[CALL_MALFORMED] = "malformed",
	[CALL_NO_DIALOG] = "no_dialog",
	[CALL_METHOD_NOT_ALLOWED] = "method_not_allowed",
	[CALL_SCHEME_UNSUPPORTED] = "scheme_unsupported",
	[CALL_MERGED] = "merged",
	[CALL_SERVER_ASKED] = "server_asked",
	[CALL_CANCEL] = "cancel",
	[CALL_SERVER_ERROR] = "server_error",
	[CALL_UNAUTHENTICATED] = "unauthenticated",
	[CALL_ANONYMOUS] = "anonymous",
	[CALL_OTHERWISE] = "otherwise",
	[CALL_TARGETS_NOT_ALLOWED] = "targets_not_allowed",
};

const char *call_reason_name(unsigned reason)
{
	return reason < CALL_REASONS ? names[reason] : NULL;
}
