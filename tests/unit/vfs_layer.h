/*
 * vfs_layer.h - a layer between SQLite and the file system, where a test can
 * hook in. Locks and shared memory are not needed: the store's connection is
 * exclusive.
 */
#ifndef SIPMOVED_TESTS_VFS_LAYER_H
#define SIPMOVED_TESTS_VFS_LAYER_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

struct layer_file {
	sqlite3_file base;  /* first: SQLite's file is cast to ours */
	sqlite3_file *real; /* behind this struct, in the same memory */
	const char *name;   /* SQLite's, while it is open */
	bool is_database;   /* rather than its log */
};

/* Each may be NULL; what it returns, if not SQLITE_OK, is what happens. */
struct layer_hooks {
	void (*opened)(const struct layer_file *file);
	int (*write)(const struct layer_file *file, const void *bytes,
		     int count, sqlite3_int64 at);
	int (*truncate)(const struct layer_file *file, sqlite3_int64 size);
	int (*sync)(const struct layer_file *file);
	int (*remove)(const char *name);
};

static struct layer_hooks layer_hooks;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs layer_vfs;

static struct layer_file *layer_of(sqlite3_file *file)
{
	return (struct layer_file *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
	return layer_of(file)->real;
}

static int layer_close(sqlite3_file *file)
{
	return real_of(file)->pMethods->xClose(real_of(file));
}

static int layer_read(sqlite3_file *file, void *bytes, int count,
		      sqlite3_int64 at)
{
	return real_of(file)->pMethods->xRead(real_of(file), bytes, count, at);
}

static int layer_write(sqlite3_file *file, const void *bytes, int count,
		       sqlite3_int64 at)
{
	int result = layer_hooks.write ? layer_hooks.write(layer_of(file),
							   bytes, count, at)
				       : SQLITE_OK;

	return result ? result
		      : real_of(file)->pMethods->xWrite(real_of(file), bytes,
							count, at);
}

static int layer_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int result = layer_hooks.truncate
			     ? layer_hooks.truncate(layer_of(file), size)
			     : SQLITE_OK;

	return result ? result
		      : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int layer_sync(sqlite3_file *file, int flags)
{
	int result = layer_hooks.sync ? layer_hooks.sync(layer_of(file))
				      : SQLITE_OK;

	return result ? result
		      : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int layer_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int layer_lock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int layer_unlock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int layer_is_reserved(sqlite3_file *file, int *result)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file),
							   result);
}

static int layer_control(sqlite3_file *file, int operation, void *arg)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), operation,
						     arg);
}

static int layer_sector_size(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int layer_characteristics(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static const sqlite3_io_methods layer_methods = {
	.iVersion = 1,
	.xClose = layer_close,
	.xRead = layer_read,
	.xWrite = layer_write,
	.xTruncate = layer_truncate,
	.xSync = layer_sync,
	.xFileSize = layer_size,
	.xLock = layer_lock,
	.xUnlock = layer_unlock,
	.xCheckReservedLock = layer_is_reserved,
	.xFileControl = layer_control,
	.xSectorSize = layer_sector_size,
	.xDeviceCharacteristics = layer_characteristics,
};

static int layer_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
		      int flags, int *ret_flags)
{
	struct layer_file *layer = (struct layer_file *)file;
	int result;

	(void)vfs;
	layer->base.pMethods = NULL;
	layer->real = (sqlite3_file *)(layer + 1);
	layer->name = name;
	layer->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
	result = real_vfs->xOpen(real_vfs, name, layer->real, flags, ret_flags);
	if (result != SQLITE_OK)
		return result;
	layer->base.pMethods = &layer_methods;
	if (layer_hooks.opened)
		layer_hooks.opened(layer);
	return SQLITE_OK;
}

static int layer_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	int result = layer_hooks.remove ? layer_hooks.remove(name) : SQLITE_OK;

	(void)vfs;
	return result ? result : real_vfs->xDelete(real_vfs, name, sync_dir);
}

/* Once, before anything is opened: it is what SQLite uses from now on. */
static inline int layer_register(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	layer_vfs = *real_vfs;
	layer_vfs.zName = "layer";
	layer_vfs.szOsFile += (int)sizeof(struct layer_file);
	layer_vfs.xOpen = layer_open;
	layer_vfs.xDelete = layer_delete;
	return sqlite3_vfs_register(&layer_vfs, 1);
}

#endif
