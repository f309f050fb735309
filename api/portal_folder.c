#include "api/portal_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PATH_SIZE = 4096,
};

/* Letters, digits, and "-", "_", "/", "." where no dot begins a name. */
static bool is_inside(struct text name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = ascii_lower(name.ptr[i]);
		bool begins = i == 0 || name.ptr[i - 1] == '/';

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '_')
			continue;
		if ((c != '.' && c != '/') || begins)
			return false;
	}
	return name.len > 0;
}

static int read_whole(int file, char *bytes, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = read(file, bytes + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		got += (size_t)n;
	}
	return 0;
}

static int read_file(int file, char **ret_bytes, size_t *ret_size)
{
	struct stat about;
	char *bytes;
	int err;

	if (fstat(file, &about) != 0)
		return errno;
	if (!S_ISREG(about.st_mode))
		return ENOENT;
	if (about.st_size > PORTAL_FILE_MAX)
		return EFBIG;
	bytes = malloc((size_t)about.st_size + 1);
	if (!bytes)
		return ENOMEM;
	err = read_whole(file, bytes, (size_t)about.st_size);
	if (err) {
		free(bytes);
		return err;
	}
	*ret_bytes = bytes;
	*ret_size = (size_t)about.st_size;
	return 0;
}

int portal_folder_read(const char *folder, struct text name, char **ret_bytes,
		       size_t *ret_size)
{
	char path[PATH_SIZE];
	struct writer writer = writer_over(path, sizeof(path) - 1);
	int file, err;

	if (!is_inside(name))
		return ENOENT;
	writer_put(&writer, text_of(folder));
	writer_byte(&writer, '/');
	writer_put(&writer, name);
	path[writer.len] = '\0';
	if (!writer_is_complete(&writer))
		return ENOENT;
	file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return errno;
	err = read_file(file, ret_bytes, ret_size);
	close(file);
	return err;
}
