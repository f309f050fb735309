/*
 * windows_zone.h - time zones by the names that Windows, Outlook and Exchange
 * have for them, as calendars that they write say it.
 */
#ifndef SIPMOVED_API_WINDOWS_ZONE_H
#define SIPMOVED_API_WINDOWS_ZONE_H

/* IANA's name of the zone where most people live; NULL: it is none of these. */
const char *windows_zone_find(const char *name);

#endif
