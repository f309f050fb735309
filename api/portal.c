/*
 * The portal: api/portal, pages of ours alone, which fetch from here alone. One
 * page, "/", names the others with their version in the path
 * ("/portal/4f1c.../app.js"), so that they are fetched once and kept.
 */
#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/asset.h"
#include "api/portal_folder.h"
#include "api/problem.h"

static const char policy[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; "
	"img-src 'self' data:; font-src 'self'; connect-src 'self'; "
	"manifest-src 'self'; base-uri 'none'; form-action 'self'; "
	"frame-ancestors 'none'; require-trusted-types-for 'script'";

static const struct text mark = { "{version}", 9 };

static const char *folder_of(const struct exchange *exchange)
{
	const char *folder = exchange_config(exchange)->portal_dir;

	return folder && folder[0] ? folder : NULL;
}

/* *ret_memory: to be freed after the answer. */
static int find_file(struct exchange *exchange, struct text name,
		     struct asset *ret_asset, char **ret_memory)
{
	const char *folder = folder_of(exchange);
	size_t size = 0;
	int err;

	*ret_memory = NULL;
	if (!folder)
		return asset_find(portal_files, portal_files_count, name,
				  ret_asset)
			       ? 0
			       : ENOENT;
	err = portal_folder_read(folder, name, ret_memory, &size);
	if (!err)
		*ret_asset = (struct asset){ .name = name,
					     .bytes = { *ret_memory, size },
					     .packed = { "", 0 } };
	return err;
}

static void answer_missing(struct exchange *exchange)
{
	problem_answer(exchange, PROBLEM_NOT_FOUND,
		       "There is no file of this name.");
}

/* The page with the version in place of each mark. NULL for want of memory. */
static char *put_version(struct text page, struct text version, size_t *ret_len)
{
	/* A version is no longer than twice the mark. */
	size_t size = 2 * page.len + 1;
	char *bytes = malloc(size);
	struct writer writer = writer_over(bytes, bytes ? size : 0);

	for (size_t i = 0; bytes && i < page.len;) {
		struct text rest = { page.ptr + i, page.len - i };
		bool is_mark = rest.len >= mark.len &&
			       !memcmp(rest.ptr, mark.ptr, mark.len);

		if (is_mark)
			writer_put(&writer, version);
		else
			writer_byte(&writer, rest.ptr[0]);
		i += is_mark ? mark.len : 1;
	}
	*ret_len = writer.len;
	return bytes;
}

void portal_get(struct exchange *exchange)
{
	const char *version = folder_of(exchange) ? "live"
						  : portal_files_digest;
	struct asset page;
	char *memory, *bytes;
	size_t len;

	if (find_file(exchange, TEXT("index.html"), &page, &memory) != 0) {
		answer_missing(exchange);
		return;
	}
	bytes = put_version(page.bytes, text_of(version), &len);
	free(memory);
	if (!bytes) {
		problem_answer(exchange, PROBLEM_INTERNAL,
			       "There is not enough memory.");
		return;
	}
	exchange_add_header(exchange, "Content-Security-Policy", policy);
	asset_answer(exchange, &(struct asset){ .name = TEXT("index.html"),
						.bytes = { bytes, len },
						.packed = { "", 0 } });
	free(bytes);
}

/* "4f1c.../pages/moves.js": is it the version that we have? Another one is the
 * rest of a page from before an upgrade: it gets what there is, and keeps it
 * for no longer than that. */
static bool is_of_this_version(struct text path, struct text *ret_name)
{
	const char *slash = memchr(path.ptr, '/', path.len);
	size_t len = slash ? (size_t)(slash - path.ptr) : path.len;

	*ret_name = slash ? (struct text){ slash + 1, path.len - len - 1 }
			  : TEXT("");
	return text_equals((struct text){ path.ptr, len },
			   text_of(portal_files_digest));
}

void portal_files_get(struct exchange *exchange)
{
	struct text name;
	bool is_kept = is_of_this_version(text_of(exchange->path_id), &name) &&
		       !folder_of(exchange);
	struct asset asset;
	char *memory;

	if (find_file(exchange, name, &asset, &memory) != 0) {
		answer_missing(exchange);
		return;
	}
	if (is_kept)
		exchange_add_header(exchange, "Cache-Control",
				    "public, max-age=31536000, immutable");
	exchange_add_header(exchange, "Content-Security-Policy", policy);
	asset_answer(exchange, &asset);
	free(memory);
}
