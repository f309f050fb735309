#include "base/sip_traffic.h"

const char *const sip_traffic_method_names[SIP_TRAFFIC_METHODS] = {
	"INVITE",  "ACK",	"CANCEL",  "OPTIONS", "REGISTER",
	"BYE",	   "PRACK",	"UPDATE",  "INFO",    "NOTIFY",
	"MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER",   "other",
};

/* clang-format off */
const char *const sip_traffic_status_names[SIP_TRAFFIC_STATUSES] = {
	[SIP_TRAFFIC_200] = "200",
	[SIP_TRAFFIC_301] = "301",
	[SIP_TRAFFIC_302] = "302",
	[SIP_TRAFFIC_400] = "400",
	[SIP_TRAFFIC_401] = "401",
	[SIP_TRAFFIC_404] = "404",
	[SIP_TRAFFIC_405] = "405",
	[SIP_TRAFFIC_414] = "414",
	[SIP_TRAFFIC_416] = "416",
	[SIP_TRAFFIC_420] = "420",
	[SIP_TRAFFIC_480] = "480",
	[SIP_TRAFFIC_481] = "481",
	[SIP_TRAFFIC_482] = "482",
	[SIP_TRAFFIC_501] = "501",
	[SIP_TRAFFIC_503] = "503",
	[SIP_TRAFFIC_505] = "505",
	[SIP_TRAFFIC_513] = "513",
	[SIP_TRAFFIC_OTHER_STATUS] = "other",
};
/* clang-format on */

const char *const sip_traffic_event_names[SIP_TRAFFIC_EVENTS] = {
	[SIP_TRAFFIC_DATAGRAMS] = "datagrams",
	[SIP_TRAFFIC_NOISE] = "noise",
	[SIP_TRAFFIC_RESPONSES_IN] = "responses_in",
	[SIP_TRAFFIC_KEEPALIVES] = "keepalives",
	[SIP_TRAFFIC_RETRANSMITS_IN] = "retransmits_in",
	[SIP_TRAFFIC_RETRANSMITS_OUT] = "retransmits_out",
	[SIP_TRAFFIC_ACKS] = "acks",
	[SIP_TRAFFIC_STRAY_ACKS] = "stray_acks",
	[SIP_TRAFFIC_STATELESS] = "stateless",
	[SIP_TRAFFIC_SEND_ERRORS] = "send_errors",
	[SIP_TRAFFIC_LOG_DROPS] = "log_drops",
	[SIP_TRAFFIC_OVERSIZE_ANSWERS] = "oversize_answers",
	[SIP_TRAFFIC_CONNECTIONS] = "connections",
	[SIP_TRAFFIC_CONNECTIONS_REFUSED] = "connections_refused",
	[SIP_TRAFFIC_CONNECTION_TIMEOUTS] = "connection_timeouts",
	[SIP_TRAFFIC_TLS_HANDSHAKES] = "tls_handshakes",
	[SIP_TRAFFIC_TLS_FAILURES] = "tls_failures",
	[SIP_TRAFFIC_DENIED] = "denied",
	[SIP_TRAFFIC_BANNED] = "banned",
	[SIP_TRAFFIC_LIMITED] = "limited",
	[SIP_TRAFFIC_SLIPPED] = "slipped",
	[SIP_TRAFFIC_SCANNER] = "scanner",
	[SIP_TRAFFIC_PATTERN_BANS] = "pattern_bans",
	[SIP_TRAFFIC_CREDENTIALS_WRONG] = "credentials_wrong",
	[SIP_TRAFFIC_CREDENTIALS_STALE] = "credentials_stale",
	[SIP_TRAFFIC_CAPTURE_DROPS] = "capture_drops",
	[SIP_TRAFFIC_TARGETS_WITHHELD] = "targets_withheld",
};

const uint32_t sip_traffic_bucket_us[SIP_TRAFFIC_BUCKETS] = {
	5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, UINT32_MAX,
};
