/*
 * embedded.h - files that the program carries inside, made by scripts/embed.
 */
#ifndef SIPMOVED_BASE_EMBEDDED_H
#define SIPMOVED_BASE_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
	const char *name;	    /* its path below the folder */
	const unsigned char *bytes; /* a NUL follows, not counted */
	size_t size;
};

extern const struct embedded_file migrations[]; /* db/migrations, by name */
extern const size_t migrations_count;

extern const struct embedded_file openapi_files[]; /* openapi.json alone */
extern const size_t openapi_files_count;

/* These with twins that are packed: behind "a.js", "a.js.gz". */
extern const struct embedded_file docs_files[]; /* api/docs, by name */
extern const size_t docs_files_count;

extern const struct embedded_file portal_files[]; /* api/portal, by name */
extern const size_t portal_files_count;
extern const char portal_files_digest[]; /* hex; of all of them */

#endif
