/*
 * The walk of sipmovedctl over any answer: what the scanner takes can be walked
 * to its end, and what is printed of it is JSON again, of plain characters.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "ctl_json.h"
#include "ctl_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static size_t walk_values(struct ctl_json value)
{
	struct ctl_json_walk walk = ctl_json_walk(value);
	struct ctl_json child;
	struct text name = { 0 };
	char buffer[64];
	size_t count = 1;

	require(ctl_json_text(value, buffer, sizeof(buffer)).len <=
		sizeof(buffer));
	(void)ctl_json_integer(value);
	while (ctl_json_next(&walk, &name, &child)) {
		require(child.text.len > 0);
		count += walk_values(child);
	}
	return count;
}

static void require_plain(struct text text)
{
	unsigned long character;

	while (text.len > 0) {
		size_t len = ctl_text_character(text, &character);

		require(character == '\n' || ctl_text_is_plain(character));
		text = text_after(text, len);
	}
}

static void require_printed(struct ctl_json root, size_t count)
{
	struct ctl_json again;
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	require(stream != NULL);
	ctl_json_print(root, 0, stream);
	fclose(stream);
	require_plain((struct text){ text, len });
	require(ctl_json_root((struct text){ text, len }, &again));
	require(walk_values(again) == count);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = { (const char *)data, size };
	struct ctl_json root;
	char shown[256];

	if (ctl_json_root(text, &root))
		require_printed(root, walk_values(root));
	require(ctl_text_printable(text, shown, sizeof(shown)) < sizeof(shown));
	require(utf8_is_printable(text_of(shown)));
	(void)ctl_text_width(text);
	return 0;
}
