#include "sip/source_notices.h"

void source_notices_put(struct source_notices *notices,
			const struct source_notice *notice)
{
	uint32_t put =
		atomic_load_explicit(&notices->put, memory_order_relaxed);
	uint32_t taken =
		atomic_load_explicit(&notices->taken, memory_order_acquire);

	if (put - taken == SOURCE_NOTICES_MAX) {
		atomic_fetch_add_explicit(&notices->dropped, 1,
					  memory_order_relaxed);
		return;
	}
	notices->ring[put % SOURCE_NOTICES_MAX] = *notice;
	atomic_store_explicit(&notices->put, put + 1, memory_order_release);
}

bool source_notices_take(struct source_notices *notices,
			 struct source_notice *ret_notice)
{
	uint32_t taken =
		atomic_load_explicit(&notices->taken, memory_order_relaxed);

	if (taken == atomic_load_explicit(&notices->put, memory_order_acquire))
		return false;
	*ret_notice = notices->ring[taken % SOURCE_NOTICES_MAX];
	atomic_store_explicit(&notices->taken, taken + 1, memory_order_release);
	return true;
}

const char *source_notice_name(enum source_notice_kind kind)
{
	static const char *const names[] = {
		[SOURCE_NOTICE_DENIED] = "denied",
		[SOURCE_NOTICE_BANNED] = "banned",
		[SOURCE_NOTICE_LIMITED] = "limited",
		[SOURCE_NOTICE_SCANNER] = "scanner",
	};

	return names[kind];
}
