#include "api/login_throttle.h"

#include <string.h>
#include <sodium.h>

#include "base/ip_network.h"

enum {
	WAYS = 8, /* places that a key may have */
	KEY_MAX = 160,
	FIRST_DELAY_MS = 1000,
};

void login_throttle_init(struct login_throttle *throttle)
{
	memset(throttle, 0, sizeof(*throttle));
	randombytes_buf(&throttle->key, sizeof(throttle->key));
}

/* "192.0.2.0/24"; what is no address stands for itself. */
static void put_network(struct writer *writer, struct text peer)
{
	struct ip_address address;
	struct ip_network network;

	if (ip_address_parse(peer, &address)) {
		writer_put(writer, peer);
		return;
	}
	network = ip_address_prefix(&address, address.is_ipv4 ? 24 : 64);
	ip_network_write(&network, writer);
}

static uint64_t key_of(const struct login_throttle *throttle, struct text name,
		       struct text peer)
{
	char buffer[KEY_MAX];
	struct writer writer = writer_over(buffer, sizeof(buffer));
	uint64_t key;

	put_network(&writer, peer);
	writer_byte(&writer, '\n');
	for (size_t i = 0; i < name.len; i++)
		writer_byte(&writer, ascii_lower(name.ptr[i]));
	key = hash_text(&throttle->key, writer_text(&writer));
	return key ? key : 1;
}

/* The key's bucket, or the one of its places that is worth least. */
static struct login_bucket *bucket_of(struct login_throttle *throttle,
				      uint64_t key, int64_t now_ms)
{
	struct login_bucket *found = NULL;

	for (size_t i = 0; i < WAYS; i++) {
		struct login_bucket *bucket =
			&throttle->buckets[(key + i) % LOGIN_BUCKETS];

		if (bucket->key && now_ms - bucket->last_ms > LOGIN_FORGET_MS)
			*bucket = (struct login_bucket){ 0 };
		if (bucket->key == key)
			return bucket;
		if (!found || bucket->tries < found->tries)
			found = bucket;
	}
	*found = (struct login_bucket){ .key = key };
	return found;
}

static int64_t wait_of(const struct login_bucket *bucket, uint32_t fast_tries,
		       int64_t now_ms)
{
	int64_t delay_ms = FIRST_DELAY_MS;

	if (bucket->tries < fast_tries)
		return 0;
	for (uint32_t i = fast_tries;
	     i < bucket->tries && delay_ms < LOGIN_DELAY_MAX_MS; i++)
		delay_ms *= 2;
	if (delay_ms > LOGIN_DELAY_MAX_MS)
		delay_ms = LOGIN_DELAY_MAX_MS;
	delay_ms -= now_ms - bucket->last_ms;
	return delay_ms > 0 ? delay_ms : 0;
}

static void count(struct login_bucket *bucket, int64_t now_ms)
{
	bucket->tries++;
	bucket->last_ms = now_ms;
}

int64_t login_throttle_take(struct login_throttle *throttle, struct text name,
			    struct text peer, int64_t now_ms)
{
	struct login_bucket *network =
		bucket_of(throttle, key_of(throttle, TEXT(""), peer), now_ms);
	int64_t network_ms = wait_of(network, LOGIN_NETWORK_FAST_TRIES, now_ms);
	struct login_bucket *account =
		bucket_of(throttle, key_of(throttle, name, peer), now_ms);
	int64_t account_ms = wait_of(account, LOGIN_FAST_TRIES, now_ms);

	if (network_ms > 0 || account_ms > 0)
		return network_ms > account_ms ? network_ms : account_ms;
	count(network, now_ms);
	count(account, now_ms);
	return 0;
}

void login_throttle_succeed(struct login_throttle *throttle, struct text name,
			    struct text peer, int64_t now_ms)
{
	struct login_bucket *account =
		bucket_of(throttle, key_of(throttle, name, peer), now_ms);
	struct login_bucket *network =
		bucket_of(throttle, key_of(throttle, TEXT(""), peer), now_ms);

	account->tries = 0;
	if (network->tries > 0)
		network->tries--;
}
