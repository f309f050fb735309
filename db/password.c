#include "db/password.h"

#include <errno.h>
#include <string.h>
#include <sodium.h>

#include "base/utf8.h"

_Static_assert(PASSWORD_HASH_SIZE >= crypto_pwhash_STRBYTES,
	       "a PHC string of libsodium's fits");

enum {
	PASSES = 2,
};

static size_t count_characters(struct text text)
{
	size_t count = 0;

	while (text.len > 0) {
		size_t len = utf8_length(text);

		if (len == 0)
			return 0;
		text.ptr += len;
		text.len -= len;
		count++;
	}
	return count;
}

void password_validate(struct text password, const char *name,
		       const char *pointer, struct faults *faults)
{
	size_t count = count_characters(password);

	if (count < PASSWORD_CHARACTERS_MIN || count > PASSWORD_CHARACTERS_MAX)
		faults_add(faults, FAULT_WEAK_PASSWORD, pointer,
			   "must have %d to %d characters",
			   PASSWORD_CHARACTERS_MIN, PASSWORD_CHARACTERS_MAX);
	else if (password_is_common(password))
		faults_add(faults, FAULT_WEAK_PASSWORD, pointer,
			   "is one of the commonest passwords, which are tried "
			   "first");
	else if (name[0] && text_equals_nocase(password, text_of(name)))
		faults_add(faults, FAULT_WEAK_PASSWORD, pointer,
			   "must not be the name");
}

int password_hash(struct text password, unsigned memory_kib,
		  char ret_phc[PASSWORD_HASH_SIZE])
{
	return crypto_pwhash_str_alg(ret_phc, password.ptr, password.len,
				     PASSES, (size_t)memory_kib * 1024,
				     crypto_pwhash_ALG_ARGON2ID13) == 0
		       ? 0
		       : ENOMEM;
}

bool password_verify(const char *phc, struct text password)
{
	return phc[0] &&
	       crypto_pwhash_str_verify(phc, password.ptr, password.len) == 0;
}

bool password_is_outdated(const char *phc, unsigned memory_kib)
{
	return crypto_pwhash_str_needs_rehash(phc, PASSES,
					      (size_t)memory_kib * 1024) == 1;
}

bool password_phc_is_valid(const char *phc)
{
	return strncmp(phc, crypto_pwhash_argon2id_STRPREFIX,
		       sizeof(crypto_pwhash_argon2id_STRPREFIX) - 1) == 0 &&
	       strlen(phc) < PASSWORD_HASH_SIZE &&
	       crypto_pwhash_str_needs_rehash(
		       phc, PASSES,
		       (size_t)PASSWORD_MEMORY_KIB_DEFAULT * 1024) >= 0;
}
