#include "db/data_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

static const char lock_name[] = "lock";
static const char unclean_name[] = "unclean";
static const char ballast_name[] = "ballast";

enum {
	LOW_BYTES = 4 << 20,
	/* Taking the ballast must leave the disk far from low. */
	PLENTY_BYTES = DATA_DIR_BALLAST_BYTES + (16 << 20),
};

/* Magic numbers of statfs(2): NFS, SMB, SMB2, CIFS, 9P, AFS, Coda, NCP, Ceph,
 * OCFS2, GFS2, Lustre. Their locks and fsync are not to be relied on. */
static const unsigned long network_types[] = {
	0x6969,	    0x517B, 0xFE534D42, 0xFF534D42, 0x01021997, 0x5346414F,
	0x73757245, 0x564C, 0x00C36400, 0x7461636F, 0x01161970, 0x0BD00BD0,
};

bool data_dir_is_network(long file_system_type)
{
	/* f_type is signed and 32 bits wide on some machines. */
	unsigned long type = (unsigned long)file_system_type & 0xFFFFFFFF;

	for (size_t i = 0; i < sizeof(network_types) / sizeof(*network_types);
	     i++)
		if (network_types[i] == type)
			return true;
	return false;
}

static int open_folder(struct data_dir *dir, const char **why)
{
	struct statfs info;

	if (mkdir(dir->path, 0700) != 0 && errno != EEXIST) {
		*why = "the data folder cannot be made";
		return errno;
	}
	dir->fd = open(dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir->fd < 0 || fstatfs(dir->fd, &info) != 0) {
		*why = "the data folder cannot be opened";
		return errno;
	}
	if (data_dir_is_network((long)info.f_type)) {
		*why = "the data folder is on a network file system, where no "
		       "lock and no write is sure; choose a local disk";
		return ENOTSUP;
	}
	return 0;
}

static int take_lock(struct data_dir *dir, const char **why)
{
	dir->lock_fd = openat(dir->fd, lock_name,
			      O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (dir->lock_fd < 0) {
		*why = "the data folder cannot be written to";
		return errno;
	}
	if (flock(dir->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		*why = "another sipmoved has this data folder open";
		return errno == EWOULDBLOCK ? EBUSY : errno;
	}
	return 0;
}

int data_dir_open(struct data_dir *dir, const char *path, const char **why)
{
	int err;

	*dir = (struct data_dir){ .fd = -1, .lock_fd = -1 };
	if (!text_copy(text_of(path), dir->path, sizeof(dir->path))) {
		*why = "the data folder's path is too long";
		return ENAMETOOLONG;
	}
	err = open_folder(dir, why);
	if (!err)
		err = take_lock(dir, why);
	if (err) {
		data_dir_close(dir);
		return err;
	}
	dir->has_ballast = faccessat(dir->fd, ballast_name, F_OK, 0) == 0;
	return 0;
}

void data_dir_close(struct data_dir *dir)
{
	if (!dir->path[0])
		return;
	if (dir->lock_fd >= 0)
		close(dir->lock_fd);
	if (dir->fd >= 0)
		close(dir->fd);
	*dir = (struct data_dir){ .fd = -1, .lock_fd = -1 };
}

void data_dir_file(const struct data_dir *dir, const char *name,
		   char path[DATA_DIR_PATH_SIZE])
{
	snprintf(path, DATA_DIR_PATH_SIZE, "%s/%.*s", dir->path,
		 DATA_DIR_FILE_MAX, name);
}

int data_dir_make_file(const struct data_dir *dir, const char *name)
{
	int fd = openat(dir->fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

int data_dir_sync(const struct data_dir *dir)
{
	return fsync(dir->fd) == 0 ? 0 : errno;
}

int data_dir_mark_open(struct data_dir *dir)
{
	int fd = openat(dir->fd, unclean_name,
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	dir->was_unclean = fd < 0 && errno == EEXIST;
	if (dir->was_unclean)
		return 0;
	if (fd < 0)
		return errno;
	close(fd);
	return data_dir_sync(dir);
}

int data_dir_mark_closed(struct data_dir *dir)
{
	if (unlinkat(dir->fd, unclean_name, 0) != 0 && errno != ENOENT)
		return errno;
	return data_dir_sync(dir);
}

uint64_t data_dir_free_bytes(const struct data_dir *dir)
{
	struct statfs info;

	if (fstatfs(dir->fd, &info) != 0)
		return UINT64_MAX; /* unknown: the writes will tell */
	return (uint64_t)info.f_bavail * (uint64_t)info.f_bsize;
}

bool data_dir_is_low(const struct data_dir *dir)
{
	return data_dir_free_bytes(dir) < LOW_BYTES;
}

void data_dir_take_ballast(struct data_dir *dir)
{
	int fd;

	if (dir->has_ballast || data_dir_free_bytes(dir) < PLENTY_BYTES)
		return;
	fd = openat(dir->fd, ballast_name,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	/* Allocated, not sparse: only real blocks can be given back. */
	dir->has_ballast = posix_fallocate(fd, 0, DATA_DIR_BALLAST_BYTES) == 0;
	close(fd);
	if (!dir->has_ballast)
		unlinkat(dir->fd, ballast_name, 0);
}

void data_dir_drop_ballast(struct data_dir *dir)
{
	if (!dir->has_ballast)
		return;
	unlinkat(dir->fd, ballast_name, 0);
	dir->has_ballast = false;
}
