#include "base/sip_uri.h"

#include <errno.h>
#include <string.h>

#include "base/sip_uri_char.h"

static void write_escaped(struct writer *writer, unsigned char byte)
{
	static const char digits[] = "0123456789ABCDEF";
	char escape[3] = { '%', digits[byte >> 4], digits[byte & 15] };

	writer_put(writer, (struct text){ escape, sizeof(escape) });
}

/* Bytes the grammar lets stand as they are. '#' is only let through by us. */
static bool is_plain(unsigned char byte)
{
	return byte != '#' && sip_uri_char_is((char)byte, URI_CHAR_USER);
}

/* Whatever may stand unescaped does, everything else is %XX: one form for all
 * spellings of a user. */
static void write_user(struct writer *writer, struct text user)
{
	size_t at = 0;

	while (at < user.len) {
		size_t start = at;
		unsigned char byte;
		bool is_escaped;

		while (at < user.len && is_plain((unsigned char)user.ptr[at]))
			at++;
		if (at > start)
			writer_put(writer, (struct text){ user.ptr + start,
							  at - start });
		if (at == user.len)
			break;
		byte = sip_uri_next(user, &at, &is_escaped);
		if (is_plain(byte))
			writer_byte(writer, (char)byte);
		else
			write_escaped(writer, byte);
	}
}

/* '+' and digits, separators left out, up to the first ';'. What was written
 * before an EBADMSG is the caller's to take back. */
static int write_number(struct writer *writer, struct text number)
{
	size_t digits = 0;
	size_t at = 0;

	while (at < number.len) {
		bool is_escaped;
		bool is_first = at == 0;
		char c = (char)sip_uri_next(number, &at, &is_escaped);

		if (is_first) {
			if (c != '+')
				return EBADMSG;
			writer_byte(writer, '+');
			continue;
		}
		if (c == ';')
			break;
		if (sip_uri_is_separator(c))
			continue;
		if (c < '0' || c > '9')
			return EBADMSG;
		writer_byte(writer, c);
		digits++;
	}
	return digits > 0 ? 0 : EBADMSG;
}

static int check_size(const struct writer *writer, size_t start)
{
	return writer_is_complete(writer) &&
			       writer->len - start < SIP_CANONICAL_SIZE
		       ? 0
		       : EMSGSIZE;
}

/* A user that is a global number, and nothing more, is kept as that number: its
 * separators are for the eye (RFC 3966 5.1.1). */
static void write_user_or_number(struct writer *writer, struct text user)
{
	struct writer before = *writer;

	if (user.len > 0 && !memchr(user.ptr, ';', user.len) &&
	    !write_number(writer, user))
		return;
	*writer = before;
	write_user(writer, user);
}

int sip_uri_canonical_user(const struct sip_uri *uri, struct writer *writer)
{
	size_t start = writer->len;
	int err = 0;

	if (uri->scheme == SIP_SCHEME_OTHER || !uri->has_user)
		return EBADMSG;
	if (uri->scheme == SIP_SCHEME_TEL)
		err = write_number(writer, uri->user);
	else
		write_user_or_number(writer, uri->user);
	return err ? err : check_size(writer, start);
}

int sip_uri_canonical(const struct sip_uri *uri, struct writer *writer)
{
	size_t start = writer->len;
	bool is_tel = uri->scheme == SIP_SCHEME_TEL;
	int err;

	writer_put(writer, is_tel ? TEXT("tel:") : TEXT("sip:"));
	err = sip_uri_canonical_user(uri, writer);
	if (!err && !is_tel) {
		writer_byte(writer, '@');
		err = sip_host_canonical(uri->host, writer);
	}
	return err ? err : check_size(writer, start);
}

void sip_address_ignore_case(char *canonical, size_t len)
{
	/* The host has no upper case, and a number has no letters. */
	for (size_t i = 0; i < len && canonical[i] != '@'; i++)
		canonical[i] = ascii_lower(canonical[i]);
}

int sip_uri_canonical_number(const struct sip_uri *uri, struct writer *writer)
{
	size_t start = writer->len;
	int err;

	if ((uri->scheme != SIP_SCHEME_SIP && uri->scheme != SIP_SCHEME_SIPS) ||
	    !uri->has_user)
		return EBADMSG;
	writer_put(writer, TEXT("tel:"));
	err = write_number(writer, uri->user);
	return err ? err : check_size(writer, start);
}
