#include "webhook/webhook_ca.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>

/* How many there are before something that is none; *ret_at_end: before the
 * end. */
static size_t count_certificates(BIO *bio, bool *ret_at_end)
{
	X509 *certificate;
	unsigned long error;
	size_t count = 0;

	while ((certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		X509_free(certificate);
		count++;
	}
	error = ERR_peek_last_error();
	*ret_at_end = ERR_GET_LIB(error) == ERR_LIB_PEM &&
		      ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
	ERR_clear_error();
	return count;
}

const char *webhook_ca_check(const void *arg, struct text pem)
{
	bool is_at_end = false;
	size_t count = 0;
	BIO *bio;

	(void)arg;
	if (pem.len > INT_MAX)
		return "is too long";
	bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	if (bio)
		count = count_certificates(bio, &is_at_end);
	BIO_free(bio);
	if (count == 0)
		return "holds no certificate between -----BEGIN "
		       "CERTIFICATE----- and -----END CERTIFICATE-----";
	return is_at_end ? NULL : "holds a certificate that cannot be read";
}
