#include "sip/source_log.h"

#include "base/log.h"

bool source_log_may_write(struct source_log *log, int64_t now_ms,
			  uint64_t *ret_left_out)
{
	int64_t minute = now_ms / 60000;

	*ret_left_out = 0;
	if (minute != log->minute) {
		*ret_left_out = log->left_out;
		*log = (struct source_log){ .minute = minute };
	}
	if (log->lines == SOURCE_LOG_LINES_PER_MINUTE) {
		log->left_out++;
		return false;
	}
	log->lines++;
	return true;
}

void source_log_write(struct source_log *log, struct source_notices *notices,
		      int64_t now_ms)
{
	struct source_notice notice;
	uint64_t left_out;

	log->left_out += atomic_exchange_explicit(&notices->dropped, 0,
						  memory_order_relaxed);
	while (source_notices_take(notices, &notice)) {
		bool may_write = source_log_may_write(log, now_ms, &left_out);
		char buffer[IP_NETWORK_SIZE];
		struct writer writer = writer_over(buffer, sizeof(buffer));

		if (left_out > 0)
			log_info("sources_left_out", "count=%llu",
				 (unsigned long long)left_out);
		if (!may_write)
			continue;
		ip_address_write(&notice.address, &writer);
		log_info("source_refused", "reason=%s source=%.*s",
			 source_notice_name(notice.kind),
			 TEXT_ARG(writer_text(&writer)));
	}
}
