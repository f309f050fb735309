#include "db/address.h"

#include "db/value_check.h"

void address_validate(struct address *address, struct faults *faults)
{
	(void)value_check_address(address->uri, "/uri", faults);
	value_check_note(address->note, ADDRESS_NOTE_MAX, "/note", faults);
}
