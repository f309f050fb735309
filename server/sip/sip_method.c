#include "sip/sip_method.h"

static const struct text names[] = {
	[SIP_INVITE] = TEXT("INVITE"),	    [SIP_ACK] = TEXT("ACK"),
	[SIP_CANCEL] = TEXT("CANCEL"),	    [SIP_OPTIONS] = TEXT("OPTIONS"),
	[SIP_REGISTER] = TEXT("REGISTER"),  [SIP_BYE] = TEXT("BYE"),
	[SIP_PRACK] = TEXT("PRACK"),	    [SIP_UPDATE] = TEXT("UPDATE"),
	[SIP_INFO] = TEXT("INFO"),	    [SIP_NOTIFY] = TEXT("NOTIFY"),
	[SIP_MESSAGE] = TEXT("MESSAGE"),    [SIP_SUBSCRIBE] = TEXT("SUBSCRIBE"),
	[SIP_PUBLISH] = TEXT("PUBLISH"),    [SIP_REFER] = TEXT("REFER"),
	[SIP_METHOD_OTHER] = TEXT("OTHER"),
};

const char *sip_method_name(enum sip_method method)
{
	return names[method].ptr;
}

enum sip_method sip_method_of(struct text name)
{
	for (enum sip_method method = SIP_INVITE; method < SIP_METHOD_OTHER;
	     method++)
		if (text_equals(name, names[method]))
			return method;
	return SIP_METHOD_OTHER;
}
