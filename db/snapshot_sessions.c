/*
 * The snapshot's section of sessions: pages by the first byte of the SHA-256 of
 * their secret, which nobody chooses. A log-in makes one page anew, and shares
 * the others with the snapshot before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "db/sessions.h"
#include "db/snapshot_state.h"

struct snapshot_session_page {
	size_t count;
	struct session list[];
};

int snapshot_session_page_new(const struct session *sessions, size_t count,
			      struct snapshot_session_page **ret_page)
{
	struct snapshot_session_page *page = NULL;

	if (count > 0) {
		page = malloc(sizeof(*page) + count * sizeof(*sessions));
		if (!page)
			return ENOMEM;
		page->count = count;
		memcpy(page->list, sessions, count * sizeof(*sessions));
	}
	*ret_page = page;
	return 0;
}

void snapshot_session_pages_free(struct snapshot *snapshot,
				 const struct snapshot *other)
{
	for (size_t i = 0; i < SNAPSHOT_SESSION_PAGES; i++)
		if (!other ||
		    snapshot->session_pages[i] != other->session_pages[i])
			free(snapshot->session_pages[i]);
}

const struct session *snapshot_session(const struct snapshot *snapshot,
				       const unsigned char secret_sha256[32])
{
	const struct snapshot_session_page *page =
		snapshot->session_pages[secret_sha256[0]];

	for (size_t i = 0; page && i < page->count; i++)
		if (!sodium_memcmp(page->list[i].secret_sha256, secret_sha256,
				   32))
			return &page->list[i];
	return NULL;
}
