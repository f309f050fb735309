/*
 * portal_folder.h - the portal's files from a folder on disk instead of those
 * that the program carries inside: for whoever works on them ([http]
 * portal_dir). Each request reads the disk on the "http" thread.
 */
#ifndef SIPMOVED_API_PORTAL_FOLDER_H
#define SIPMOVED_API_PORTAL_FOLDER_H

#include "base/text.h"

enum {
	PORTAL_FILE_MAX = 4 * 1024 * 1024, /* bytes */
};

/*
 * *ret_bytes is the caller's to free. name: "pages/moves.js"; what could lead
 * out of the folder is not found.
 * ENOENT, EFBIG, ENOMEM, and what open(2) and read(2) say.
 */
int portal_folder_read(const char *folder, struct text name, char **ret_bytes,
		       size_t *ret_size) __attribute__((warn_unused_result));

#endif
