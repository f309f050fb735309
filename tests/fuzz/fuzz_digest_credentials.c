/*
 * An Authorization value on any bytes: every text of what was read lies within
 * it, nothing is read beyond it, and what was taken for a count is one.
 */
#include <stdlib.h>
#include <string.h>

#include "sip/digest_credentials.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void require_within(struct text text, struct text whole)
{
	require(text.len == 0 ||
		(text.ptr >= whole.ptr &&
		 text.ptr + text.len <= whole.ptr + whole.len));
}

static void check(const struct digest_credentials *credentials,
		  struct text whole)
{
	require_within(credentials->username, whole);
	require_within(credentials->realm, whole);
	require_within(credentials->nonce, whole);
	require_within(credentials->uri, whole);
	require_within(credentials->response, whole);
	require_within(credentials->nc, whole);
	require_within(credentials->cnonce, whole);
	require(credentials->algorithm < DIGEST_ALGORITHMS);
	require(credentials->has_qop == (credentials->nc.len == 8));
	require(credentials->has_qop || credentials->nonce_count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct digest_credentials credentials;
	char *copy = malloc(size ? size : 1);
	struct text whole = { copy, size };

	if (!copy)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	memset(&credentials, 0x5a, sizeof(credentials));
	if (!digest_credentials_read(whole, &credentials))
		check(&credentials, whole);
	free(copy);
	return 0;
}
