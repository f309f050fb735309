#include "sip/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <sodium.h>

#include "sip/digest_credentials.h"

struct digest_guard {
	struct digest_hasher *hasher;
	struct digest_nonces *nonces;
};

int digest_guard_new(const struct hash_key *secret, unsigned worker,
		     struct digest_guard **ret_guard)
{
	struct digest_guard *guard = calloc(1, sizeof(*guard));
	int err;

	if (!guard)
		return ENOMEM;
	err = digest_hasher_new(&guard->hasher);
	if (!err)
		err = digest_nonces_new(secret, worker, &guard->nonces);
	if (err) {
		digest_guard_free(guard);
		return err;
	}
	*ret_guard = guard;
	return 0;
}

void digest_guard_free(struct digest_guard *guard)
{
	if (!guard)
		return;
	digest_hasher_free(guard->hasher);
	digest_nonces_free(guard->nonces);
	free(guard);
}

/* --- for which domain ------------------------------------------------------
 */

static struct text canonical_host(const struct sip_uri *uri, char *buffer,
				  size_t size)
{
	struct writer writer = writer_over(buffer, size);

	if (sip_host_canonical(uri->host, &writer) ||
	    !writer_is_complete(&writer))
		writer.len = 0;
	return writer_text(&writer);
}

static bool has_sip_host(const struct sip_uri *uri)
{
	return uri->scheme == SIP_SCHEME_SIP || uri->scheme == SIP_SCHEME_SIPS;
}

static const struct snapshot_authentication *wanted_by(
	const struct snapshot *snapshot, const struct sip_uri *uri)
{
	char buffer[SIP_CANONICAL_SIZE];

	if (!has_sip_host(uri))
		return NULL;
	return snapshot_authentication(
		snapshot, canonical_host(uri, buffer, sizeof(buffer)));
}

/* --- what it shows -------------------------------------------------------- */

/* The first that is for this realm, by an algorithm that we named: that is what
 * RFC 8760 2.4 has a client send. */
static bool find_credentials(const struct sip_request *request,
			     const struct snapshot_authentication *wanted,
			     struct digest_credentials *ret_credentials)
{
	for (size_t i = 0; i < request->authorization_count; i++) {
		if (digest_credentials_read(request->authorizations[i],
					    ret_credentials) ||
		    !text_equals(ret_credentials->realm, wanted->realm) ||
		    !(wanted->algorithms & 1U << ret_credentials->algorithm))
			continue;
		return true;
	}
	return false;
}

static bool is_own_host(const struct digest_question *question,
			struct text host)
{
	for (size_t i = 0; i < question->own_host_count; i++)
		if (text_equals(question->own_hosts[i], host))
			return true;
	return false;
}

/*
 * RFC 3261 22.4 (5), RFC 8760 2.6: it may differ from the Request-URI, since
 * proxies rewrite that one, but must name what we would answer for: the domain
 * (or a number), or this server's address, which some clients put there.
 */
static bool is_uri_ours(const struct digest_question *question,
			const struct snapshot_authentication *wanted,
			struct text uri_text)
{
	char buffer[SIP_CANONICAL_SIZE];
	struct sip_uri uri;
	struct text host;

	if (uri_text.len > SIP_URI_MAX || sip_uri_parse(uri_text, &uri))
		return false;
	if (!has_sip_host(&uri))
		return uri.scheme == SIP_SCHEME_TEL;
	host = canonical_host(&uri, buffer, sizeof(buffer));
	return text_equals(host, wanted->realm) || is_own_host(question, host);
}

/* RFC 7616 3.4.1, with and without qop. */
static int expected_response(struct digest_guard *guard,
			     const struct digest_credentials *credentials,
			     const struct digest_secrets *secrets,
			     struct text method, char hex[DIGEST_HEX_MAX])
{
	enum digest_algorithm algorithm = credentials->algorithm;
	const struct text a2[] = { method, credentials->uri };
	unsigned char digest[DIGEST_SIZE_MAX];
	char ha1[DIGEST_HEX_MAX];
	char ha2[DIGEST_HEX_MAX];
	struct text parts[6];
	size_t count = 0;
	int err = digest_hash(guard->hasher, algorithm, a2, 2, digest);

	if (err)
		return err;
	parts[count++] = digest_hex(algorithm, secrets->ha1[algorithm], ha1);
	parts[count++] = credentials->nonce;
	if (credentials->has_qop) {
		parts[count++] = credentials->nc;
		parts[count++] = credentials->cnonce;
		parts[count++] = TEXT("auth");
	}
	parts[count++] = digest_hex(algorithm, digest, ha2);
	err = digest_hash(guard->hasher, algorithm, parts, count, digest);
	if (!err)
		(void)digest_hex(algorithm, digest, hex);
	return err;
}

/* An unknown user costs what a known one does. */
static bool knows_password(struct digest_guard *guard,
			   const struct snapshot *snapshot,
			   const struct digest_credentials *credentials,
			   struct text method)
{
	static const struct digest_secrets nobody;
	const struct digest_secrets *secrets = snapshot_sip_user(
		snapshot, credentials->realm, credentials->username);
	size_t len = 2 * digest_size(credentials->algorithm);
	bool is_known = secrets != NULL;
	char expected[DIGEST_HEX_MAX];
	bool is_equal;

	if (credentials->response.len != len ||
	    expected_response(guard, credentials, is_known ? secrets : &nobody,
			      method, expected))
		return false;
	is_equal = sodium_memcmp(expected, credentials->response.ptr, len) == 0;
	return is_known && is_equal;
}

static bool is_nonce_good(struct digest_guard *guard,
			  const struct snapshot_authentication *wanted,
			  const struct digest_nonce_scope *scope,
			  const struct digest_credentials *credentials,
			  int64_t now_ms)
{
	return digest_nonce_is_fresh(guard->nonces, scope, credentials->nonce,
				     now_ms, wanted->nonce_lifetime_ms) &&
	       digest_nonce_use(guard->nonces, credentials->nonce,
				credentials->nonce_count);
}

static enum digest_outcome judge(struct digest_guard *guard,
				 const struct snapshot *snapshot,
				 const struct digest_question *question,
				 const struct snapshot_authentication *wanted,
				 const struct digest_nonce_scope *scope)
{
	struct digest_credentials credentials;

	if (!find_credentials(question->request, wanted, &credentials))
		return DIGEST_UNPROVEN;
	if ((wanted->is_qop_needed && !credentials.has_qop) ||
	    !is_uri_ours(question, wanted, credentials.uri) ||
	    !knows_password(guard, snapshot, &credentials,
			    question->request->method_text))
		return DIGEST_WRONG;
	return is_nonce_good(guard, wanted, scope, &credentials,
			     question->now_ms)
		       ? DIGEST_ACCEPTED
		       : DIGEST_STALE;
}

void digest_check(struct digest_guard *guard, const struct snapshot *snapshot,
		  const struct digest_question *question,
		  struct digest_verdict *ret_verdict)
{
	const struct snapshot_authentication *wanted =
		wanted_by(snapshot, &question->request->uri);
	struct digest_challenge *challenge = &ret_verdict->challenge;
	struct digest_nonce_scope scope;

	ret_verdict->outcome = DIGEST_NOT_ASKED;
	if (!wanted)
		return;
	scope.realm = wanted->realm;
	scope.source = wanted->is_nonce_bound ? question->source : TEXT("");
	ret_verdict->outcome = judge(guard, snapshot, question, wanted, &scope);
	if (ret_verdict->outcome == DIGEST_ACCEPTED)
		return;
	challenge->realm = wanted->realm;
	challenge->algorithms = wanted->algorithms;
	challenge->is_stale = ret_verdict->outcome == DIGEST_STALE;
	digest_nonce_make(guard->nonces, &scope, question->now_ms,
			  challenge->nonce);
}
