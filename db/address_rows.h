/*
 * address_rows.h - what the rows of moves need of addresses and domains.
 * Inside db/ only; store thread.
 */
#ifndef SIPMOVED_DB_ADDRESS_ROWS_H
#define SIPMOVED_DB_ADDRESS_ROWS_H

#include "db/changes_state.h"

/* The host part of a canonical address; empty for a tel: address. */
struct text address_host(const char *canonical);

/* How an address that is not there yet may come to be. */
struct address_need {
	bool may_create_domain;
	const char *pointer; /* of the fault, if it may not */
	struct faults *faults;
};
/*
 * Makes the address, and its domain, if they are not there yet.
 * EINVAL: FAULT_UNKNOWN_DOMAIN, the domain is not served.
 */
int address_ensure(struct changes *changes, const char *canonical,
		   const struct address_need *need)
	__attribute__((warn_unused_result));

/* The canonical address as its domain keeps it: with its user part in lower
 * case, in place, if the domain ignores case. */
int address_settle_case(struct changes *changes, char *canonical)
	__attribute__((warn_unused_result));

/* *ret_row_id 0: not served. */
int domain_row_id(struct changes *changes, struct text name,
		  int64_t *ret_row_id) __attribute__((warn_unused_result));
/* The name is canonical already. EEXIST. */
int domain_insert(struct changes *changes, struct domain *domain)
	__attribute__((warn_unused_result));

#endif
