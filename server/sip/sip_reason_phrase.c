#include "sip/sip_response.h"

struct phrase {
	uint16_t status;
	struct text text;
};

#define PHRASE(status, text)                   \
	{                                      \
		status,                        \
		{                              \
			text, sizeof(text) - 1 \
		}                              \
	}

static const struct phrase phrases[] = {
	PHRASE(302, "Moved Temporarily"),
	PHRASE(480, "Temporarily Unavailable"),
	PHRASE(404, "Not Found"),
	PHRASE(420, "Bad Extension"),
	PHRASE(200, "OK"),
	PHRASE(100, "Trying"),
	PHRASE(300, "Multiple Choices"),
	PHRASE(301, "Moved Permanently"),
	PHRASE(400, "Bad Request"),
	PHRASE(401, "Unauthorized"),
	PHRASE(403, "Forbidden"),
	PHRASE(405, "Method Not Allowed"),
	PHRASE(410, "Gone"),
	PHRASE(414, "Request-URI Too Long"),
	PHRASE(416, "Unsupported URI Scheme"),
	PHRASE(433, "Anonymity Disallowed"),
	PHRASE(481, "Call/Transaction Does Not Exist"),
	PHRASE(482, "Loop Detected"),
	PHRASE(487, "Request Terminated"),
	PHRASE(500, "Server Internal Error"),
	PHRASE(501, "Not Implemented"),
	PHRASE(503, "Service Unavailable"),
	PHRASE(505, "Version Not Supported"),
	PHRASE(513, "Message Too Large"),
};

struct text sip_reason_phrase(uint16_t status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].text;
	return TEXT("Refused");
}
