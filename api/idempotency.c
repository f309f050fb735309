#include "api/idempotency.h"
#include "api/api_state.h"
#include "api/problem.h"
#include "api/router.h"
#include "db/idempotency_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

enum {
	KEY_TEXT_MAX = 255,
	SEAL_OVERHEAD = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES,
};

_Static_assert((size_t)IDEMPOTENCY_ID_SIZE == (size_t)IDEMPOTENCY_KEY_SIZE,
	       "what the wire keeps is a row's key");
_Static_assert((size_t)IDEMPOTENCY_PRINT_SIZE ==
		       (size_t)crypto_hash_sha256_BYTES,
	       "what the wire keeps is a SHA-256");
_Static_assert((size_t)IDEMPOTENCY_ID_SIZE == (size_t)crypto_secretbox_KEYBYTES,
	       "a hash of ours is a key");

/* --- the key ---------------------------------------------------------------
 */

/* As it stands, or as a string of RFC 8941: "..." with \" and \\ in it. */
static bool read_key(struct text field, char key[KEY_TEXT_MAX + 1],
		     size_t *ret_len)
{
	bool quoted = field.len >= 2 && field.ptr[0] == '"' &&
		      field.ptr[field.len - 1] == '"';
	size_t len = 0;

	if (quoted)
		field = (struct text){ field.ptr + 1, field.len - 2 };
	for (size_t i = 0; i < field.len; i++) {
		if (quoted && field.ptr[i] == '\\' && ++i == field.len)
			return false;
		if (field.ptr[i] < 0x21 || field.ptr[i] > 0x7e ||
		    len == KEY_TEXT_MAX)
			return false;
		key[len++] = field.ptr[i];
	}
	*ret_len = len;
	return len > 0;
}

static void add_text(crypto_generichash_state *state, struct text text)
{
	uint64_t len = text.len;

	crypto_generichash_update(state, (const unsigned char *)&len,
				  sizeof(len));
	crypto_generichash_update(state, (const unsigned char *)text.ptr,
				  text.len);
}

static struct text path_of(const struct exchange *exchange)
{
	struct text path = text_of(exchange->wire->target);

	path.len = strcspn(path.ptr, "?");
	return path;
}

/* Who asks for what, under which key; purpose: that two of them differ. */
static void make_id(const struct exchange *exchange, struct text purpose,
		    const struct text *key_and_authorization,
		    unsigned char id[IDEMPOTENCY_ID_SIZE])
{
	const struct principal *principal = &exchange->principal;
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, IDEMPOTENCY_ID_SIZE);
	add_text(&state, purpose);
	add_text(&state, text_of(principal->kind ? principal->kind : ""));
	add_text(&state, text_of(principal->name));
	add_text(&state, text_of(principal->owner_id));
	/* A name may be another's by now. */
	add_text(&state, text_of(principal->user_id));
	add_text(&state, text_of(http_method_name(exchange->method)));
	add_text(&state, path_of(exchange));
	add_text(&state, key_and_authorization[0]);
	add_text(&state, key_and_authorization[1]);
	crypto_generichash_final(&state, id, IDEMPOTENCY_ID_SIZE);
}

bool idempotency_take(struct exchange *exchange, struct text key,
		      struct text authorization)
{
	struct http_idempotency *wanted = &exchange->wire->idempotency;
	char plain[KEY_TEXT_MAX + 1];
	struct text parts[] = { { plain, 0 }, authorization };

	if (!read_key(key, plain, &parts[0].len)) {
		problem_answer(exchange, PROBLEM_BAD_REQUEST,
			       "Idempotency-Key must be 1 to %d visible ASCII "
			       "characters.",
			       KEY_TEXT_MAX);
		return false;
	}
	make_id(exchange, TEXT("row"), parts, wanted->id);
	make_id(exchange, TEXT("seal"), parts, wanted->seal);
	wanted->is_asked = true;
	return true;
}

/* The parameters are part of what was asked. */
static void make_print(const struct exchange *exchange,
		       unsigned char print[IDEMPOTENCY_PRINT_SIZE])
{
	const char *query = exchange->wire->target + path_of(exchange).len;
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const unsigned char *)query,
				  strlen(query) + 1);
	crypto_hash_sha256_update(&state,
				  (const unsigned char *)exchange->body.ptr,
				  exchange->body.len);
	crypto_hash_sha256_final(&state, print);
}

/* --- those under way -------------------------------------------------------
 */

/* With jobs_lock held. */
static bool is_under_way(const struct api *api, const unsigned char *id)
{
	for (const struct exchange *other = api->first_keyed; other;
	     other = other->wire->idempotency.next)
		if (!memcmp(other->wire->idempotency.id, id,
			    IDEMPOTENCY_ID_SIZE))
			return true;
	return false;
}

bool idempotency_begin(struct exchange *exchange)
{
	struct http_idempotency *wanted = &exchange->wire->idempotency;
	struct api *api = exchange->api;
	bool begins;

	make_print(exchange, wanted->print);
	pthread_mutex_lock(&api->jobs_lock);
	begins = !is_under_way(api, wanted->id);
	if (begins) {
		wanted->next = api->first_keyed;
		api->first_keyed = exchange;
		wanted->is_listed = true;
	}
	pthread_mutex_unlock(&api->jobs_lock);
	if (begins)
		return true;
	exchange_add_header(exchange, "Retry-After", "1");
	problem_answer(exchange, PROBLEM_IDEMPOTENCY_KEY_IN_USE,
		       "A request with this Idempotency-Key is under way. Send "
		       "it again in a moment.");
	return false;
}

void idempotency_end(struct exchange *exchange)
{
	struct exchange **at = &exchange->api->first_keyed;

	if (!exchange->wire->idempotency.is_listed)
		return;
	while (*at != exchange)
		at = &(*at)->wire->idempotency.next;
	*at = exchange->wire->idempotency.next;
	exchange->wire->idempotency.is_listed = false;
}

/* --- the kept answer -------------------------------------------------------
 */

/* NAME NUL VALUE NUL for each header, NUL, body. */
static int pack(const struct http_answer *answer, char **ret_bytes,
		size_t *ret_len)
{
	size_t size = 1 + answer->body_len;
	struct writer writer;

	for (size_t i = 0; i < answer->header_count; i++)
		size += strlen(answer->headers[i].name) +
			strlen(answer->headers[i].value) + 2;
	*ret_bytes = malloc(size);
	if (!*ret_bytes)
		return ENOMEM;
	writer = writer_over(*ret_bytes, size);
	for (size_t i = 0; i < answer->header_count; i++) {
		writer_put(&writer, text_of(answer->headers[i].name));
		writer_byte(&writer, '\0');
		writer_put(&writer, text_of(answer->headers[i].value));
		writer_byte(&writer, '\0');
	}
	writer_byte(&writer, '\0');
	if (answer->body_len > 0)
		writer_put(&writer,
			   (struct text){ answer->body, answer->body_len });
	*ret_len = size;
	return 0;
}

/* Takes a text and its NUL off the front. */
static bool take_string(struct text *rest, const char **ret_string)
{
	const char *end = rest->len > 0 ? memchr(rest->ptr, '\0', rest->len)
					: NULL;

	if (!end)
		return false;
	*ret_string = rest->ptr;
	rest->len -= (size_t)(end + 1 - rest->ptr);
	rest->ptr = end + 1;
	return true;
}

static int unpack(struct text bytes, unsigned status,
		  struct http_answer *ret_answer)
{
	const char *name, *value;

	while (take_string(&bytes, &name) && *name) {
		if (!take_string(&bytes, &value))
			return EBADMSG;
		http_answer_add_header(ret_answer, name, value);
	}
	ret_answer->body = malloc(bytes.len + 1);
	if (!ret_answer->body)
		return ENOMEM;
	if (bytes.len > 0)
		memcpy(ret_answer->body, bytes.ptr, bytes.len);
	ret_answer->body_len = bytes.len;
	ret_answer->status = status;
	ret_answer->made = true;
	return 0;
}

static int seal(const struct http_idempotency *wanted, struct text plain,
		struct idempotency_row *row)
{
	row->sealed = malloc(plain.len + SEAL_OVERHEAD);
	if (!row->sealed)
		return ENOMEM;
	row->sealed_len = plain.len + SEAL_OVERHEAD;
	randombytes_buf(row->sealed, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(row->sealed + crypto_secretbox_NONCEBYTES,
			      (const unsigned char *)plain.ptr, plain.len,
			      row->sealed, wanted->seal);
	return 0;
}

static int unseal(const struct http_idempotency *wanted,
		  const struct idempotency_row *row,
		  struct http_answer *ret_answer)
{
	size_t len = row->sealed_len - SEAL_OVERHEAD;
	char *plain;
	int err = 0;

	if (row->sealed_len < SEAL_OVERHEAD)
		return EBADMSG;
	plain = malloc(len + 1);
	if (!plain)
		return ENOMEM;
	if (crypto_secretbox_open_easy(
		    (unsigned char *)plain,
		    row->sealed + crypto_secretbox_NONCEBYTES,
		    row->sealed_len - crypto_secretbox_NONCEBYTES, row->sealed,
		    wanted->seal) != 0)
		err = EBADMSG;
	if (!err)
		err = unpack((struct text){ plain, len }, row->status,
			     ret_answer);
	sodium_memzero(plain, len);
	free(plain);
	return err;
}

/* --- in the job ------------------------------------------------------------
 */

/* What the resource will say if the commit succeeds. */
static void render(struct exchange *exchange, struct http_answer *ret_answer)
{
	/* On a stop the "http" thread may answer 503 meanwhile: the answer of
	 * the exchange itself is that thread's, and so is its snapshot. */
	struct http_wire wire = {
		.endpoint = exchange->wire->endpoint,
		.target = exchange->wire->target,
		.is_rehearsal = true,
	};
	struct exchange copy = {
		.api = exchange->api,
		.method = exchange->method,
		.body = exchange->body,
		.principal = exchange->principal,
		.now_ms = exchange->now_ms,
		.state = exchange->state,
		.wire = &wire,
	};

	memcpy(copy.path_id, exchange->path_id, sizeof(copy.path_id));
	memcpy(copy.request_id, exchange->request_id, sizeof(copy.request_id));
	exchange->resumed(&copy);
	faults_clear(&copy.faults);
	*ret_answer = wire.answer;
}

static int keep(struct exchange *exchange, struct changes *changes)
{
	struct http_idempotency *wanted = &exchange->wire->idempotency;
	struct idempotency_row row = { .status = wanted->answer.status };
	size_t len = 0;
	char *plain = NULL;
	int err = pack(&wanted->answer, &plain, &len);

	if (err)
		return err;
	memcpy(row.key, wanted->id, sizeof(row.key));
	memcpy(row.fingerprint, wanted->print, sizeof(row.fingerprint));
	err = seal(wanted, (struct text){ plain, len }, &row);
	if (!err)
		err = idempotency_put(changes, &row);
	sodium_memzero(plain, len);
	free(plain);
	free(row.sealed);
	return err;
}

static int make_change(struct exchange *exchange, struct changes *changes,
		       struct store_job *job)
{
	struct http_idempotency *wanted = &exchange->wire->idempotency;
	int err = exchange->wire->run(changes, job);

	if (err)
		return err;
	render(exchange, &wanted->answer);
	if (!wanted->answer.made || wanted->answer.status >= 300) {
		http_answer_clear(&wanted->answer);
		return 0;
	}
	return keep(exchange, changes);
}

int idempotency_run(struct exchange *exchange, struct changes *changes,
		    struct store_job *job)
{
	struct http_idempotency *wanted = &exchange->wire->idempotency;
	struct idempotency_row row = { .status = 0 };
	int err;

	memcpy(row.key, wanted->id, sizeof(row.key));
	err = idempotency_find(changes, &row);
	if (err == ENOENT)
		return make_change(exchange, changes, job);
	if (err)
		return err;
	if (memcmp(row.fingerprint, wanted->print, sizeof(wanted->print)) != 0)
		wanted->is_other = true;
	else
		err = unseal(wanted, &row, &wanted->answer);
	wanted->is_replayed = !err && !wanted->is_other;
	free(row.sealed);
	return err ? err : ECANCELED; /* nothing was done, nothing is kept */
}

bool idempotency_settle(struct exchange *exchange)
{
	struct http_idempotency *wanted = &exchange->wire->idempotency;

	if (wanted->is_other) {
		problem_answer(exchange, PROBLEM_IDEMPOTENCY_KEY_REUSED,
			       "This Idempotency-Key came with another request "
			       "before. Use a new key for each thing to be "
			       "done.");
		return true;
	}
	if (!wanted->answer.made)
		return false;
	if (exchange->err && !wanted->is_replayed) {
		http_answer_clear(&wanted->answer);
		return false;
	}
	exchange_give_answer(exchange, &wanted->answer);
	if (wanted->is_replayed)
		exchange_set_header(exchange, "Idempotent-Replayed", "true");
	return true;
}
