#include "sip/digest_credentials.h"

#include <errno.h>

#include "base/sip_uri.h"
#include "sip/sip_token.h"

enum {
	NC_LEN = 8,
	/* What is hashed has an end, before it is known whether it is worth it.
	 * Nobody sends half of that. */
	VALUE_MAX = 256,
	GIVEN_MAX = 32, /* parameters, unknown ones included */
};

enum parameter {
	USERNAME,
	REALM,
	NONCE,
	URI,
	RESPONSE,
	ALGORITHM,
	QOP,
	NC,
	CNONCE,
	PARAMETERS,
};

/* How RFC 3261 25.1 writes them. */
enum form {
	FORM_QUOTED,
	FORM_TOKEN,
	FORM_EITHER, /* both are seen in the wild */
};

struct parameter_row {
	struct text name; /* in lower case */
	enum form form;
	bool is_needed;
	size_t max; /* bytes of its value */
};

#define ROW(name, form, is_needed)                                     \
	{                                                              \
		{ name, sizeof(name) - 1 }, form, is_needed, VALUE_MAX \
	}

static const struct parameter_row rows[PARAMETERS] = {
	[USERNAME] = ROW("username", FORM_QUOTED, true),
	[REALM] = ROW("realm", FORM_QUOTED, true),
	[NONCE] = ROW("nonce", FORM_QUOTED, true),
	[URI] = { TEXT("uri"), FORM_QUOTED, true, SIP_URI_MAX },
	[RESPONSE] = ROW("response", FORM_QUOTED, true),
	[ALGORITHM] = ROW("algorithm", FORM_EITHER, false),
	[QOP] = ROW("qop", FORM_EITHER, false),
	[NC] = ROW("nc", FORM_EITHER, false),
	[CNONCE] = ROW("cnonce", FORM_QUOTED, false),
};

struct value {
	struct text text;
	bool is_given;
	bool is_quoted;
};

static bool take_value(struct sip_cursor *cursor, struct value *ret_value)
{
	const char *start = cursor->at;

	*ret_value = (struct value){ .is_given = true };
	if (!sip_is_at(cursor, '"')) {
		ret_value->text = sip_take_token(cursor);
		return ret_value->text.len > 0;
	}
	if (!sip_skip_quoted(cursor))
		return false;
	ret_value->is_quoted = true;
	ret_value->text =
		(struct text){ start + 1, (size_t)(cursor->at - start) - 2 };
	return true;
}

static bool fits(const struct value *value, enum form form)
{
	return form == FORM_EITHER || value->is_quoted == (form == FORM_QUOTED);
}

/* What nobody here knows is left out (opaque, auth-param). */
static bool keep(struct value values[PARAMETERS], struct text name,
		 const struct value *value)
{
	for (size_t i = 0; i < PARAMETERS; i++) {
		if (!sip_token_is(name, rows[i].name))
			continue;
		if (values[i].is_given || !fits(value, rows[i].form) ||
		    value->text.len > rows[i].max)
			return false;
		values[i] = *value;
	}
	return true;
}

static bool take_parameter(struct sip_cursor *cursor,
			   struct value values[PARAMETERS])
{
	struct text name = sip_take_token(cursor);
	struct value value;

	return name.len > 0 && sip_take_separator(cursor, '=') &&
	       take_value(cursor, &value) && keep(values, name, &value);
}

static bool take_parameters(struct sip_cursor *cursor,
			    struct value values[PARAMETERS])
{
	size_t count = 0;

	do {
		if (count++ == GIVEN_MAX || !take_parameter(cursor, values))
			return false;
	} while (sip_take_separator(cursor, ','));
	if (!sip_is_at_end(cursor))
		return false;
	for (size_t i = 0; i < PARAMETERS; i++)
		if (rows[i].is_needed && !values[i].is_given)
			return false;
	return true;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_nc(struct text text, uint32_t *ret_count)
{
	uint32_t count = 0;

	if (text.len != NC_LEN)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int digit = hex_value(text.ptr[i]);

		if (digit < 0)
			return false;
		count = count << 4 | (uint32_t)digit;
	}
	*ret_count = count;
	return true;
}

/* RFC 7616 3.4: with a qop, nc and cnonce must be there. */
static int read_qop(const struct value values[PARAMETERS],
		    struct digest_credentials *credentials)
{
	credentials->has_qop = values[QOP].is_given;
	credentials->nonce_count = 0;
	if (!credentials->has_qop)
		return 0;
	if (!text_equals_nocase(values[QOP].text, TEXT("auth")))
		return ENOTSUP;
	credentials->nc = values[NC].text;
	credentials->cnonce = values[CNONCE].text;
	return values[CNONCE].is_given && read_nc(values[NC].text,
						  &credentials->nonce_count)
		       ? 0
		       : EBADMSG;
}

int digest_credentials_read(struct text value,
			    struct digest_credentials *ret_credentials)
{
	struct sip_cursor cursor = sip_cursor_over(value);
	struct value values[PARAMETERS] = { { .is_given = false } };
	const char *scheme_end;

	sip_skip_lws(&cursor);
	if (!text_equals_nocase(sip_take_token(&cursor), TEXT("Digest")))
		return ENOTSUP;
	scheme_end = cursor.at;
	sip_skip_lws(&cursor);
	if (cursor.at == scheme_end || !take_parameters(&cursor, values))
		return EBADMSG;
	*ret_credentials = (struct digest_credentials){
		.username = values[USERNAME].text,
		.realm = values[REALM].text,
		.nonce = values[NONCE].text,
		.uri = values[URI].text,
		.response = values[RESPONSE].text,
		.algorithm = DIGEST_MD5,
	};
	if (values[ALGORITHM].is_given &&
	    !digest_algorithm_from_text(values[ALGORITHM].text,
					&ret_credentials->algorithm))
		return ENOTSUP;
	return read_qop(values, ret_credentials);
}
