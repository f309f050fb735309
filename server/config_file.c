#include "config_setting.h"

#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

enum {
	LINE_MAX_BYTES = 200, /* what inih was built with */
};

struct file_reading {
	struct config *config;
	struct config_errors *errors;
	const char *path;
	FILE *stream;
	unsigned line;
	bool is_set[CONFIG_SETTINGS_MAX]; /* by this file: a second time is an
					     error */
};

/* Says what inih would only count: a line that is neither kind. */
static bool is_well_formed(const char *line)
{
	size_t len = strcspn(line, "\r\n");

	if (len == 0 || line[0] == ';' || line[0] == '#')
		return true;
	if (line[0] == '[')
		return memchr(line, ']', len) != NULL;
	return memchr(line, '=', len) != NULL || memchr(line, ':', len) != NULL;
}

static void skip_line(FILE *stream)
{
	int c;

	do {
		c = fgetc(stream);
	} while (c != '\n' && c != EOF);
}

/*
 * fgets() for inih: counts lines, which Debian's build does not tell, and cuts
 * leading blanks, so that a value never goes on in the next line.
 */
static char *read_line(char *buffer, int size, void *arg)
{
	struct file_reading *reading = arg;
	char *line = fgets(buffer, size, reading->stream);
	size_t blanks;

	if (!line)
		return NULL;
	reading->line++;
	if (!strchr(line, '\n') && !feof(reading->stream)) {
		config_tell(reading->errors, "%s:%u: longer than %d characters",
			    reading->path, reading->line, LINE_MAX_BYTES - 2);
		skip_line(reading->stream);
		line[0] = '\0';
	}
	blanks = strspn(line, " \t");
	memmove(line, line + blanks, strlen(line + blanks) + 1);
	if (!is_well_formed(line)) {
		config_tell(reading->errors,
			    "%s:%u: neither [section] nor key = value",
			    reading->path, reading->line);
		line[0] = '\0';
	}
	return line;
}

static void tell_unknown(struct file_reading *reading, const char *section,
			 const char *key)
{
	const struct setting *near = setting_nearest(section, key);

	if (near)
		config_tell(reading->errors,
			    "%s:%u: [%s] %s: no such setting; did you mean "
			    "[%s] %s?",
			    reading->path, reading->line, section, key,
			    near->section, near->key);
	else
		config_tell(reading->errors, "%s:%u: [%s] %s: no such setting",
			    reading->path, reading->line, section, key);
}

/* ini_handler: 1 goes on. Errors are collected here and never stop it. */
static int take_setting(void *arg, const char *section, const char *key,
			const char *value)
{
	struct file_reading *reading = arg;
	const struct setting *setting = setting_find(section, key);
	char place[CONFIG_PATH_MAX + 16];
	struct origin origin = { place, true };

	if (!setting) {
		tell_unknown(reading, section, key);
		return 1;
	}
	snprintf(place, sizeof(place), "%s:%u", reading->path, reading->line);
	if (reading->is_set[setting - settings]) {
		config_tell(reading->errors,
			    "%s: [%s] %s: set twice in this file", place,
			    section, key);
		return 1;
	}
	reading->is_set[setting - settings] = true;
	config_set(reading->config, setting, &origin, value, reading->errors);
	return 1;
}

static void read_one_file(struct config *config, const char *path,
			  struct config_errors *errors)
{
	struct file_reading reading = { .config = config,
					.errors = errors,
					.path = path };
	int line;

	reading.stream = fopen(path, "re");
	if (!reading.stream) {
		config_tell(errors, "%s: %s", path, strerror(errno));
		return;
	}
	line = ini_parse_stream(read_line, &reading, take_setting, &reading);
	if (line != 0)
		config_tell(errors, "%s:%d: cannot be read as key = value",
			    path, line);
	if (ferror(reading.stream))
		config_tell(errors, "%s: cannot be read", path);
	fclose(reading.stream);
}

static int is_conf(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 5 &&
	       !strcmp(entry->d_name + len - 5, ".conf");
}

void config_read_file(struct config *config, const char *path,
		      struct config_errors *errors)
{
	char folder[CONFIG_PATH_MAX], file[CONFIG_PATH_MAX + 280];
	const char *slash = strrchr(path, '/');
	struct dirent **entries;
	int count;

	read_one_file(config, path, errors);
	snprintf(folder, sizeof(folder), "%.*sconf.d",
		 slash ? (int)(slash - path + 1) : 0, path);
	count = scandir(folder, &entries, is_conf, alphasort);
	for (int i = 0; i < count; i++) {
		snprintf(file, sizeof(file), "%s/%s", folder,
			 entries[i]->d_name);
		read_one_file(config, file, errors);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}
