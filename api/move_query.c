#include "api/move_query.h"

#include <string.h>

#include "api/problem.h"
#include "api/query_address.h"

#include <string.h>

static unsigned state_bit(struct text word)
{
	for (unsigned i = MOVE_SCHEDULED; i <= MOVE_CANCELLED; i++)
		if (text_equals(word,
				text_of(move_state_name((enum move_state)i))))
			return 1U << i;
	return 0;
}

static void read_states(struct exchange *exchange, struct move_filter *filter)
{
	struct text list, word;

	if (!query_text(exchange, "state", &list))
		return;
	while (comma_list_next(&list, &word)) {
		unsigned bit = state_bit(word);

		if (!bit) {
			faults_add_parameter(
				&exchange->faults, FAULT_BAD_FORMAT, "state",
				"must be a list of `scheduled`, `active`, "
				"`ended` and `cancelled`");
			return;
		}
		filter->states |= bit;
	}
}

/* "sip:+4930*": all that begin so. A whole address has an @, or is tel:; and
 * what stands for a part of one is compared as it is. */
static bool read_prefix(struct exchange *exchange, struct move_filter *filter)
{
	struct text value;

	if (!query_text(exchange, "address", &value) || value.len < 2 ||
	    value.ptr[value.len - 1] != '*' ||
	    memchr(value.ptr, '@', value.len))
		return false;
	filter->address_prefix = (struct text){ value.ptr, value.len - 1 };
	return true;
}

void move_query_read(struct exchange *exchange, struct move_query *query)
{
	struct move_filter *filter = &query->filter;

	if (!read_prefix(exchange, filter))
		query_address(exchange, "address", query->address,
			      sizeof(query->address));
	filter->address = text_of(query->address);
	query->at_domain[0] = '@';
	query_domain(exchange, "domain", query->at_domain + 1,
		     sizeof(query->at_domain) - 1);
	if (query->at_domain[1])
		filter->at_domain = text_of(query->at_domain);
	query_text(exchange, "target", &filter->target);
	query_text(exchange, "external_id", &filter->external_id);
	query_text(exchange, "q", &filter->note_contains);
	query_time(exchange, "active_at", &filter->active_at_ms);
	query_time(exchange, "from", &filter->from_ms);
	query_time(exchange, "until", &filter->until_ms);
	if (filter->from_ms && filter->until_ms &&
	    filter->until_ms <= filter->from_ms)
		faults_add_parameter(&exchange->faults, FAULT_END_BEFORE_START,
				     "until", "must be after `from`");
	read_states(exchange, filter);
}
