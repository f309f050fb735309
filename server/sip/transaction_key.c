#include "sip/transaction_key.h"

#include <string.h>
#include <sodium.h>

_Static_assert(sizeof(((struct hash_key *)0)->bytes) ==
		       crypto_shorthash_siphashx24_KEYBYTES,
	       "SipHash-2-4-128 has a key of 16 bytes");
_Static_assert(sizeof(struct transaction_key) ==
		       crypto_shorthash_siphashx24_BYTES,
	       "SipHash-2-4-128 gives 128 bits");

enum {
	FIELD_LITERAL_MAX = 254, /* longer fields go in as their hash */
	FIELDS_MAX = 7,
	FIELD_SIZE = 1 + FIELD_LITERAL_MAX,
	FAULTY_BYTES = 1024, /* start line, and mostly Via and Call-ID */
	/* Two fields may be hashes or literals; all have one length byte. */
	INPUT_SIZE = FIELDS_MAX * FIELD_SIZE + 16,
};

/* The first byte of each input: no two kinds of hash ever see equal input. */
enum kind {
	KIND_COOKIE = 'c',
	KIND_OLD = 'o',
	KIND_MERGE = 'm',
	KIND_TAG = 't',
	KIND_SOURCE = 's',
	KIND_FAULTY = 'f',
};

struct input {
	const struct hash_key *secret;
	size_t len;
	unsigned char bytes[INPUT_SIZE];
};

static void put_byte(struct input *input, unsigned byte)
{
	input->bytes[input->len++] = (unsigned char)byte;
}

static void put_u32(struct input *input, uint32_t value)
{
	memcpy(input->bytes + input->len, &value, sizeof(value));
	input->len += sizeof(value);
}

static struct transaction_key hash128(const struct hash_key *secret,
				      const void *bytes, size_t len)
{
	struct transaction_key key;
	unsigned char hash[sizeof(key)];

	crypto_shorthash_siphashx24(hash, bytes, len, secret->bytes);
	memcpy(&key, hash, sizeof(key));
	return key;
}

static uint64_t hash64(const struct input *input)
{
	return hash_text(
		input->secret,
		(struct text){ (const char *)input->bytes, input->len });
}

/* The length goes first, so that "ab"+"c" and "a"+"bc" differ. */
static void put_field(struct input *input, struct text field)
{
	struct transaction_key key;

	if (field.len <= FIELD_LITERAL_MAX) {
		put_byte(input, (unsigned)field.len);
		if (field.len > 0)
			memcpy(input->bytes + input->len, field.ptr, field.len);
		input->len += field.len;
		return;
	}
	key = hash128(input->secret, field.ptr, field.len);
	put_byte(input, FIELD_LITERAL_MAX + 1);
	memcpy(input->bytes + input->len, &key, sizeof(key));
	input->len += sizeof(key);
}

static void put_host(struct input *input, struct text host)
{
	size_t at = input->len + 1;

	put_field(input, host);
	if (host.len > FIELD_LITERAL_MAX)
		return; /* longer than any host name: as received */
	for (; at < input->len; at++)
		input->bytes[at] =
			(unsigned char)ascii_lower((char)input->bytes[at]);
}

static void put_method(struct input *input, enum sip_method method,
		       struct text method_text)
{
	put_byte(input, (unsigned)method);
	if (method == SIP_METHOD_OTHER)
		put_field(input, method_text);
}

static void put_old_fields(struct input *input,
			   const struct sip_request *request,
			   struct text to_tag)
{
	put_field(input, request->uri_text);
	put_field(input, to_tag);
	put_field(input, request->from_tag);
	put_field(input, request->call_id);
	put_u32(input, request->cseq_number);
	put_field(input, request->via.whole);
}

struct transaction_key transaction_key_of(const struct hash_key *secret,
					  const struct sip_request *request,
					  enum sip_method method,
					  struct text to_tag)
{
	struct input input;

	input.secret = secret;
	input.len = 0;
	put_byte(&input,
		 request->via.has_magic_cookie ? KIND_COOKIE : KIND_OLD);
	put_method(&input, method == SIP_ACK ? SIP_INVITE : method,
		   request->method_text);
	if (request->via.has_magic_cookie) {
		put_field(&input, request->via.branch);
		put_host(&input, request->via.host);
		put_u32(&input, request->via.port);
	} else {
		put_old_fields(&input, request, to_tag);
	}
	return hash128(secret, input.bytes, input.len);
}

struct transaction_key transaction_key_of_faulty(
	const struct hash_key *secret, const struct sip_request *request)
{
	struct text start = request->message;
	struct input input;

	if (start.len > FAULTY_BYTES)
		start.len = FAULTY_BYTES;
	input.secret = secret;
	input.len = 0;
	put_byte(&input, KIND_FAULTY);
	memcpy(input.bytes + input.len, start.ptr, start.len);
	input.len += start.len;
	return hash128(secret, input.bytes, input.len);
}

uint64_t transaction_key_merge(const struct hash_key *secret,
			       const struct sip_request *request)
{
	struct input input;
	uint64_t merge;

	input.secret = secret;
	input.len = 0;
	put_byte(&input, KIND_MERGE);
	put_method(&input, request->method, request->method_text);
	put_field(&input, request->call_id);
	put_field(&input, request->from_tag);
	put_u32(&input, request->cseq_number);
	put_field(&input, request->uri_text);
	merge = hash64(&input);
	return merge ? merge : 1; /* 0 is "none" */
}

static struct text address_bytes(const struct sockaddr *source)
{
	if (source->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 =
			(const struct sockaddr_in6 *)(const void *)source;
		return (struct text){ (const char *)&in6->sin6_addr, 16 };
	}
	if (source->sa_family == AF_INET) {
		const struct sockaddr_in *in =
			(const struct sockaddr_in *)(const void *)source;
		return (struct text){ (const char *)&in->sin_addr, 4 };
	}
	return TEXT("");
}

void transaction_key_to_tag(const struct hash_key *secret,
			    const struct transaction_key *key, uint64_t merge,
			    const struct sockaddr *source,
			    char ret_tag[SIP_TO_TAG_SIZE])
{
	static const char digits[16] = "0123456789abcdef";
	struct input input;
	uint64_t tag;

	input.secret = secret;
	input.len = 0;
	put_byte(&input, KIND_TAG);
	memcpy(input.bytes + input.len, key->words, sizeof(key->words));
	input.len += sizeof(key->words);
	memcpy(input.bytes + input.len, &merge, sizeof(merge));
	input.len += sizeof(merge);
	put_field(&input, address_bytes(source));
	tag = hash64(&input);
	for (size_t i = 0; i < SIP_TO_TAG_SIZE - 1; i++, tag >>= 4)
		ret_tag[i] = digits[tag & 15];
	ret_tag[SIP_TO_TAG_SIZE - 1] = '\0';
}

uint64_t transaction_key_source(const struct hash_key *secret,
				const struct sockaddr *source)
{
	struct text address = address_bytes(source);
	struct input input;

	/* A host has a whole /64 of IPv6 addresses to call from. */
	if (address.len == 16)
		address.len = 8;
	input.secret = secret;
	input.len = 0;
	put_byte(&input, KIND_SOURCE);
	put_field(&input, address);
	return hash64(&input);
}
