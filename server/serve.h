/*
 * serve.h - the verb `serve`: starts the parts in order, waits for a signal,
 * stops them in the other order.
 */
#ifndef SIPMOVED_SERVE_H
#define SIPMOVED_SERVE_H

#include "config.h"

/* Runs until SIGTERM or SIGINT. Returns the exit code. */
int serve(const struct config *config);

#endif
