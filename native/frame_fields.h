/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PATHWARDEN_FRAME_FIELDS_H
#define PATHWARDEN_FRAME_FIELDS_H

#include "frame.h"
#include "json.h"

/* Writes what is particular to the frame's type, in the style of j; of a hello nothing: that is hello.c's. */
void frame_fields(struct json *j, const struct frame *f);

#endif
