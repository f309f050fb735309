#include "sip/tls_identity.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "base/text.h"

static struct text string_text(const ASN1_STRING *string)
{
	return (struct text){
		(const char *)ASN1_STRING_get0_data(string),
		(size_t)ASN1_STRING_length(string),
	};
}

/* A wildcard or a NUL in a name matches nothing (RFC 5922 7.2). */
static bool is_listed(struct text name, const struct tls_settings *settings)
{
	if (name.len == 0 || memchr(name.ptr, '*', name.len) ||
	    memchr(name.ptr, '\0', name.len))
		return false;
	for (size_t i = 0; i < settings->client_identity_count; i++)
		if (text_equals_nocase(name,
				       text_of(settings->client_identities[i])))
			return true;
	return false;
}

/* Not a NUL, which strchr() would take for one of them. */
static bool ends_host(char c)
{
	return c == ':' || c == ';' || c == '?';
}

/* The domain of "sip:HOST"; empty for other schemes and for a user's URI. */
static struct text uri_domain(struct text uri)
{
	const struct text none = { uri.ptr, 0 };
	struct text host;

	if (!text_starts_with_nocase(uri, TEXT("sip:")) ||
	    memchr(uri.ptr, '@', uri.len))
		return none;
	host = (struct text){ uri.ptr + 4, 0 };
	while (host.len < uri.len - 4 && !ends_host(host.ptr[host.len]))
		host.len++;
	return host;
}

/* Of a name of the one kind; empty: it names no SIP domain. */
static struct text domain_of(const GENERAL_NAME *name, int type)
{
	if (name->type != type)
		return (struct text){ "", 0 };
	return type == GEN_URI ? uri_domain(string_text(
					 name->d.uniformResourceIdentifier))
			       : string_text(name->d.dNSName);
}

/* ret_is_found: there are some, listed or not. */
static bool is_domain_listed(const GENERAL_NAMES *names, int type,
			     const struct tls_settings *settings,
			     bool *ret_is_found)
{
	bool is_allowed = false;

	*ret_is_found = false;
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		struct text domain =
			domain_of(sk_GENERAL_NAME_value(names, i), type);

		*ret_is_found |= domain.len > 0;
		is_allowed |= is_listed(domain, settings);
	}
	return is_allowed;
}

/* RFC 5922 7.1: a certificate that names SIP domains by URI speaks for none by
 * a DNS name, which is then of its host. */
static bool has_listed_name(const GENERAL_NAMES *names,
			    const struct tls_settings *settings)
{
	bool is_found;

	return is_domain_listed(names, GEN_URI, settings, &is_found) ||
	       (!is_found &&
		is_domain_listed(names, GEN_DNS, settings, &is_found));
}

static bool is_common_name_listed(const X509 *certificate,
				  const struct tls_settings *settings)
{
	const X509_NAME *subject = X509_get_subject_name(certificate);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	/* Which of two would be meant is anybody's guess. */
	if (at < 0 ||
	    X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
		return false;
	return is_listed(string_text(X509_NAME_ENTRY_get_data(
				 X509_NAME_get_entry(subject, at))),
			 settings);
}

bool tls_identity_is_allowed(const X509 *certificate,
			     const struct tls_settings *settings)
{
	GENERAL_NAMES *names;
	int presence;
	bool is_allowed;

	if (settings->client_identity_count == 0)
		return true;
	names = X509_get_ext_d2i(certificate, NID_subject_alt_name, &presence,
				 NULL);
	/* -1: there is none; else one that is unreadable speaks for nobody. */
	if (!names)
		return presence == -1 &&
		       is_common_name_listed(certificate, settings);
	is_allowed = has_listed_name(names, settings);
	GENERAL_NAMES_free(names);
	return is_allowed;
}

static bool is_usage_for_sip(const ASN1_OBJECT *usage)
{
	char text[64];

	switch (OBJ_obj2nid(usage)) {
	case NID_client_auth:
	case NID_server_auth:
	case NID_anyExtendedKeyUsage:
		return true;
	default:
		/* id-kp-sipDomain */
		OBJ_obj2txt(text, sizeof(text), usage, 1);
		return strcmp(text, "1.3.6.1.5.5.7.3.20") == 0;
	}
}

bool tls_identity_is_for_sip(const X509 *certificate)
{
	int presence;
	bool is_for_sip = false;
	EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(
		certificate, NID_ext_key_usage, &presence, NULL);

	if (!usages)
		return presence == -1;
	for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++)
		if (is_usage_for_sip(sk_ASN1_OBJECT_value(usages, i)))
			is_for_sip = true;
	EXTENDED_KEY_USAGE_free(usages);
	return is_for_sip;
}
