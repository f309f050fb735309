#include "api/password_hasher.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

struct password_hasher {
	unsigned memory_kib;
	/* Compared with where there is no user, or none with a password. */
	char dummy[PASSWORD_HASH_SIZE];
	pthread_t thread;
	pthread_mutex_t queue_lock;
	pthread_cond_t queued;
	struct password_job *head, **tail;
	size_t count; /* waiting, and under way */
	bool is_stopping;
};

static int make(const struct password_hasher *hasher, struct password_job *job)
{
	struct text password = { job->password, job->password_len };

	if (job->new_password_len > 0)
		password = (struct text){ job->new_password,
					  job->new_password_len };
	return password_hash(password, hasher->memory_kib, job->made);
}

static int run_job(const struct password_hasher *hasher,
		   struct password_job *job)
{
	struct text password = { job->password, job->password_len };
	bool is_outdated = false;

	if (job->verifies && !job->phc[0]) {
		(void)!password_verify(hasher->dummy, password);
		return 0;
	}
	if (job->verifies) {
		job->is_right = password_verify(job->phc, password);
		is_outdated =
			job->is_right &&
			password_is_outdated(job->phc, hasher->memory_kib);
	}
	if (is_outdated || (job->makes && (!job->verifies || job->is_right)))
		return make(hasher, job);
	return 0;
}

/* NULL: stop. */
static struct password_job *next_job(struct password_hasher *hasher)
{
	struct password_job *job = NULL;

	pthread_mutex_lock(&hasher->queue_lock);
	while (!hasher->head && !hasher->is_stopping)
		pthread_cond_wait(&hasher->queued, &hasher->queue_lock);
	if (!hasher->is_stopping) {
		job = hasher->head;
		hasher->head = job->next;
		if (!hasher->head)
			hasher->tail = &hasher->head;
	}
	pthread_mutex_unlock(&hasher->queue_lock);
	return job;
}

static void *run(void *arg)
{
	struct password_hasher *hasher = arg;
	struct password_job *job;

	pthread_setname_np(pthread_self(), "hash-0");
	while ((job = next_job(hasher))) {
		int err = run_job(hasher, job);

		sodium_memzero(job->password, sizeof(job->password));
		sodium_memzero(job->new_password, sizeof(job->new_password));
		pthread_mutex_lock(&hasher->queue_lock);
		hasher->count--;
		pthread_mutex_unlock(&hasher->queue_lock);
		job->done(job, err);
	}
	return NULL;
}

static void hasher_free(struct password_hasher *hasher)
{
	pthread_cond_destroy(&hasher->queued);
	pthread_mutex_destroy(&hasher->queue_lock);
	free(hasher);
}

/* As slow to compare with as any other, and of no password. */
static int make_dummy(struct password_hasher *hasher)
{
	char secret[32];

	randombytes_buf(secret, sizeof(secret));
	return password_hash((struct text){ secret, sizeof(secret) },
			     hasher->memory_kib, hasher->dummy);
}

int password_hasher_start(unsigned memory_kib,
			  struct password_hasher **ret_hasher)
{
	struct password_hasher *hasher = calloc(1, sizeof(*hasher));
	int err;

	if (!hasher)
		return ENOMEM;
	pthread_mutex_init(&hasher->queue_lock, NULL);
	pthread_cond_init(&hasher->queued, NULL);
	hasher->tail = &hasher->head;
	hasher->memory_kib = memory_kib ? memory_kib
					: PASSWORD_MEMORY_KIB_DEFAULT;
	err = make_dummy(hasher);
	if (!err)
		err = pthread_create(&hasher->thread, NULL, run, hasher);
	if (err) {
		hasher_free(hasher);
		return err;
	}
	*ret_hasher = hasher;
	return 0;
}

void password_hasher_stop(struct password_hasher *hasher)
{
	struct password_job *job;

	if (!hasher)
		return;
	pthread_mutex_lock(&hasher->queue_lock);
	hasher->is_stopping = true;
	pthread_cond_signal(&hasher->queued);
	pthread_mutex_unlock(&hasher->queue_lock);
	pthread_join(hasher->thread, NULL);
	while ((job = hasher->head)) {
		hasher->head = job->next;
		job->done(job, ECANCELED);
	}
	hasher_free(hasher);
}

int password_hasher_submit(struct password_hasher *hasher,
			   struct password_job *job)
{
	int err = 0;

	job->next = NULL;
	job->is_right = false;
	job->made[0] = '\0';
	pthread_mutex_lock(&hasher->queue_lock);
	if (hasher->count >= PASSWORD_QUEUE_MAX || hasher->is_stopping) {
		err = EAGAIN;
	} else {
		*hasher->tail = job;
		hasher->tail = &job->next;
		hasher->count++;
		pthread_cond_signal(&hasher->queued);
	}
	pthread_mutex_unlock(&hasher->queue_lock);
	return err;
}
