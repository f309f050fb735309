#include "db/time_zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/time_zone_file.h"

enum {
	NAME_MAX_BYTES = 63,
};

static const char folder[] = "/usr/share/zoneinfo/";

/* Times are clamped to 100 million days around 1970, so that no sum can
 * overflow: far beyond any that a move may have. */
static const int64_t farthest_s = INT64_C(8640000000000);

static bool is_name_byte(char c)
{
	char lower = ascii_lower(c);

	return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '+';
}

/* Words with slashes between. No dot: nothing leads out of the folder. */
static bool is_name(struct text name)
{
	char before = '/';

	if (name.len == 0 || name.len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!is_name_byte(c) && !(c == '/' && before != '/'))
			return false;
		before = c;
	}
	return before != '/';
}

/* The whole file, and not more than the largest that is allowed. */
static int read_whole(int fd, unsigned char *bytes, size_t *ret_size)
{
	size_t size = 0;

	while (size <= TIME_ZONE_FILE_MAX) {
		ssize_t got =
			read(fd, bytes + size, TIME_ZONE_FILE_MAX + 1 - size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return EBADMSG;
		if (got == 0) {
			*ret_size = size;
			return 0;
		}
		size += (size_t)got;
	}
	return EBADMSG;
}

static int open_file(struct text name, int *ret_fd)
{
	char path[sizeof(folder) + NAME_MAX_BYTES];
	struct writer writer = writer_over(path, sizeof(path));
	struct stat status;
	int fd;

	if (!is_name(name))
		return ENOENT;
	writer_put(&writer, text_of(folder));
	writer_put(&writer, name);
	writer_byte(&writer, '\0');
	/* O_NONBLOCK: whatever lies there, opening does not wait. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno == ENOMEM ? ENOMEM : ENOENT;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		close(fd);
		return ENOENT;
	}
	*ret_fd = fd;
	return 0;
}

int time_zone_open(struct text name, struct time_zone **ret_zone)
{
	unsigned char *bytes;
	size_t size;
	int fd, err;

	err = open_file(name, &fd);
	if (err)
		return err;
	bytes = malloc(TIME_ZONE_FILE_MAX + 1);
	err = bytes ? read_whole(fd, bytes, &size) : ENOMEM;
	if (!err)
		err = time_zone_parse(bytes, size, ret_zone);
	free(bytes);
	close(fd);
	return err;
}

void time_zone_close(struct time_zone *zone)
{
	free(zone);
}

/* Whole seconds of a time, down, and within what is reckoned with. */
static int64_t seconds_of(int64_t time_ms, int64_t *ret_rest_ms)
{
	int64_t rest_ms = (time_ms % 1000 + 1000) % 1000;
	int64_t time_s = time_ms / 1000 - (time_ms % 1000 < 0);

	*ret_rest_ms = rest_ms;
	if (time_s > farthest_s)
		return farthest_s;
	return time_s < -farthest_s ? -farthest_s : time_s;
}

/* How many transitions are at or before a time. */
static size_t transitions_until(const struct time_zone *zone, int64_t at_s)
{
	size_t low = 0, high = zone->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone->transitions[middle].at_s <= at_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int32_t offset_at(const struct time_zone *zone, int64_t at_s)
{
	size_t passed = transitions_until(zone, at_s);

	if (passed == zone->count && zone->has_rule)
		return time_zone_rule_offset_s(&zone->rule, at_s);
	return passed == 0 ? zone->first_offset_s
			   : zone->transitions[passed - 1].offset_s;
}

static int64_t next_transition(const struct time_zone *zone, int64_t at_s)
{
	size_t passed = transitions_until(zone, at_s);

	if (passed < zone->count)
		return zone->transitions[passed].at_s;
	return zone->has_rule ? time_zone_rule_next_s(&zone->rule, at_s)
			      : INT64_MAX;
}

int time_zone_offset_s(const struct time_zone *zone, int64_t utc_ms)
{
	int64_t rest_ms;

	return offset_at(zone, seconds_of(utc_ms, &rest_ms));
}

/*
 * Every stretch between two transitions that an instant with this reading may
 * lie in is looked at: the reading minus the stretch's offset is an instant if
 * it lies in the stretch.
 */
struct search {
	int64_t local_s;
	int64_t first_s, last_s; /* instants found */
	size_t found;
	int64_t gap_end_s; /* first instant whose reading is later */
};

static void look_at(struct search *search, int64_t from_s, int64_t until_s,
		    int32_t offset_s)
{
	int64_t instant_s = search->local_s - offset_s;

	if (instant_s < from_s && from_s < search->gap_end_s)
		search->gap_end_s = from_s;
	if (instant_s < from_s || instant_s >= until_s)
		return;
	if (search->found++ == 0)
		search->first_s = instant_s;
	search->last_s = instant_s;
}

static void look_everywhere(const struct time_zone *zone, struct search *search)
{
	int64_t from_s = search->local_s - TIME_ZONE_OFFSET_MAX_S - 1;
	int64_t end_s = search->local_s + TIME_ZONE_OFFSET_MAX_S + 1;

	while (from_s < end_s) {
		int64_t until_s = next_transition(zone, from_s);

		look_at(search, from_s, until_s, offset_at(zone, from_s));
		from_s = until_s;
	}
}

enum local_time_kind time_zone_from_local(const struct time_zone *zone,
					  int64_t local_ms,
					  int64_t *ret_first_ms,
					  int64_t *ret_second_ms)
{
	struct search search = { .gap_end_s = INT64_MAX };
	int64_t rest_ms;

	search.local_s = seconds_of(local_ms, &rest_ms);
	look_everywhere(zone, &search);
	if (search.found == 0) {
		*ret_first_ms = search.gap_end_s * 1000 - 1;
		*ret_second_ms = search.gap_end_s * 1000;
		return LOCAL_TIME_GAP;
	}
	*ret_first_ms = search.first_s * 1000 + rest_ms;
	*ret_second_ms = search.last_s * 1000 + rest_ms;
	return search.found == 1 ? LOCAL_TIME_UNIQUE : LOCAL_TIME_OVERLAP;
}
