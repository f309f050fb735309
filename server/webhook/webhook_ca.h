/*
 * webhook_ca.h - certificates of an endpoint's own CA, as PEM text.
 */
#ifndef SIPMOVED_WEBHOOK_CA_H
#define SIPMOVED_WEBHOOK_CA_H

#include "base/text.h"

/* A webhook_check_fn: NULL, or why it cannot be used. */
const char *webhook_ca_check(const void *arg, struct text pem);

#endif
