#include "db/user.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "db/token.h"
#include "db/value_check.h"

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("._-+@", c));
}

bool user_name_fold(struct text name, char folded[USER_NAME_MAX + 1])
{
	if (name.len == 0 || name.len > USER_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		folded[i] = ascii_lower(name.ptr[i]);
		if (!is_name_byte(folded[i]))
			return false;
	}
	folded[name.len] = '\0';
	return true;
}

static bool is_email(const char *email)
{
	const char *at = strchr(email, '@');

	for (const char *c = email; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return at && at != email && at[1] && !strchr(at + 1, '@');
}

/* "en", "id", "zh-Hant" (RFC 5646), as far as its letters go. */
static bool is_language(const char *language)
{
	size_t run = 0, subtags = 0;

	for (const char *c = language; *c; c++) {
		char lower = ascii_lower(*c);

		if (*c == '-') {
			if (run == 0)
				return false;
			run = 0;
			subtags++;
		} else if (++run > (subtags > 0 ? 8 : 3) ||
			   !((lower >= 'a' && lower <= 'z') ||
			     (subtags > 0 && *c >= '0' && *c <= '9'))) {
			return false;
		}
	}
	return run > 0 && (subtags > 0 || run >= 2);
}

static void check_addresses(struct user *user, struct faults *faults)
{
	for (size_t i = 0; i < user->address_count; i++) {
		char pointer[32];

		snprintf(pointer, sizeof(pointer), "/addresses/%zu", i);
		if (!value_check_address(user->addresses[i], pointer, faults))
			continue;
		for (size_t j = 0; j < i; j++)
			if (!strcmp(user->addresses[j], user->addresses[i])) {
				faults_add(faults, FAULT_DUPLICATE, pointer,
					   "is there twice");
				break;
			}
	}
}

void user_validate(struct user *user, struct faults *faults)
{
	char folded[USER_NAME_MAX + 1];
	uint32_t scopes;

	if (user_name_fold(text_of(user->name), folded))
		text_copy(text_of(folded), user->name, sizeof(user->name));
	else
		faults_add(faults, FAULT_BAD_FORMAT, "/name",
			   "must be 1 to %d letters, digits, and . _ - + @",
			   USER_NAME_MAX);
	value_check_note(user->display_name, USER_DISPLAY_NAME_MAX,
			 "/display_name", faults);
	if (user->email[0] && !is_email(user->email))
		faults_add(faults, FAULT_BAD_FORMAT, "/email",
			   "must be like name@example.com");
	for (const char *c = user->external_id; *c; c++)
		if (*c <= ' ' || *c > '~') {
			faults_add(faults, FAULT_BAD_FORMAT, "/external_id",
				   "must be visible ASCII, without blanks");
			break;
		}
	if (user_role_scopes(text_of(user->role), &scopes))
		faults_add(faults, FAULT_OUT_OF_RANGE, "/role",
			   "must be admin, operator, helpdesk or user");
	if (user->language[0] && !is_language(user->language))
		faults_add(faults, FAULT_BAD_FORMAT, "/language",
			   "must be a language tag, such as en or id");
	check_addresses(user, faults);
}
