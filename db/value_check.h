/*
 * value_check.h - what the values (move, domain, address) check alike. Inside
 * db/ only. Each adds its faults at the JSON pointer it is given.
 */
#ifndef SIPMOVED_DB_VALUE_CHECK_H
#define SIPMOVED_DB_VALUE_CHECK_H

#include "db/fault.h"
#include "db/move.h"

/*
 * Canonicalises an address in place: sip: or sips: with a user, or a global
 * tel: number. False if it is none: then there is a fault, and it is as it was.
 */
bool value_check_address(char address[MOVE_ADDRESS_MAX + 1],
			 const char *pointer, struct faults *faults);
/* One line of printable UTF-8, at most max bytes. */
void value_check_note(const char *note, size_t max, const char *pointer,
		      struct faults *faults);

#endif
