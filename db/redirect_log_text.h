/*
 * redirect_log_text.h - texts of the redirect log, made safe for whoever reads
 * them: well-formed UTF-8 without NUL. What is not is replaced by U+FFFD, byte
 * by byte. Control characters stay. Any thread. Inside db/.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_TEXT_H
#define SIPMOVED_DB_REDIRECT_LOG_TEXT_H

#include "base/text.h"

bool log_text_is_clean(struct text text);
/* The clean text's bytes, cut to size between two characters; no NUL. */
size_t log_text_clean(struct text text, char *buffer, size_t size);
/* The same, terminated. size >= 1. */
void log_text_copy(struct text text, char *buffer, size_t size);

#endif
