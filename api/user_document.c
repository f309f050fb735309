#include "api/user_document.h"

#include <errno.h>

#include "api/document_member.h"
#include "db/time_zone.h"

/* A password is nobody's to set but the user's own: by a link, or by knowing
 * the one before. */
static const char *const read_only[] = {
	"id",	      "password",   "has_password", "has_totp", "last_login_at",
	"created_at", "updated_at", "revision",	    NULL
};

static const char *const not_ones_own[] = { "name", "email",   "external_id",
					    "role", "enabled", "addresses",
					    NULL };

static int read_time_zone(struct json_object *document, struct user *user)
{
	struct time_zone *zone = NULL;
	struct text name;
	enum json_presence presence =
		json_string(document, "time_zone", MOVE_TIME_ZONE_MAX, &name);
	int err;

	if (presence == JSON_NULL)
		user->time_zone[0] = '\0';
	if (presence != JSON_PRESENT)
		return 0;
	err = time_zone_open(name, &zone);
	time_zone_close(zone);
	if (err == ENOMEM)
		return err;
	if (err)
		json_fault(document, "time_zone", FAULT_UNKNOWN_TIME_ZONE,
			   "is no time zone this system knows; IANA names "
			   "look like \"Asia/Jakarta\"");
	else
		text_copy(name, user->time_zone, sizeof(user->time_zone));
	return 0;
}

static int read_common(struct json_object *document, struct user *user)
{
	member_text(document, "display_name", user->display_name,
		    sizeof(user->display_name));
	member_text(document, "language", user->language,
		    sizeof(user->language));
	return read_time_zone(document, user);
}

static void read_addresses(struct json_object *document, struct user *user)
{
	struct json_array array;
	struct text uri;
	enum json_presence presence =
		json_array(document, "addresses", USER_ADDRESSES_MAX, &array);

	if (presence == JSON_NULL)
		user->address_count = 0;
	if (presence != JSON_PRESENT)
		return;
	user->address_count = 0;
	for (size_t i = 0; i < array.count && i < USER_ADDRESSES_MAX; i++) {
		if (!json_array_string(&array, i, MOVE_ADDRESS_MAX, &uri))
			uri = TEXT("");
		text_copy(uri, user->addresses[user->address_count++],
			  sizeof(user->addresses[0]));
	}
}

int user_document_read(struct json_object *document, bool is_new,
		       struct user *user)
{
	int err;

	if (is_new)
		user->enabled = true;
	member_required_text(document, "name", is_new, user->name,
			     sizeof(user->name));
	member_required_text(document, "role", is_new, user->role,
			     sizeof(user->role));
	err = read_common(document, user);
	member_text(document, "email", user->email, sizeof(user->email));
	member_text(document, "external_id", user->external_id,
		    sizeof(user->external_id));
	member_bool(document, "enabled", true, &user->enabled);
	read_addresses(document, user);
	members_read_only(document, read_only);
	json_object_end(document);
	return err;
}

int user_document_read_own(struct json_object *document, struct user *user)
{
	int err = read_common(document, user);

	members_read_only(document, not_ones_own);
	members_read_only(document, read_only);
	json_object_end(document);
	return err;
}

void user_document_write(struct json_writer *writer, const struct user *user)
{
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(user->id));
	json_put_string(writer, "name", text_of(user->name));
	json_put_string(writer, "display_name", text_of(user->display_name));
	json_put_string_or_null(writer, "email", text_of(user->email));
	json_put_string_or_null(writer, "external_id",
				text_of(user->external_id));
	json_put_string(writer, "role", text_of(user->role));
	json_put_string_or_null(writer, "language", text_of(user->language));
	json_put_string_or_null(writer, "time_zone", text_of(user->time_zone));
	json_put_bool(writer, "enabled", user->enabled);
	json_open_array(writer, "addresses");
	for (size_t i = 0; i < user->address_count; i++)
		json_put_string(writer, NULL, text_of(user->addresses[i]));
	json_close_array(writer);
	json_put_bool(writer, "has_password", user->has_password);
	json_put_bool(writer, "has_totp", user->has_totp);
	if (user->last_login_at_ms)
		json_put_time_ms(writer, "last_login_at",
				 user->last_login_at_ms);
	else
		json_put_null(writer, "last_login_at");
	json_put_time_ms(writer, "created_at", user->created_at_ms);
	json_put_time_ms(writer, "updated_at", user->updated_at_ms);
	json_put_i64_string(writer, "revision", user->revision);
	json_close_object(writer);
}
