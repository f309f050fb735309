/*
 * Runs files, and the files of folders, through a fuzz target once each: what
 * was found stays found, with any compiler.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	INPUT_MAX = 1 << 20, /* bytes */
	PATH_SIZE = 4096,
};

static int replay_file(const char *path)
{
	FILE *stream = fopen(path, "rb");
	uint8_t *input = NULL;
	uint8_t *exact = NULL;
	int err = 0;
	size_t len;

	if (!stream)
		return errno;
	input = malloc(INPUT_MAX);
	if (!input) {
		err = ENOMEM;
		goto out;
	}
	len = fread(input, 1, INPUT_MAX, stream);
	/* No byte behind the input: a sanitizer sees one step too far. */
	exact = realloc(input, len ? len : 1);
	if (exact)
		input = exact;
	(void)LLVMFuzzerTestOneInput(input, len);
out:
	free(input);
	(void)fclose(stream);
	return err;
}

static int replay_folder(const char *folder, size_t *count)
{
	DIR *entries = opendir(folder);
	struct dirent *entry;
	int err = 0;

	if (!entries)
		return errno;
	while (!err && (entry = readdir(entries))) {
		char path[PATH_SIZE];

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder,
			       entry->d_name);
		err = replay_file(path);
		(*count)++;
	}
	(void)closedir(entries);
	return err;
}

int main(int argc, char **argv)
{
	size_t count = 0;

	for (int i = 1; i < argc; i++) {
		struct stat status;
		int err = stat(argv[i], &status) ? errno : 0;

		if (!err && S_ISDIR(status.st_mode)) {
			err = replay_folder(argv[i], &count);
		} else if (!err) {
			err = replay_file(argv[i]);
			count++;
		}
		if (err) {
			(void)fprintf(stderr, "%s: error %d\n", argv[i], err);
			return EXIT_FAILURE;
		}
	}
	(void)printf("%zu inputs replayed\n", count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
