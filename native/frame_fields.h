/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PATHWARDEN_FRAME_FIELDS_H
#define PATHWARDEN_FRAME_FIELDS_H

#include "frame.h"
#include "json.h"

/* Writes what is particular to the frame's type, in the style of j; of a hello nothing: that is hello.c's. */
void frame_fields(struct json *j, const struct frame *f);

/* --- frame_fields_nic.c --- */
/* The same of a frame about a bond, a team or a NIC. */
void frame_fields_nic(struct json *j, const struct frame *f);
void frame_put_bond(struct json *j, const struct frame_bond *bond);
void frame_put_bond_member(struct json *j, const struct frame_bond_member *member);

#endif
