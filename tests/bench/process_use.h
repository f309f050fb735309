/*
 * process_use.h - what a server's processes have used, read from /proc: CPU of
 * its SIP worker and of all, and memory (what is shared is counted once).
 */
#ifndef SIPMOVED_BENCH_PROCESS_USE_H
#define SIPMOVED_BENCH_PROCESS_USE_H
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	THREADS_MAX = 256,
};

struct thread_use {
	long id;
	char name[32];
	double cpu_us;
};

struct process_use {
	struct thread_use threads[THREADS_MAX];
	size_t count;
	double pss_kb;
};

/* The number after the prefix, in the first line that begins so; 0 if none. */
static double file_number(const char *path, const char *prefix)
{
	FILE *stream = fopen(path, "re");
	char line[256];
	double number = 0;

	while (stream && fgets(line, sizeof(line), stream))
		if (strncmp(line, prefix, strlen(prefix)) == 0) {
			number = strtod(line + strlen(prefix), NULL);
			break;
		}
	if (stream)
		fclose(stream);
	return number;
}

static void add_threads(struct process_use *use, long pid)
{
	char path[400];
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%ld/task", pid);
	tasks = opendir(path);
	while (tasks && use->count < THREADS_MAX && (entry = readdir(tasks))) {
		struct thread_use *thread = &use->threads[use->count];
		FILE *stream;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%ld/task/%s/comm", pid,
			 entry->d_name);
		stream = fopen(path, "re");
		if (!stream)
			continue;
		thread->id = strtol(entry->d_name, NULL, 10);
		if (fgets(thread->name, sizeof(thread->name), stream))
			use->count++;
		fclose(stream);
		snprintf(path, sizeof(path), "/proc/%ld/task/%s/schedstat", pid,
			 entry->d_name);
		thread->cpu_us = file_number(path, "") / 1000;
	}
	if (tasks)
		closedir(tasks);
}

/* pids: numbers with commas between. */
static inline void process_use_read(struct process_use *use, const char *pids)
{
	char path[64];
	char *end;

	memset(use, 0, sizeof(*use));
	for (; pids && *pids; pids = *end ? end + 1 : end) {
		long pid = strtol(pids, &end, 10);

		if (end == pids)
			return;
		add_threads(use, pid);
		snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", pid);
		use->pss_kb += file_number(path, "Pss:");
	}
}

/* worker: threads named sip-*, or, where none is, the one that used most. */
static inline void process_use_between(const struct process_use *before,
				       const struct process_use *after,
				       double *worker_us, double *all_us)
{
	double named = 0;
	double most = 0;

	*all_us = 0;
	for (size_t i = 0; i < after->count; i++) {
		const struct thread_use *thread = &after->threads[i];
		double us = thread->cpu_us;

		for (size_t j = 0; j < before->count; j++)
			if (before->threads[j].id == thread->id)
				us -= before->threads[j].cpu_us;
		*all_us += us;
		most = us > most ? us : most;
		if (strncmp(thread->name, "sip-", 4) == 0)
			named += us;
	}
	*worker_us = named > 0 ? named : most;
}
#endif
