#include "api/query_address.h"

#include <string.h>

#include "base/sip_uri.h"

/* As its domain keeps it. */
static void ignore_case(const struct snapshot *snapshot,
			const struct sip_uri *uri, char *canonical, size_t len)
{
	const struct snapshot_domain *domain = NULL;
	const char *at = memrchr(canonical, '@', len);

	if (snapshot && at && uri->scheme != SIP_SCHEME_TEL)
		domain = snapshot_domain(snapshot, text_of(at + 1));
	if (domain && domain->settings->ignores_user_case)
		sip_address_ignore_case(canonical, len);
}

void query_address(struct exchange *exchange, const char *name, char *buffer,
		   size_t size)
{
	struct writer writer = writer_over(buffer, size - 1);
	struct sip_uri uri;
	struct text value;

	buffer[0] = '\0';
	if (!query_text(exchange, name, &value))
		return;
	if (sip_uri_parse(value, &uri) || sip_uri_canonical(&uri, &writer) ||
	    !writer_is_complete(&writer)) {
		faults_add_parameter(&exchange->faults, FAULT_BAD_ADDRESS, name,
				     "must be an address such as "
				     "sip:alice@example.com or tel:+15550100");
		buffer[0] = '\0';
		return;
	}
	buffer[writer.len] = '\0';
	ignore_case(exchange->snapshot, &uri, buffer, writer.len);
}

void query_domain(struct exchange *exchange, const char *name, char *buffer,
		  size_t size)
{
	struct writer writer = writer_over(buffer, size - 1);
	struct text value;

	buffer[0] = '\0';
	if (!query_text(exchange, name, &value))
		return;
	if (sip_host_canonical(value, &writer) ||
	    !writer_is_complete(&writer)) {
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT, name,
				     "must be a host name or an IP address");
		buffer[0] = '\0';
		return;
	}
	buffer[writer.len] = '\0';
}

bool comma_list_next(struct text *list, struct text *ret_word)
{
	const char *comma;

	if (!list->ptr)
		return false;
	comma = list->len > 0 ? memchr(list->ptr, ',', list->len) : NULL;
	*ret_word = *list;
	if (comma) {
		ret_word->len = (size_t)(comma - list->ptr);
		list->ptr = comma + 1;
		list->len -= ret_word->len + 1;
	} else {
		*list = (struct text){ 0 };
	}
	return true;
}
