#include "db/redirect_log_tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	BUCKETS = 2 * LOG_TALLY_ROWS,
	NO_ROW = UINT32_MAX,
};

struct log_tally {
	struct hash_key key;
	struct log_tally_row *rows; /* owned; untouched ones cost nothing */
	uint32_t *buckets;	    /* owned; the first row of each */
	uint32_t fresh;		    /* never used from here on */
	uint32_t free;		    /* list through next */
	bool is_exact;
};

int log_tally_new(struct log_tally **ret_tally)
{
	struct log_tally *tally = calloc(1, sizeof(*tally));

	if (!tally)
		return ENOMEM;
	tally->rows = calloc(LOG_TALLY_ROWS, sizeof(*tally->rows));
	tally->buckets = malloc(BUCKETS * sizeof(*tally->buckets));
	if (!tally->rows || !tally->buckets) {
		log_tally_free(tally);
		return ENOMEM;
	}
	memset(tally->buckets, 0xff, BUCKETS * sizeof(*tally->buckets));
	hash_key_init(&tally->key);
	tally->free = NO_ROW;
	tally->is_exact = true;
	*ret_tally = tally;
	return 0;
}

void log_tally_free(struct log_tally *tally)
{
	if (!tally)
		return;
	for (uint32_t i = 0; i < tally->fresh; i++)
		free(tally->rows[i].text);
	free(tally->rows);
	free(tally->buckets);
	free(tally);
}

static uint32_t *bucket_of(struct log_tally *tally, uint64_t hash)
{
	return &tally->buckets[hash & (BUCKETS - 1)];
}

static struct log_tally_row *find(struct log_tally *tally, uint64_t hash,
				  struct text text)
{
	uint32_t at = *bucket_of(tally, hash);

	while (at != NO_ROW) {
		struct log_tally_row *row = &tally->rows[at];

		if (row->hash == hash && row->len == text.len &&
		    memcmp(row->text, text.ptr, text.len) == 0)
			return row;
		at = row->next;
	}
	return NULL;
}

static void give_back(struct log_tally *tally, uint32_t index)
{
	struct log_tally_row *row = &tally->rows[index];
	uint32_t *link = bucket_of(tally, row->hash);

	while (*link != index)
		link = &tally->rows[*link].next;
	*link = row->next;
	free(row->text);
	*row = (struct log_tally_row){ .generation = row->generation + 1,
				       .next = tally->free };
	tally->free = index;
}

static void make_room(struct log_tally *tally)
{
	uint64_t least = UINT64_MAX;

	for (uint32_t i = 0; i < tally->fresh; i++)
		if (tally->rows[i].weight < least)
			least = tally->rows[i].weight;
	for (uint32_t i = 0; i < tally->fresh; i++) {
		tally->rows[i].weight -= least;
		if (tally->rows[i].weight == 0)
			give_back(tally, i);
	}
	tally->is_exact = false;
}

/* Called when every row has a text, or there are fresh or free ones. */
static uint32_t take(struct log_tally *tally)
{
	uint32_t index = tally->free;

	if (index == NO_ROW && tally->fresh < LOG_TALLY_ROWS)
		return tally->fresh++;
	if (index == NO_ROW) {
		make_room(tally);
		index = tally->free;
	}
	tally->free = tally->rows[index].next;
	return index;
}

int log_tally_add(struct log_tally *tally, struct text text,
		  struct log_tally_row **ret_row)
{
	uint64_t hash = hash_text(&tally->key, text);
	struct log_tally_row *row;
	uint32_t index;
	char *copy;

	row = find(tally, hash, text);
	if (!row) {
		copy = malloc(text.len + 1);
		if (!copy)
			return ENOMEM;
		if (text.len > 0)
			memcpy(copy, text.ptr, text.len);
		copy[text.len] = '\0';
		index = take(tally);
		row = &tally->rows[index];
		*row = (struct log_tally_row){
			.text = copy,
			.len = text.len,
			.hash = hash,
			.generation = row->generation,
			.next = *bucket_of(tally, hash),
		};
		*bucket_of(tally, hash) = index;
	}
	row->weight++;
	*ret_row = row;
	return 0;
}

struct log_tally_place log_tally_place(const struct log_tally *tally,
				       const struct log_tally_row *row)
{
	return (struct log_tally_place){ (uint32_t)(row - tally->rows),
					 row->generation };
}

struct log_tally_row *log_tally_at(struct log_tally *tally,
				   struct log_tally_place place)
{
	struct log_tally_row *row = &tally->rows[place.index];

	return row->text && row->generation == place.generation ? row : NULL;
}

static bool is_before(uint64_t (*rank)(const struct log_tally_row *row),
		      const struct log_tally_row *a,
		      const struct log_tally_row *b)
{
	if (rank(a) != rank(b))
		return rank(a) > rank(b);
	return text_compare((struct text){ a->text, a->len },
			    (struct text){ b->text, b->len }) < 0;
}

size_t log_tally_top(struct log_tally *tally,
		     uint64_t (*rank)(const struct log_tally_row *row),
		     const struct log_tally_row **rows, size_t limit)
{
	size_t count = 0;

	for (uint32_t i = 0; i < tally->fresh; i++) {
		const struct log_tally_row *row = &tally->rows[i];
		size_t at = count;

		if (!row->text || rank(row) == 0)
			continue;
		while (at > 0 && is_before(rank, row, rows[at - 1]))
			at--;
		if (at == limit)
			continue;
		if (count < limit)
			count++;
		memmove(&rows[at + 1], &rows[at],
			(count - 1 - at) *
				sizeof(const struct log_tally_row *));
		rows[at] = row;
	}
	return count;
}

bool log_tally_is_exact(const struct log_tally *tally)
{
	return tally->is_exact;
}
