/*
 * sip_user_rows.h - what reading a user's row and loading a snapshot share.
 * Inside db/ only; store thread.
 */
#ifndef SIPMOVED_DB_SIP_USER_ROWS_H
#define SIPMOVED_DB_SIP_USER_ROWS_H

#include "db/database.h"
#include "db/sip_user.h"

/* Three columns, in order of enum digest_algorithm. False: one of them has not
 * its algorithm's size. */
bool sip_user_read_secrets(sqlite3_stmt *row, int first_column,
			   struct digest_secrets *ret_secrets);

#endif
