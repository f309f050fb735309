/*
 * The power fails at any moment: what SQLite had not synced is lost, kept, or
 * torn sector by sector, and what the store had acknowledged is there after the
 * next start, in a database that is whole. POWER_CUTS says how often,
 * POWER_SEED repeats a run.
 */
#include "store_fixture.h"
#include "vfs_layer.h"

enum {
	CUTS = 40,
	FILES_MAX = 8,
	SECTOR = 512,
	OPERATIONS_MAX = 400,
	MOVES_MAX = 50000,
};

/* --- a disk that remembers what would not survive --------------------------
 */

struct unsynced {
	struct unsynced *next;
	bool is_truncate;
	size_t at, len;
	char bytes[];
};

struct disk_file {
	char path[300];
	bool is_there;	 /* it survives: synced since it was made */
	bool is_removed; /* but its name may be back: see sync_folder() */
	char *bytes;	 /* what survives of it */
	size_t len;
	struct unsynced *first, **last;
};

static struct disk_file files[FILES_MAX];
static size_t file_count;
static int operations_left; /* until the power fails */
static unsigned checkpoints;
static uint64_t random_state;

static unsigned random_below(unsigned limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 11) % limit;
}

static struct disk_file *file_at(const char *path)
{
	for (size_t i = 0; i < file_count; i++)
		if (!strcmp(files[i].path, path))
			return &files[i];
	return NULL;
}

static void read_whole(struct disk_file *file)
{
	FILE *stream = fopen(file->path, "rb");
	long len;

	assert_non_null(stream);
	assert_int_equal(0, fseek(stream, 0, SEEK_END));
	len = ftell(stream);
	assert_true(len >= 0);
	rewind(stream);
	file->len = (size_t)len;
	file->bytes = malloc(file->len + 1);
	assert_non_null(file->bytes);
	assert_int_equal(file->len, fread(file->bytes, 1, file->len, stream));
	fclose(stream);
}

static void forget_first(struct disk_file *file)
{
	struct unsynced *first = file->first;

	file->first = first->next;
	free(first);
	if (!file->first)
		file->last = &file->first;
}

static void forget(struct disk_file *file)
{
	while (file->first)
		forget_first(file);
	free(file->bytes);
}

/* What is there when it is opened has survived; an empty one was just made. */
static void opened(const struct layer_file *layer)
{
	struct disk_file *file = layer->name ? file_at(layer->name) : NULL;

	if (!layer->name || (file && !file->is_removed))
		return;
	if (file)
		forget(file);
	else
		file = &files[file_count++];
	assert_true(file_count < FILES_MAX);
	memset(file, 0, sizeof(*file));
	snprintf(file->path, sizeof(file->path), "%s", layer->name);
	file->last = &file->first;
	read_whole(file);
	file->is_there = file->len > 0;
}

static void remember(const char *path, bool is_truncate, size_t at,
		     const void *bytes, size_t len)
{
	struct disk_file *file = file_at(path);
	struct unsynced *change = malloc(sizeof(*change) + len);

	assert_non_null(file);
	assert_non_null(change);
	*change = (struct unsynced){ .is_truncate = is_truncate,
				     .at = at,
				     .len = len };
	if (len > 0)
		memcpy(change->bytes, bytes, len);
	*file->last = change;
	file->last = &change->next;
}

static void resize(struct disk_file *file, size_t len)
{
	char *bytes = realloc(file->bytes, len + 1);

	assert_non_null(bytes);
	file->bytes = bytes;
	if (len > file->len)
		memset(bytes + file->len, 0, len - file->len);
	file->len = len;
}

static void apply(struct disk_file *file, const struct unsynced *change,
		  size_t from, size_t len)
{
	if (change->at + from + len > file->len)
		resize(file, change->at + from + len);
	memcpy(file->bytes + change->at + from, change->bytes + from, len);
}

/* A disk writes whole sectors, in any order. */
static void apply_torn(struct disk_file *file, const struct unsynced *change)
{
	for (size_t from = 0; from < change->len; from += SECTOR) {
		size_t left = change->len - from;

		if (random_below(2))
			apply(file, change, from,
			      left < SECTOR ? left : SECTOR);
	}
}

static void sync_file(struct disk_file *file)
{
	for (; file->first; forget_first(file)) {
		if (file->first->is_truncate)
			resize(file, file->first->at);
		else
			apply(file, file->first, 0, file->first->len);
	}
	file->is_there = true;
}

static void cut_file(struct disk_file *file)
{
	for (; file->first; forget_first(file)) {
		unsigned fate = random_below(3);

		if (fate == 0)
			continue;
		if (file->first->is_truncate)
			resize(file, file->first->at);
		else if (fate == 1)
			apply(file, file->first, 0, file->first->len);
		else
			apply_torn(file, file->first);
	}
}

/* Each operation may be the last; after it the machine is off. */
static bool is_off(void)
{
	return operations_left <= 0;
}

static int on_write(const struct layer_file *layer, const void *bytes,
		    int count, sqlite3_int64 at)
{
	if (!layer->name)
		return SQLITE_OK;
	if (is_off())
		return SQLITE_IOERR_WRITE;
	remember(layer->name, false, (size_t)at, bytes, (size_t)count);
	return --operations_left > 0 ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

static int on_truncate(const struct layer_file *layer, sqlite3_int64 size)
{
	if (!layer->name)
		return SQLITE_OK;
	if (is_off())
		return SQLITE_IOERR_TRUNCATE;
	remember(layer->name, true, (size_t)size, NULL, 0);
	return --operations_left > 0 ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

/* SQLite syncs the folder with the first sync of a file that it has made. */
static void sync_folder(void)
{
	size_t kept = 0;

	for (size_t i = 0; i < file_count; i++) {
		if (files[i].is_removed)
			forget(&files[i]);
		else
			files[kept++] = files[i];
	}
	file_count = kept;
	for (size_t i = 0; i < file_count; i++)
		if (!files[i].first)
			files[i].last = &files[i].first;
}

static int on_sync(const struct layer_file *layer)
{
	struct disk_file *file = layer->name ? file_at(layer->name) : NULL;

	if (!file)
		return SQLITE_OK;
	if (is_off() || --operations_left <= 0)
		return SQLITE_IOERR_FSYNC;
	if (!file->is_there)
		sync_folder();
	sync_file(file_at(layer->name));
	checkpoints += layer->is_database;
	return SQLITE_OK;
}

static int on_remove(const char *name)
{
	struct disk_file *file = file_at(name);

	if (is_off())
		return SQLITE_IOERR_DELETE;
	if (file)
		file->is_removed = true;
	return SQLITE_OK;
}

/* The files become what the cut has left of them. */
static void power_returns(void)
{
	for (size_t i = 0; i < file_count; i++) {
		struct disk_file *file = &files[i];
		bool is_lost = (file->is_removed || !file->is_there) &&
			       random_below(2);
		FILE *stream;

		cut_file(file);
		if (is_lost) {
			(void)remove(file->path);
		} else {
			stream = fopen(file->path, "wb");
			assert_non_null(stream);
			assert_int_equal(file->len, fwrite(file->bytes, 1,
							   file->len, stream));
			assert_int_equal(0, fclose(stream));
		}
		forget(file);
	}
	file_count = 0;
}

/* --- what was acknowledged --------------------------------------------------
 */

struct known_move {
	char id[MOVE_ID_SIZE];
	int64_t ends_at_ms;    /* as acknowledged */
	int64_t or_ends_at_ms; /* as it was last asked for */
};

struct known_moves {
	struct known_move *list;
	size_t count;
};

static int make_one(struct fixture *fixture, struct known_moves *known)
{
	char address[64];
	struct move_call call;
	int err;

	snprintf(address, sizeof(address), "sip:user%zu@example.com",
		 known->count);
	call = a_move(address, "sip:a@hotel.example.net", AT(0), AT(60));
	err = create_move(fixture, &call);
	if (err)
		return err;
	assert_true(known->count < MOVES_MAX);
	memcpy(known->list[known->count].id, call.move.id, MOVE_ID_SIZE);
	known->list[known->count].ends_at_ms = AT(60);
	known->list[known->count].or_ends_at_ms = AT(60);
	known->count++;
	return 0;
}

struct known_edit {
	struct known_move *known;
	struct move_call call;
};

static int edit(struct changes *changes, void *arg)
{
	struct known_edit *edit = arg;
	int err = move_get(changes, text_of(edit->known->id), &edit->call.move);

	edit->call.move.ends_at_ms = edit->known->or_ends_at_ms;
	return err ? err : run_move_update(changes, &edit->call);
}

static int edit_one(struct fixture *fixture, struct known_moves *known)
{
	struct known_edit call = {
		.known = &known->list[random_below((unsigned)known->count)]
	};
	int err;

	call.known->or_ends_at_ms = AT(60 + random_below(100000));
	err = fixture_run(fixture, edit, &call);
	faults_clear(&call.call.faults);
	if (!err)
		call.known->ends_at_ms = call.known->or_ends_at_ms;
	return err;
}

static void change_until_off(struct fixture *fixture, struct known_moves *known)
{
	while (!is_off()) {
		int err = known->count == 0 || random_below(3)
				  ? make_one(fixture, known)
				  : edit_one(fixture, known);

		/* The last one may have reached the disk all the same. */
		assert_true(!err || is_off());
	}
}

static int check_known(struct changes *changes, void *arg)
{
	const struct known_moves *known = arg;
	struct move move;

	for (size_t i = 0; i < known->count; i++) {
		struct known_move *one = &known->list[i];

		assert_int_equal(0, move_get(changes, text_of(one->id), &move));
		assert_non_null(snapshot_address(changes->snapshot,
						 text_of(move.address)));
		if (move.ends_at_ms != one->or_ends_at_ms)
			assert_int_equal(one->ends_at_ms, move.ends_at_ms);
		one->ends_at_ms = move.ends_at_ms;
		one->or_ends_at_ms = move.ends_at_ms;
	}
	return 0;
}

static void no_power_cut_takes_what_was_acknowledged(void **state)
{
	struct fixture *fixture = *state;
	struct known_moves known = {
		calloc(MOVES_MAX, sizeof(struct known_move)), 0
	};
	const char *wanted = getenv("POWER_CUTS");
	unsigned cuts = wanted ? (unsigned)strtoul(wanted, NULL, 10) : CUTS;

	assert_non_null(known.list);
	for (unsigned i = 0; i < cuts; i++) {
		operations_left = 2 + (int)random_below(OPERATIONS_MAX);
		if (fixture_try_open(fixture, NULL) == 0)
			change_until_off(fixture, &known);
		assert_true(is_off());
		fixture_close(fixture);
		power_returns();

		operations_left = INT32_MAX;
		fixture_open(fixture);
		assert_int_equal(0, fixture_run(fixture, check_known, &known));
		assert_int_equal(0,
				 fixture_number(fixture,
						"SELECT count(*) FROM "
						"pragma_integrity_check WHERE "
						"integrity_check <> 'ok'"));
		/* The next cut may find it just after a clean stop. */
		if (random_below(2)) {
			fixture_close(fixture);
			continue;
		}
		operations_left = (int)random_below(OPERATIONS_MAX);
		change_until_off(fixture, &known);
		fixture_close(fixture);
		power_returns();
	}
	print_message("%zu moves were acknowledged, %u checkpoints\n",
		      known.count, checkpoints);
	assert_true(known.count > cuts);
	assert_true(checkpoints > 0);
	free(known.list);
}

static int set_up(void **state)
{
	operations_left = INT32_MAX;
	assert_int_equal(0, fixture_set_up(state));
	fixture_close(*state);
	return 0;
}

static int tear_down(void **state)
{
	operations_left = INT32_MAX;
	assert_int_equal(0, fixture_tear_down(state));
	for (size_t i = 0; i < file_count; i++)
		forget(&files[i]);
	return 0;
}

int main(void)
{
	const char *seed = getenv("POWER_SEED");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			no_power_cut_takes_what_was_acknowledged, set_up,
			tear_down),
	};

	if (sodium_init() < 0)
		return 1;
	if (seed)
		random_state = strtoull(seed, NULL, 10);
	else
		randombytes_buf(&random_state, sizeof(random_state));
	random_state |= 1;
	print_message("POWER_SEED=%llu\n", (unsigned long long)random_state);
	layer_hooks = (struct layer_hooks){ .opened = opened,
					    .write = on_write,
					    .truncate = on_truncate,
					    .sync = on_sync,
					    .remove = on_remove };
	if (layer_register() != SQLITE_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
