/* SPDX-License-Identifier: Apache-2.0 */
/* The supply source's own parts: supply.c, supply_watchdog.c. */
#ifndef PATHWARDEN_SUPPLY_H
#define PATHWARDEN_SUPPLY_H

#include "source.h"

void watchdogs_start(void);
void watchdogs_stop(void);
/* Reads all, and tells what differs. */
void watchdogs_look(struct helper *h);
void watchdogs_tell_all(struct helper *h);

#endif
