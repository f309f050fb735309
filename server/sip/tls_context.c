#include "sip/tls_context.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "sip/tls_identity.h"

/* RFC 9325 4.2: forward secrecy and authenticated encryption. TLS 1.3 has
 * nothing else. */
static const char ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
static const unsigned char session_context[] = "sipmoved";

/* One certificate, and the name that asks for it. */
struct tls_entry {
	char name[TLS_IDENTITY_MAX]; /* lower case; "": the default one */
	SSL_CTX *ssl;
};

struct tls_context {
	atomic_uint references;
	struct tls_settings settings;
	X509_STORE *client_store; /* NULL: clients are not asked */
	STACK_OF(X509_NAME) * client_names;
	struct tls_entry *entries; /* the first is the default */
	size_t entry_count;
	int64_t expires_at_ms;
};

/* Where an error is told. */
struct reading {
	struct tls_context *context;
	char *why;
};

static int tell(const struct reading *reading, const char *path)
{
	/* The first error is the cause, the others say where it was met. */
	unsigned long code = ERR_peek_error();
	const char *reason = ERR_SYSTEM_ERROR(code)
				     ? strerror((int)ERR_GET_REASON(code))
				     : ERR_reason_error_string(code);

	snprintf(reading->why, TLS_WHY_SIZE, "%s: %s", path,
		 reason ? reason : "cannot be used");
	ERR_clear_error();
	return EINVAL;
}

/* --- during a handshake --- */

/* RFC 6066 3: the name the client calls picks the certificate. */
static int on_server_name(SSL *ssl, int *alert, void *arg)
{
	const struct tls_context *context = SSL_get_app_data(ssl);
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	(void)arg;
	for (size_t i = 1; name && i < context->entry_count; i++) {
		if (!text_equals_nocase(text_of(name),
					text_of(context->entries[i].name)))
			continue;
		if (!SSL_set_SSL_CTX(ssl, context->entries[i].ssl))
			return SSL_TLSEXT_ERR_ALERT_FATAL;
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_NOACK;
}

/* Once the chain is good: is the client one of those we talk to? */
static int on_verify(int is_good, X509_STORE_CTX *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(
		store, SSL_get_ex_data_X509_STORE_CTX_idx());
	const struct tls_context *context = SSL_get_app_data(ssl);
	const X509 *certificate = X509_STORE_CTX_get_current_cert(store);

	if (!is_good || X509_STORE_CTX_get_error_depth(store) > 0)
		return is_good;
	if (!tls_identity_is_for_sip(certificate)) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_PURPOSE);
		return 0;
	}
	if (!tls_identity_is_allowed(certificate, &context->settings)) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
		return 0;
	}
	return 1;
}

/* --- reading --- */

/* A key with a passphrase is an error, not a question on the terminal. */
static int on_passphrase(char *buffer, int size, int is_writing, void *arg)
{
	(void)buffer;
	(void)size;
	(void)is_writing;
	(void)arg;
	return -1;
}

static int read_client_ca(const struct reading *reading)
{
	struct tls_context *context = reading->context;
	const char *path = context->settings.client_ca;

	if (context->settings.verify_client == TLS_VERIFY_OFF)
		return 0;
	context->client_store = X509_STORE_new();
	if (!context->client_store)
		return ENOMEM;
	if (!X509_STORE_load_file(context->client_store, path))
		return tell(reading, path);
	context->client_names = SSL_load_client_CA_file(path);
	return context->client_names ? 0 : tell(reading, path);
}

static int set_client_rules(const struct tls_context *context, SSL_CTX *ssl)
{
	STACK_OF(X509_NAME) * names;
	int mode = SSL_VERIFY_PEER;

	if (!context->client_store)
		return 0;
	names = SSL_dup_CA_list(context->client_names);
	if (!names)
		return ENOMEM;
	SSL_CTX_set1_cert_store(ssl, context->client_store);
	SSL_CTX_set_client_CA_list(ssl, names);
	/* What a certificate is meant for is for on_verify() to say. */
	SSL_CTX_set_purpose(ssl, X509_PURPOSE_ANY);
	if (context->settings.verify_client == TLS_VERIFY_REQUIRED)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(ssl, mode, on_verify);
	return 0;
}

static int set_rules(const struct tls_context *context, SSL_CTX *ssl)
{
	if (!SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) ||
	    !SSL_CTX_set_cipher_list(ssl, ciphers) ||
	    !SSL_CTX_set_session_id_context(ssl, session_context,
					    sizeof(session_context) - 1))
		return ENOMEM;
	/* A peer that ends without a word has ended; messages have lengths. */
	SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_NO_COMPRESSION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	/* One record a read, whatever is in it: else a peer that changes its
	 * keys without end holds the worker in one call. */
	SSL_CTX_clear_mode(ssl, SSL_MODE_AUTO_RETRY);
	/* Tickets resume a session at any worker, and nothing is kept. */
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_default_passwd_cb(ssl, on_passphrase);
	SSL_CTX_set_tlsext_servername_callback(ssl, on_server_name);
	return set_client_rules(context, ssl);
}

static void note_expiry(struct tls_context *context, const SSL_CTX *ssl)
{
	const X509 *certificate = SSL_CTX_get0_certificate(ssl);
	struct tm end;
	int64_t end_ms;

	if (!certificate ||
	    !ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end))
		return;
	end_ms = civil_to_ms(&(struct civil_time){
		.year = end.tm_year + 1900,
		.month = end.tm_mon + 1,
		.day = end.tm_mday,
		.hour = end.tm_hour,
		.minute = end.tm_min,
		.second = end.tm_sec,
	});
	if (end_ms < context->expires_at_ms)
		context->expires_at_ms = end_ms;
}

static int read_pair(const struct reading *reading, SSL_CTX *ssl,
		     const char *certificate, const char *key)
{
	if (SSL_CTX_use_certificate_chain_file(ssl, certificate) != 1)
		return tell(reading, certificate);
	if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ssl) != 1)
		return tell(reading, key);
	note_expiry(reading->context, ssl);
	return 0;
}

/* One more, without a certificate yet. */
static int add_entry(struct tls_context *context, struct text name,
		     SSL_CTX **ret_ssl)
{
	struct tls_entry *entries = reallocarray(
		context->entries, context->entry_count + 1, sizeof(*entries));
	struct tls_entry *entry;

	if (!entries)
		return ENOMEM;
	context->entries = entries;
	entry = &entries[context->entry_count];
	text_copy(name, entry->name, sizeof(entry->name));
	entry->ssl = SSL_CTX_new(TLS_server_method());
	if (!entry->ssl)
		return ENOMEM;
	context->entry_count++;
	*ret_ssl = entry->ssl;
	return set_rules(context, entry->ssl);
}

static int add_pair(const struct reading *reading, struct text name,
		    const char *certificate, const char *key)
{
	SSL_CTX *ssl;
	int err = add_entry(reading->context, name, &ssl);

	return err ? err : read_pair(reading, ssl, certificate, key);
}

static bool is_pem_name(struct text name)
{
	return name.len > 4 && name.len - 4 < TLS_IDENTITY_MAX &&
	       !memcmp(name.ptr + name.len - 4, ".pem", 4);
}

static int is_wanted(const struct dirent *entry)
{
	return is_pem_name(text_of(entry->d_name));
}

static int add_named(const struct reading *reading, struct text file)
{
	char path[TLS_PATH_MAX + TLS_IDENTITY_MAX + 8];

	snprintf(path, sizeof(path), "%s/%.*s",
		 reading->context->settings.sni_dir, TEXT_ARG(file));
	return add_pair(reading, (struct text){ file.ptr, file.len - 4 }, path,
			path);
}

static int read_sni_dir(const struct reading *reading)
{
	const char *path = reading->context->settings.sni_dir;
	struct dirent **entries = NULL;
	int err = 0, count;

	if (!path[0])
		return 0;
	count = scandir(path, &entries, is_wanted, alphasort);
	if (count < 0) {
		snprintf(reading->why, TLS_WHY_SIZE, "%s: %s", path,
			 strerror(errno));
		return EINVAL;
	}
	for (int i = 0; i < count; i++) {
		if (!err)
			err = add_named(reading, text_of(entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	return err;
}

int tls_context_new(const struct tls_settings *settings,
		    struct tls_context **ret_context, char why[TLS_WHY_SIZE])
{
	struct tls_context *context = calloc(1, sizeof(*context));
	struct reading reading = { .context = context, .why = why };
	const char *key = settings->private_key[0] ? settings->private_key
						   : settings->certificate;
	int err;

	text_copy(TEXT("out of memory"), why, TLS_WHY_SIZE);
	if (!context)
		return ENOMEM;
	ERR_clear_error();
	atomic_init(&context->references, 1);
	context->settings = *settings;
	context->expires_at_ms = INT64_MAX;
	err = read_client_ca(&reading);
	if (!err)
		err = add_pair(&reading, TEXT(""), settings->certificate, key);
	if (!err)
		err = read_sni_dir(&reading);
	if (err)
		goto out;
	*ret_context = context;
	context = NULL;
out:
	tls_context_unref(context);
	return err;
}

static int copy_client_ca(const struct tls_context *from,
			  struct tls_context *context)
{
	if (!from->client_store)
		return 0;
	X509_STORE_up_ref(from->client_store);
	context->client_store = from->client_store;
	context->client_names = SSL_dup_CA_list(from->client_names);
	return context->client_names ? 0 : ENOMEM;
}

static int copy_entry(const struct tls_entry *from, struct tls_context *context)
{
	STACK_OF(X509) *chain = NULL;
	SSL_CTX *ssl;
	int err = add_entry(context, text_of(from->name), &ssl);

	if (err)
		return err;
	SSL_CTX_get0_chain_certs(from->ssl, &chain);
	return SSL_CTX_use_certificate(
		       ssl, SSL_CTX_get0_certificate(from->ssl)) == 1 &&
			       SSL_CTX_use_PrivateKey(
				       ssl, SSL_CTX_get0_privatekey(
						    from->ssl)) == 1 &&
			       SSL_CTX_set1_chain(ssl, chain)
		       ? 0
		       : ENOMEM;
}

int tls_context_renew(const struct tls_context *from,
		      struct tls_context **ret_context)
{
	struct tls_context *context = calloc(1, sizeof(*context));
	int err;

	if (!context)
		return ENOMEM;
	atomic_init(&context->references, 1);
	context->settings = from->settings;
	context->expires_at_ms = from->expires_at_ms;
	err = copy_client_ca(from, context);
	for (size_t i = 0; !err && i < from->entry_count; i++)
		err = copy_entry(&from->entries[i], context);
	if (err)
		goto out;
	*ret_context = context;
	context = NULL;
out:
	tls_context_unref(context);
	return err;
}

struct tls_context *tls_context_ref(struct tls_context *context)
{
	atomic_fetch_add_explicit(&context->references, 1,
				  memory_order_relaxed);
	return context;
}

void tls_context_unref(struct tls_context *context)
{
	if (!context || atomic_fetch_sub_explicit(&context->references, 1,
						  memory_order_acq_rel) > 1)
		return;
	for (size_t i = 0; i < context->entry_count; i++)
		SSL_CTX_free(context->entries[i].ssl);
	free(context->entries);
	X509_STORE_free(context->client_store);
	sk_X509_NAME_pop_free(context->client_names, X509_NAME_free);
	free(context);
}

size_t tls_context_certificate_count(const struct tls_context *context)
{
	return context->entry_count;
}

int64_t tls_context_expires_at_ms(const struct tls_context *context)
{
	return context->expires_at_ms;
}

int tls_context_connection(struct tls_context *context, int fd,
			   struct ssl_st **ret_ssl)
{
	SSL *ssl = SSL_new(context->entries[0].ssl);

	if (!ssl)
		return ENOMEM;
	if (!SSL_set_fd(ssl, fd)) {
		SSL_free(ssl);
		return ENOMEM;
	}
	SSL_set_app_data(ssl, context);
	SSL_set_accept_state(ssl);
	*ret_ssl = ssl;
	return 0;
}
