/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of what is told of a flow on request, as agent/wire.ts names them, in its order. */
#include "frame_put.h"

void frame_put_flow_stats(struct json *j, const struct frame_flow_stats *p)
{
	json_put_uint(j, "flow", p->flow);
	json_put_uint(j, "srtt_us", p->srtt_us);
	json_put_uint(j, "rttvar_us", p->rttvar_us);
	json_put_uint(j, "backoff", p->backoff);
	json_put_uint(j, "retransmits", p->retransmits);
	json_put_uint(j, "unacked_segments", p->unacked_segments);
	json_put_uint(j, "progress_us", p->progress_us);
	json_put_uint(j, "bytes_acked", p->bytes_acked);
	json_put_uint(j, "bytes_received", p->bytes_received);
	put_id_or_null(j, "out_ifindex", p->out_ifindex);
	put_id_or_null(j, "in_ifindex", p->in_ifindex);
	put_id_or_null(j, "member_ifindex", p->member_ifindex);
}
