/*
 * fill_moves.c - puts N moves into a data folder whose server is stopped:
 *   fill_moves DATA_DIR N      sip:user0000000@example.com and so on, and
 *                              1,000 sip:later0000000@example.com that move in
 *                              the year 2100
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/changes.h"
#include "db/store.h"

enum {
	PER_JOB = 10000,
	LATER = 1000,
};

#define YEAR_2100_MS INT64_C(4102444800000)

struct fill {
	struct store_job job; /* first: a job is cast back */
	unsigned next, end;
};

static int fill_one(struct changes *changes, const char *name, unsigned number,
		    int64_t starts_at_ms)
{
	struct faults faults = { 0 };
	struct move_conflict conflict = { 0 };
	struct move move = { .starts_at_ms = starts_at_ms,
			     .ends_at_ms = MOVE_OPEN_END,
			     .target_count = 1 };
	struct move_write write = { .may_create_domain = true,
				    .faults = &faults,
				    .conflict = &conflict };
	int err;

	snprintf(move.address, sizeof(move.address), "sip:%s%07u@example.com",
		 name, number);
	snprintf(move.targets[0].uri, sizeof(move.targets[0].uri),
		 "sip:%s%07u@moved.example.net", name, number);
	move.targets[0].q_permille = 1000;
	err = move_create(changes, &move, &write);
	if (err && faults_any(&faults))
		fprintf(stderr, "%s: %s\n", faults.list[0].pointer,
			faults.list[0].detail);
	faults_clear(&faults);
	return err;
}

static int fill_some(struct changes *changes, struct store_job *job)
{
	struct fill *fill = (struct fill *)job;
	const struct actor actor = { "local", "fill_moves", "offline", "",
				     "admin", "",	    "" };
	int err = 0;

	changes_set_actor(changes, &actor);
	for (; !err && fill->next < fill->end; fill->next++) {
		if (fill->next < LATER)
			err = fill_one(changes, "later", fill->next,
				       YEAR_2100_MS);
		if (!err)
			err = fill_one(changes, "user", fill->next, 0);
	}
	return err;
}

int main(int argc, char **argv)
{
	struct store_config config = { .data_dir = argc > 1 ? argv[1] : "" };
	struct store *store = NULL;
	struct fill fill = { .job = { .kind = STORE_CHANGE,
				      .run = fill_some } };
	const char *why = NULL;
	unsigned count;
	int err;

	if (argc != 3 || sodium_init() < 0) {
		fputs("usage: fill_moves DATA_DIR N\n", stderr);
		return 2;
	}
	count = (unsigned)strtoul(argv[2], NULL, 10);
	err = store_open(&config, &store, &why);
	while (!err && fill.next < count) {
		fill.end = fill.next + PER_JOB < count ? fill.next + PER_JOB
						       : count;
		err = store_run_offline(store, &fill.job);
	}
	if (err)
		fprintf(stderr, "fill_moves: %s %s\n", strerror(err),
			why ? why : "");
	store_close(store);
	return err ? 1 : 0;
}
