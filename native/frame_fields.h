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

/* --- frame_fields_flow.c --- */
void frame_put_flow_stats(struct json *j, const struct frame_flow_stats *stats);

/* --- frame_fields_steering.c --- */
void frame_put_steering(struct json *j, const struct frame_steering *steering);

/* --- frame_fields_bfd.c --- */
void frame_put_bfd(struct json *j, const struct frame_bfd *bfd);

/* --- frame_fields_block.c --- */
/* The same of a frame about a session or a block device. */
void frame_fields_block(struct json *j, const struct frame *f);

/* --- frame_fields_multipath.c --- */
void frame_put_multipath(struct json *j, const struct frame_multipath *multipath);

/* --- frame_fields_events.c --- */
/* The same of a frame of the sources hwevents and kmsg. */
void frame_fields_events(struct json *j, const struct frame *f);

/* --- frame_fields_ras.c --- */
/* The same of a frame of the source ras. */
void frame_fields_ras(struct json *j, const struct frame *f);

/* --- frame_fields_hardware.c --- */
/* The same of a frame that tells what hardware there is. */
void frame_fields_hardware(struct json *j, const struct frame *f);

#endif
