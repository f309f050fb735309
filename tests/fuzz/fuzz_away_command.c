/*
 * What somebody types, on any bytes, in the zone and at the time that the first
 * bytes say: it is refused with a sentence, or understood as something that
 * ends after it begins, at times that exist.
 */
#include <stdlib.h>
#include <string.h>

#include "api/away_command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check(struct text text, int64_t now_ms,
		  const struct time_zone *zone)
{
	struct away_command command;
	char why[AWAY_WHY_SIZE];

	if (!away_command_parse(text, now_ms, zone, &command, why)) {
		require(why[0] && memchr(why, '\0', sizeof(why)));
		return;
	}
	require(!why[0]);
	require((command.verb == AWAY_SET) == (command.target[0] != '\0'));
	if (command.verb != AWAY_SET)
		return;
	require(memchr(command.target, ':', strlen(command.target)) != NULL);
	require(command.ends_at_ms >
		(command.starts_at_ms ? command.starts_at_ms : now_ms));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "Europe/Berlin", "Asia/Jakarta",
					     "America/St_Johns" };
	struct time_zone *zone = NULL;
	int64_t now_ms = INT64_C(1900000000000);

	if (size < 3)
		return 0;
	now_ms += (data[1] * 256 + data[2]) * INT64_C(600000);
	if (data[0] % 4 < 3)
		require(time_zone_open(text_of(names[data[0] % 4]), &zone) ==
			0);
	check((struct text){ (const char *)data + 3, size - 3 }, now_ms, zone);
	time_zone_close(zone);
	return 0;
}
