#include "api/calendar_subscription_document.h"

#include <string.h>

#include "api/document_member.h"
#include "db/inbound_source.h"
#include "db/time_zone.h"

static const char *const read_only[] = {
	"id",
	"url_origin",
	"state",
	"disabled_reason",
	"next_poll_at",
	"last_poll_at",
	"last_success_at",
	"last_status",
	"last_error",
	"failures_in_a_row",
	"last_result",
	"created_at",
	"updated_at",
	"revision",
	NULL,
};

/* --- in
 * -----------------------------------------------------------------------
 */

/* webcal: is what calendars call https: when they ask to be subscribed to. */
static bool copy_url(struct text url, char *buffer, size_t size)
{
	const struct text webcal = TEXT("webcal://");
	struct writer writer = writer_over(buffer, size - 1);

	if (text_starts_with_nocase(url, webcal)) {
		writer_put(&writer, TEXT("https://"));
		url.ptr += webcal.len;
		url.len -= webcal.len;
	}
	writer_put(&writer, url);
	buffer[writer.len] = '\0';
	return writer_is_complete(&writer);
}

static void read_url(struct json_object *body, bool is_new,
		     const struct calendar_checks *checks,
		     struct calendar_subscription *subscription)
{
	const char *why = NULL;
	struct text url;
	enum json_presence presence =
		json_string(body, "url", CALENDAR_URL_MAX, &url);

	if (presence == JSON_NULL || (presence == JSON_ABSENT && is_new))
		json_missing(body, "url");
	if (presence != JSON_PRESENT)
		return;
	if (!copy_url(text_trim(url), subscription->url,
		      sizeof(subscription->url)))
		why = "is longer than 1023 bytes";
	else if (checks->url)
		why = checks->url(checks->arg, text_of(subscription->url));
	if (why)
		json_fault(body, "url", FAULT_BAD_FORMAT, "%s", why);
}

static void read_zone(struct json_object *body,
		      struct calendar_subscription *subscription)
{
	struct time_zone *zone = NULL;

	member_text(body, "time_zone", subscription->time_zone,
		    sizeof(subscription->time_zone));
	if (subscription->time_zone[0] &&
	    time_zone_open(text_of(subscription->time_zone), &zone))
		json_fault(body, "time_zone", FAULT_UNKNOWN_TIME_ZONE,
			   "is no time zone this system knows");
	time_zone_close(zone);
}

static void read_interval(struct json_object *body, bool is_new,
			  struct calendar_subscription *subscription)
{
	enum json_presence presence = json_integer(
		body, "interval_seconds", CALENDAR_INTERVAL_MIN_S,
		CALENDAR_INTERVAL_MAX_S, &subscription->interval_s);

	if (presence == JSON_NULL || (presence == JSON_ABSENT && is_new))
		subscription->interval_s = CALENDAR_INTERVAL_DEFAULT_S;
}

void calendar_subscription_document_read(
	struct json_object *body, bool is_new,
	const struct calendar_checks *checks,
	struct calendar_subscription *subscription)
{
	if (is_new)
		subscription->enabled = true;
	if (checks->names_user && is_new)
		member_required_text(body, "user_id", true,
				     subscription->user_id,
				     sizeof(subscription->user_id));
	else
		json_read_only(body, "user_id");
	member_text(body, "name", subscription->name,
		    sizeof(subscription->name));
	read_url(body, is_new, checks, subscription);
	member_text(body, "address", subscription->address,
		    sizeof(subscription->address));
	member_text(body, "target", subscription->target,
		    sizeof(subscription->target));
	read_zone(body, subscription);
	member_word(body,
		    &(struct word_member){ "on_conflict",
					   inbound_on_conflict_names, true },
		    is_new, &subscription->on_conflict);
	read_interval(body, is_new, subscription);
	member_bool(body, "enabled", true, &subscription->enabled);
	members_read_only(body, read_only);
	json_object_end(body);
}

/* --- out
 * ----------------------------------------------------------------------
 */

/* "https://calendar.example.net" */
static struct text origin_of(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	return (struct text){ url,
			      (size_t)(host - url) + strcspn(host, "/?#") };
}

static void put_time(struct json_writer *writer, const char *name,
		     int64_t time_ms)
{
	if (time_ms)
		json_put_time_ms(writer, name, time_ms);
	else
		json_put_null(writer, name);
}

static void put_result(struct json_writer *writer,
		       const struct calendar_subscription *subscription)
{
	const struct calendar_counts *counts = &subscription->counts;

	json_open_object(writer, "last_result");
	json_put_integer(writer, "created", counts->created);
	json_put_integer(writer, "updated", counts->updated);
	json_put_integer(writer, "cancelled", counts->cancelled);
	json_put_integer(writer, "unchanged", counts->unchanged);
	json_put_integer(writer, "skipped", counts->skipped);
	json_put_integer(writer, "failed", counts->failed);
	json_put_json(writer, "errors", text_of(subscription->errors));
	json_close_object(writer);
}

static void put_status(struct json_writer *writer,
		       const struct calendar_subscription *subscription)
{
	json_put_string(writer, "state",
			subscription->enabled ? TEXT("active")
					      : TEXT("disabled"));
	json_put_string_or_null(
		writer, "disabled_reason",
		text_of(calendar_disabled_name(subscription->disabled_reason)));
	put_time(writer, "next_poll_at",
		 subscription->enabled ? subscription->next_poll_at_ms : 0);
	put_time(writer, "last_poll_at", subscription->last_poll_at_ms);
	put_time(writer, "last_success_at", subscription->last_success_at_ms);
	if (subscription->last_status)
		json_put_integer(writer, "last_status",
				 subscription->last_status);
	else
		json_put_null(writer, "last_status");
	json_put_string_or_null(writer, "last_error",
				text_of(subscription->last_error));
	json_put_integer(writer, "failures_in_a_row", subscription->failures);
	put_result(writer, subscription);
}

void calendar_subscription_document_write(
	struct json_writer *writer,
	const struct calendar_subscription *subscription)
{
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(subscription->id));
	json_put_string(writer, "user_id", text_of(subscription->user_id));
	json_put_string(writer, "name", text_of(subscription->name));
	json_put_string(writer, "url_origin", origin_of(subscription->url));
	json_put_string_or_null(writer, "address",
				text_of(subscription->address));
	json_put_string_or_null(writer, "target",
				text_of(subscription->target));
	json_put_string_or_null(writer, "time_zone",
				text_of(subscription->time_zone));
	json_put_string(
		writer, "on_conflict",
		text_of(inbound_on_conflict_names[subscription->on_conflict]));
	json_put_integer(writer, "interval_seconds", subscription->interval_s);
	json_put_bool(writer, "enabled", subscription->enabled);
	put_status(writer, subscription);
	json_put_time_ms(writer, "created_at", subscription->created_at_ms);
	json_put_time_ms(writer, "updated_at", subscription->updated_at_ms);
	json_put_i64_string(writer, "revision", subscription->revision);
	json_close_object(writer);
}
