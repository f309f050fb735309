/*
 * redirect_log_source.h - who a record came from, out of the texts that it
 * keeps: the caller's URI and the source's host. Views into those texts.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_SOURCE_H
#define SIPMOVED_DB_REDIRECT_LOG_SOURCE_H

#include "base/text.h"

/* The URI of a From header, without display name and parameters of the header;
 * of what is no such header, all of it up to the first semicolon. */
struct text log_caller_of(struct text from);
/* "192.0.2.1:5060" -> "192.0.2.1"; "[2001:db8::1]:5060" -> "2001:db8::1". */
struct text log_source_host(struct text source);

#endif
