#include "api/redirect_log_filter.h"

#include <stdio.h>
#include <string.h>

#include "api/query_address.h"
#include "base/call_reason.h"
#include "base/ip_network.h"

enum {
	MS_PER_DAY = 86400000,
	/* Static: "0" ... of what is stored as a number. */
	NUMBERS = 32,
};

_Static_assert((int)CALL_REASONS <= (int)NUMBERS,
	       "every reason has its number as text");

static const char *const numbers[NUMBERS] = {
	"0",  "1",  "2",  "3",	"4",  "5",  "6",  "7",	"8",  "9",  "10",
	"11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21",
	"22", "23", "24", "25", "26", "27", "28", "29", "30", "31",
};

/* --- values of one kind --------------------------------------------------- */

static const char *reason_word(unsigned number)
{
	return call_reason_name(number);
}

static const char *transport_word(unsigned number)
{
	static const char *const words[] = { "udp", "tcp", "tls" };

	return number < sizeof(words) / sizeof(*words) ? words[number] : NULL;
}

static const char *bool_word(unsigned number)
{
	static const char *const words[] = { "false", "true" };

	return number < sizeof(words) / sizeof(*words) ? words[number] : NULL;
}

/* The number that stands for that word, as text. */
static bool to_number(const char *(*word)(unsigned number), struct text *value)
{
	for (unsigned i = 0; i < NUMBERS; i++) {
		const char *name = word(i);

		if (name && text_equals(*value, text_of(name))) {
			*value = text_of(numbers[i]);
			return true;
		}
	}
	return false;
}

static bool is_network(struct text value)
{
	struct ip_network network;

	return ip_network_parse(value, &network) == 0;
}

/* --- the table ------------------------------------------------------------ */

static const struct parameter {
	const char *name;
	enum redirect_log_column column;
	bool has_wildcards;
	bool is_list; /* a comma is no part of a value */
	bool needs_no_window;
	const char *(*word)(unsigned number); /* NULL: any text */
	bool (*is_fit)(struct text value);    /* of an exact one; NULL: any */
	const char *must;
} parameters[] = {
	{ "move_id", LOG_COLUMN_MOVE_ID, false, false, true, NULL, NULL, "" },
	{ "method", LOG_COLUMN_METHOD, true, true, false, NULL, NULL, "" },
	{ "reason", LOG_COLUMN_REASON, false, true, false, reason_word, NULL,
	  "must be a list of reasons such as `moved,no_move`" },
	{ "source", LOG_COLUMN_SOURCE, true, true, false, NULL, is_network,
	  "must be an IP address, a network such as 192.0.2.0/24, or the start "
	  "of an address with its port such as `192.0.2.*`" },
	{ "caller", LOG_COLUMN_CALLER, true, false, false, NULL, NULL, "" },
	{ "target", LOG_COLUMN_TARGET, true, false, false, NULL, NULL, "" },
	{ "user_agent", LOG_COLUMN_USER_AGENT, true, false, false, NULL, NULL,
	  "" },
	{ "rule_id", LOG_COLUMN_RULE_ID, false, true, false, NULL, NULL, "" },
	{ "transport", LOG_COLUMN_TRANSPORT, false, true, false, transport_word,
	  NULL, "must be a list of `udp`, `tcp` and `tls`" },
	{ "ack_seen", LOG_COLUMN_ACK_SEEN, false, false, false, bool_word, NULL,
	  "must be true or false" },
};

/* Of a stream, which compares each record as it is written. */
static const struct parameter live_source = {
	.name = "source",
	.column = LOG_COLUMN_SOURCE,
	.is_list = true,
	.is_fit = is_network,
	.must = "must be a list of IP addresses or networks such as "
		"192.0.2.0/24",
};

enum {
	PARAMETERS = sizeof(parameters) / sizeof(*parameters),
};

/* --- reading -------------------------------------------------------------- */

/* What the search needs of a window. */
enum window {
	WINDOW_NONE,
	WINDOW_START, /* `from` */
	WINDOW_DAY,   /* `from`, and at most a day */
};

struct reading {
	struct exchange *exchange;
	struct redirect_log_filter *filter;
	enum window window;
	const char *needed_by; /* the parameter that needs it */
};

static void need(struct reading *reading, enum window window, const char *name)
{
	if (window <= reading->window)
		return;
	reading->window = window;
	reading->needed_by = name;
}

static bool ends_in_star(struct text text)
{
	return text.len > 0 && text.ptr[text.len - 1] == '*';
}

/* Takes the asterisks off. False: it has one at its start alone, or nothing
 * else. */
static bool take_wildcards(struct text *value, enum redirect_log_match *match)
{
	bool at_start = value->len > 0 && value->ptr[0] == '*';
	bool at_end = ends_in_star(*value);

	*match = LOG_MATCH_EXACT;
	if (!at_start && !at_end)
		return true;
	if (!at_end || value->len < (at_start ? 3 : 2))
		return false;
	*match = at_start ? LOG_MATCH_PART : LOG_MATCH_START;
	value->ptr += at_start;
	value->len -= at_start ? 2 : 1;
	return true;
}

static void add_term(struct reading *reading, enum redirect_log_column column,
		     enum redirect_log_match match, struct text text)
{
	struct redirect_log_filter *filter = reading->filter;

	filter->terms[filter->term_count++] =
		(struct redirect_log_term){ column, match, text };
}

static bool read_value(struct reading *reading,
		       const struct parameter *parameter, struct text value)
{
	enum redirect_log_match match = LOG_MATCH_EXACT;
	struct exchange *exchange = reading->exchange;

	if (reading->filter->term_count == LOG_TERMS_MAX) {
		faults_add_parameter(
			&exchange->faults, FAULT_TOO_MANY, parameter->name,
			"brings more than %d values to compare", LOG_TERMS_MAX);
		return false;
	}
	if (parameter->has_wildcards && !take_wildcards(&value, &match)) {
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT,
				     parameter->name,
				     "must be `text`, `text*` or `*text*`");
		return false;
	}
	if ((parameter->word && !to_number(parameter->word, &value)) ||
	    (parameter->is_fit && match == LOG_MATCH_EXACT &&
	     !parameter->is_fit(value))) {
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT,
				     parameter->name, "%s", parameter->must);
		return false;
	}
	add_term(reading, parameter->column, match, value);
	if (!parameter->needs_no_window)
		need(reading,
		     match == LOG_MATCH_PART ? WINDOW_DAY : WINDOW_START,
		     parameter->name);
	return true;
}

static void read_parameter(struct reading *reading,
			   const struct parameter *parameter)
{
	struct text list, value;

	if (!query_text(reading->exchange, parameter->name, &list))
		return;
	if (!parameter->is_list) {
		(void)read_value(reading, parameter, list);
		return;
	}
	while (comma_list_next(&list, &value))
		if (!read_value(reading, parameter, value))
			return;
}

/* An address or a Call-ID: by its index, unless it has wildcards. False: it
 * is not given, or exact. */
static bool read_wildcard_of(struct reading *reading, const char *name,
			     enum redirect_log_column column)
{
	enum redirect_log_match match;
	struct text value;

	if (!query_text(reading->exchange, name, &value) ||
	    !ends_in_star(value))
		return false;
	if (!take_wildcards(&value, &match)) {
		faults_add_parameter(&reading->exchange->faults,
				     FAULT_BAD_FORMAT, name,
				     "must be `text`, `text*` or `*text*`");
		return true;
	}
	add_term(reading, column, match, value);
	need(reading, match == LOG_MATCH_PART ? WINDOW_DAY : WINDOW_START,
	     name);
	return true;
}

static bool add_status(struct redirect_log_filter *filter, struct text word)
{
	size_t max = sizeof(filter->statuses) / sizeof(filter->statuses[0]);
	uint64_t status;

	if (filter->status_count == max || word.len != 3 ||
	    text_to_u64(word, &status) || status < 100 || status > 699)
		return false;
	for (size_t i = 0; i < filter->status_count; i++)
		if (filter->statuses[i] == status)
			return true;
	filter->statuses[filter->status_count++] = (uint16_t)status;
	return true;
}

static void read_statuses(struct exchange *exchange,
			  struct redirect_log_filter *filter)
{
	struct text list, word;

	if (!query_text(exchange, "status", &list))
		return;
	while (comma_list_next(&list, &word)) {
		if (!add_status(filter, word)) {
			faults_add_parameter(
				&exchange->faults, FAULT_BAD_FORMAT, "status",
				"must be a list of at most 16 SIP status "
				"codes: `302,404`");
			return;
		}
	}
}

static void read_call_id(struct exchange *exchange,
			 struct redirect_log_filter *filter)
{
	struct text call_id;

	/* The log keeps no more of a Call-ID than this. */
	if (query_text(exchange, "call_id", &call_id))
		text_copy(call_id, filter->call_id, sizeof(filter->call_id));
}

static void check_window(struct reading *reading)
{
	struct exchange *exchange = reading->exchange;
	const struct redirect_log_filter *filter = reading->filter;
	int64_t until_ms = filter->until_ms ? filter->until_ms
					    : exchange->now_ms;

	if (filter->from_ms && filter->until_ms &&
	    filter->until_ms <= filter->from_ms) {
		faults_add_parameter(&exchange->faults, FAULT_END_BEFORE_START,
				     "until", "must be after `from`");
		return;
	}
	/* What an index finds may be compared record by record. */
	if (reading->window == WINDOW_NONE || filter->address[0] ||
	    filter->call_id[0])
		return;
	if (!filter->from_ms)
		faults_add_parameter(&exchange->faults, FAULT_MISSING_MEMBER,
				     "from",
				     "is needed with `%s`, which is searched "
				     "record by record",
				     reading->needed_by);
	else if (reading->window == WINDOW_DAY &&
		 until_ms - filter->from_ms > MS_PER_DAY)
		faults_add_parameter(&exchange->faults, FAULT_OUT_OF_RANGE,
				     "until",
				     "must be within 24 hours of `from`, as "
				     "`%s` begins with an asterisk",
				     reading->needed_by);
}

void redirect_log_filter_read(struct exchange *exchange,
			      struct redirect_log_filter *filter)
{
	struct reading reading = { .exchange = exchange, .filter = filter };

	if (!read_wildcard_of(&reading, "address", LOG_COLUMN_ADDRESS))
		query_address(exchange, "address", filter->address,
			      sizeof(filter->address));
	if (!read_wildcard_of(&reading, "call_id", LOG_COLUMN_CALL_ID))
		read_call_id(exchange, filter);
	read_statuses(exchange, filter);
	for (size_t i = 0; i < PARAMETERS; i++)
		read_parameter(&reading, &parameters[i]);
	query_time(exchange, "from", &filter->from_ms);
	query_time(exchange, "until", &filter->until_ms);
	check_window(&reading);
}

void redirect_log_filter_read_live(struct exchange *exchange,
				   struct redirect_log_filter *filter)
{
	struct reading reading = { .exchange = exchange, .filter = filter };

	query_address(exchange, "address", filter->address,
		      sizeof(filter->address));
	read_call_id(exchange, filter);
	read_statuses(exchange, filter);
	read_parameter(&reading, &live_source);
}

void redirect_log_window_read(struct exchange *exchange, int64_t *ret_from_ms,
			      int64_t *ret_until_ms)
{
	int64_t from_ms = 0, until_ms = 0;

	query_time(exchange, "from", &from_ms);
	query_time(exchange, "until", &until_ms);
	if (!until_ms)
		until_ms = exchange->now_ms;
	if (!from_ms)
		from_ms = until_ms - MS_PER_DAY;
	if (until_ms <= from_ms)
		faults_add_parameter(&exchange->faults, FAULT_END_BEFORE_START,
				     "until", "must be after `from`");
	*ret_from_ms = from_ms;
	*ret_until_ms = until_ms;
}
