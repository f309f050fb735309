#include "api/hook_signature.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

enum {
	MAC_MAX = crypto_auth_hmacsha512_BYTES,
	SIGNATURES_MAX = 8, /* of a list, while a secret is rotated */
};

/* What is signed is these, one after the other. */
struct message {
	struct text parts[5];
	size_t count;
};

static size_t make_mac(enum inbound_algorithm algorithm, struct text key,
		       const struct message *message, unsigned char *mac)
{
	crypto_auth_hmacsha256_state sha256;
	crypto_auth_hmacsha512_state sha512;
	const unsigned char *bytes = (const unsigned char *)key.ptr;

	if (algorithm == INBOUND_SHA512) {
		crypto_auth_hmacsha512_init(&sha512, bytes, key.len);
		for (size_t i = 0; i < message->count; i++)
			crypto_auth_hmacsha512_update(
				&sha512,
				(const unsigned char *)message->parts[i].ptr,
				message->parts[i].len);
		crypto_auth_hmacsha512_final(&sha512, mac);
		return crypto_auth_hmacsha512_BYTES;
	}
	crypto_auth_hmacsha256_init(&sha256, bytes, key.len);
	for (size_t i = 0; i < message->count; i++)
		crypto_auth_hmacsha256_update(
			&sha256, (const unsigned char *)message->parts[i].ptr,
			message->parts[i].len);
	crypto_auth_hmacsha256_final(&sha256, mac);
	return crypto_auth_hmacsha256_BYTES;
}

static bool decode(enum inbound_encoding encoding, struct text text,
		   unsigned char mac[MAC_MAX], size_t *ret_len)
{
	const char *end = NULL;
	int err;

	if (encoding == INBOUND_HEX)
		err = sodium_hex2bin(mac, MAC_MAX, text.ptr, text.len, NULL,
				     ret_len, &end);
	else
		err = sodium_base642bin(mac, MAC_MAX, text.ptr, text.len, NULL,
					ret_len, &end,
					sodium_base64_VARIANT_ORIGINAL);
	return !err && end == text.ptr + text.len;
}

static bool is_right(const unsigned char *mac, size_t mac_len,
		     enum inbound_encoding encoding, struct text given)
{
	unsigned char claimed[MAC_MAX];
	size_t len = 0;

	return decode(encoding, given, claimed, &len) && len == mac_len &&
	       sodium_memcmp(mac, claimed, mac_len) == 0;
}

static bool is_within(struct text seconds, int64_t now_ms, int64_t window_s)
{
	uint64_t at;
	int64_t off;

	if (text_to_u64(seconds, &at) || at > INT32_MAX * INT64_C(100))
		return false;
	off = now_ms / 1000 - (int64_t)at;
	return off <= window_s && -off <= window_s;
}

/* The next word of "a b" or "a,b". */
static bool next_word(struct text *list, char separator, struct text *ret_word)
{
	const char *end;

	if (list->len == 0)
		return false;
	end = memchr(list->ptr, separator, list->len);
	*ret_word = (struct text){ list->ptr, end ? (size_t)(end - list->ptr)
						  : list->len };
	list->ptr += ret_word->len + (end != NULL);
	list->len -= ret_word->len + (end != NULL);
	*ret_word = text_trim(*ret_word);
	return true;
}

static bool strip(struct text *text, struct text prefix)
{
	if (text->len < prefix.len ||
	    (prefix.len > 0 && memcmp(text->ptr, prefix.ptr, prefix.len) != 0))
		return false;
	text->ptr += prefix.len;
	text->len -= prefix.len;
	return true;
}

/* --- the kinds
 * ---------------------------------------------------------------------- */

struct question {
	const struct inbound_source *source;
	const struct http_head *head;
	struct text body;
	int64_t now_ms;
	const char *why;
};

static enum hook_verdict say(struct question *question,
			     enum hook_verdict verdict, const char *why)
{
	question->why = why;
	return verdict;
}

/* After the signature, so that nobody learns anything from it alone. */
static enum hook_verdict judge_time(struct question *question,
				    struct text seconds)
{
	return is_within(seconds, question->now_ms,
			 question->source->window_seconds)
		       ? HOOK_GENUINE
		       : say(question, HOOK_STALE,
			     "The signature is right, but its time is further "
			     "off than this source's window allows.");
}

static enum hook_verdict check_bearer(struct question *question)
{
	unsigned char given[crypto_hash_sha256_BYTES], kept[sizeof(given)];
	struct text field, token;
	size_t len = 0;

	if (!http_head_field(question->head, TEXT("Authorization"), &field) ||
	    !text_starts_with_nocase(field, TEXT("Bearer ")))
		return say(question, HOOK_UNSIGNED,
			   "Send `Authorization: Bearer` and the token.");
	token = text_trim((struct text){ field.ptr + 7, field.len - 7 });
	crypto_hash_sha256(given, (const unsigned char *)token.ptr, token.len);
	if (sodium_hex2bin(kept, sizeof(kept), question->source->secret,
			   strlen(question->source->secret), NULL, &len,
			   NULL) ||
	    len != sizeof(kept) || sodium_memcmp(given, kept, sizeof(kept)))
		return say(question, HOOK_FORGED, "The token is not right.");
	return HOOK_GENUINE;
}

/* "whsec_" and base64, or base64 alone; what is neither is the key itself. */
static struct text standard_key(const struct inbound_source *source,
				unsigned char key[INBOUND_SECRET_MAX])
{
	struct text secret = text_of(source->secret);
	const char *end = NULL;
	size_t len = 0;

	strip(&secret, TEXT("whsec_"));
	if (!sodium_base642bin(key, INBOUND_SECRET_MAX, secret.ptr, secret.len,
			       NULL, &len, &end,
			       sodium_base64_VARIANT_ORIGINAL) &&
	    end == secret.ptr + secret.len)
		return (struct text){ (const char *)key, len };
	return secret;
}

static enum hook_verdict check_standard(struct question *question)
{
	struct text id, time, list, word;
	unsigned char key[INBOUND_SECRET_MAX], mac[MAC_MAX];
	size_t len;

	if (!http_head_field(question->head, TEXT("webhook-id"), &id) ||
	    !http_head_field(question->head, TEXT("webhook-timestamp"),
			     &time) ||
	    !http_head_field(question->head, TEXT("webhook-signature"), &list))
		return say(question, HOOK_UNSIGNED,
			   "The fields webhook-id, webhook-timestamp and "
			   "webhook-signature must be there.");
	len = make_mac(
		INBOUND_SHA256, standard_key(question->source, key),
		&(struct message){
			{ id, TEXT("."), time, TEXT("."), question->body }, 5 },
		mac);
	sodium_memzero(key, sizeof(key));
	for (size_t i = 0; i < SIGNATURES_MAX && next_word(&list, ' ', &word);
	     i++)
		if (strip(&word, TEXT("v1,")) &&
		    is_right(mac, len, INBOUND_BASE64, word))
			return judge_time(question, time);
	return say(question, HOOK_FORGED,
		   "No signature in webhook-signature is right.");
}

static enum hook_verdict check_stripe(struct question *question)
{
	struct text list, word, time = TEXT(""),
				given[SIGNATURES_MAX] = { { "", 0 } };
	unsigned char mac[MAC_MAX];
	size_t count = 0, len;

	if (!http_head_field(question->head, TEXT("Stripe-Signature"), &list))
		return say(question, HOOK_UNSIGNED,
			   "The field Stripe-Signature must be there.");
	while (next_word(&list, ',', &word)) {
		if (strip(&word, TEXT("t=")))
			time = word;
		else if (count < SIGNATURES_MAX && strip(&word, TEXT("v1=")))
			given[count++] = word;
	}
	if (time.len == 0 || count == 0)
		return say(question, HOOK_UNSIGNED,
			   "Stripe-Signature must have t= and v1=.");
	len = make_mac(
		INBOUND_SHA256, text_of(question->source->secret),
		&(struct message){ { time, TEXT("."), question->body }, 3 },
		mac);
	for (size_t i = 0; i < count; i++)
		if (is_right(mac, len, INBOUND_HEX, given[i]))
			return judge_time(question, time);
	return say(question, HOOK_FORGED,
		   "No v1= of Stripe-Signature is right.");
}

static enum hook_verdict check_slack(struct question *question)
{
	struct text time, given;
	unsigned char mac[MAC_MAX];
	size_t len;

	if (!http_head_field(question->head, TEXT("X-Slack-Request-Timestamp"),
			     &time) ||
	    !http_head_field(question->head, TEXT("X-Slack-Signature"),
			     &given) ||
	    !strip(&given, TEXT("v0=")))
		return say(question, HOOK_UNSIGNED,
			   "The fields X-Slack-Request-Timestamp and "
			   "X-Slack-Signature (v0=...) must be there.");
	len = make_mac(
		INBOUND_SHA256, text_of(question->source->secret),
		&(struct message){
			{ TEXT("v0:"), time, TEXT(":"), question->body }, 4 },
		mac);
	return is_right(mac, len, INBOUND_HEX, given)
		       ? judge_time(question, time)
		       : say(question, HOOK_FORGED,
			     "X-Slack-Signature is not right.");
}

static enum hook_verdict check_body(struct question *question,
				    const char *header, struct text prefix)
{
	const struct inbound_source *source = question->source;
	unsigned char mac[MAC_MAX];
	struct text given;
	size_t len;

	if (!http_head_field(question->head, text_of(header), &given) ||
	    !strip(&given, prefix))
		return say(question, HOOK_UNSIGNED,
			   "The field with the signature is missing, or does "
			   "not begin as it should.");
	len = make_mac((enum inbound_algorithm)source->algorithm,
		       text_of(source->secret),
		       &(struct message){ { question->body }, 1 }, mac);
	return is_right(mac, len, (enum inbound_encoding)source->encoding,
			given)
		       ? HOOK_GENUINE
		       : say(question, HOOK_FORGED,
			     "The signature is not right.");
}

static enum hook_verdict check_github(struct question *question)
{
	return check_body(question, "X-Hub-Signature-256", TEXT("sha256="));
}

static enum hook_verdict check_hmac(struct question *question)
{
	return check_body(question, question->source->header,
			  text_of(question->source->prefix));
}

/* Of a kind: how it is checked, and what tells its events apart. */
static const struct {
	enum hook_verdict (*check)(struct question *question);
	const char *key_header, *key_pointer;
} kinds[] = {
	[INBOUND_BEARER] = { check_bearer, "", "" },
	[INBOUND_STANDARD_WEBHOOKS] = { check_standard, "webhook-id", "" },
	[INBOUND_GITHUB] = { check_github, "X-GitHub-Delivery", "" },
	[INBOUND_STRIPE] = { check_stripe, "", "/id" },
	[INBOUND_SLACK] = { check_slack, "", "/event_id" },
	[INBOUND_HMAC] = { check_hmac, "", "" },
	[INBOUND_SLACK_COMMAND] = { check_slack, "X-Slack-Signature", "" },
};

enum hook_verdict hook_signature_check(const struct inbound_source *source,
				       const struct http_head *head,
				       struct text body, int64_t now_ms,
				       const char **ret_why)
{
	struct question question = { source, head, body, now_ms, "" };
	enum hook_verdict verdict = kinds[source->kind].check(&question);

	*ret_why = question.why;
	return verdict;
}

/* --- secrets
 * -------------------------------------------------------------------------- */

int hook_secret_store(unsigned kind, struct text secret,
		      char stored[INBOUND_SECRET_MAX + 1], const char **ret_why)
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	/* A token is one word of its field; what is only signed with may be a
	 * sentence. */
	for (size_t i = 0; i < secret.len; i++)
		if (secret.ptr[i] < ' ' || secret.ptr[i] > '~' ||
		    (secret.ptr[i] == ' ' && kind == INBOUND_BEARER)) {
			*ret_why = kind == INBOUND_BEARER
					   ? "must be visible ASCII, without "
					     "blanks"
					   : "must be printable ASCII";
			return EINVAL;
		}
	if (secret.len < INBOUND_SECRET_MIN ||
	    secret.len > INBOUND_SECRET_MAX) {
		*ret_why = "must be 16 to 255 bytes long";
		return EINVAL;
	}
	if (kind != INBOUND_BEARER) {
		text_copy(secret, stored, INBOUND_SECRET_MAX + 1);
		return 0;
	}
	crypto_hash_sha256(hash, (const unsigned char *)secret.ptr, secret.len);
	sodium_bin2hex(stored, INBOUND_SECRET_MAX + 1, hash, sizeof(hash));
	return 0;
}

void hook_secret_make(unsigned kind, char secret[INBOUND_SECRET_MAX + 1])
{
	const struct text prefix =
		kind == INBOUND_STANDARD_WEBHOOKS ? TEXT("whsec_") : TEXT("");
	unsigned char random[32];

	randombytes_buf(random, sizeof(random));
	text_copy(prefix, secret, INBOUND_SECRET_MAX + 1);
	sodium_bin2base64(
		secret + prefix.len, INBOUND_SECRET_MAX + 1 - prefix.len,
		random, sizeof(random),
		prefix.len ? sodium_base64_VARIANT_ORIGINAL
			   : sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(random, sizeof(random));
}

/* --- keys
 * -------------------------------------------------------------------------------
 */

void hook_key_of_head(const struct inbound_source *source,
		      const struct http_head *head, char *key, size_t size)
{
	const char *header = source->dedupe_header;
	struct text value;

	key[0] = '\0';
	if (!header[0] && !source->dedupe_pointer[0])
		header = kinds[source->kind].key_header;
	if (header[0] && http_head_field(head, text_of(header), &value) &&
	    !text_copy(value, key, size))
		key[0] = '\0';
}

struct text hook_key_pointer(const struct inbound_source *source)
{
	if (source->dedupe_pointer[0])
		return text_of(source->dedupe_pointer);
	return source->dedupe_header[0]
		       ? TEXT("")
		       : text_of(kinds[source->kind].key_pointer);
}
