/* SPDX-License-Identifier: Apache-2.0 */
/* All that turns a frame into text, for a test that includes what it tests. */
#include "../../native/frame.c"
#include "../../native/frame_fields.c"
#include "../../native/frame_fields_bfd.c"
#include "../../native/frame_fields_block.c"
#include "../../native/frame_fields_events.c"
#include "../../native/frame_fields_flow.c"
#include "../../native/frame_fields_hardware.c"
#include "../../native/frame_fields_multipath.c"
#include "../../native/frame_fields_nic.c"
#include "../../native/frame_fields_ras.c"
#include "../../native/frame_fields_steering.c"
#include "../../native/json.c"
