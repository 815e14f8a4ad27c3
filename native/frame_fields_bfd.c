/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a BFD session, as agent/wire.ts names them, in its order. */
#include "frame_put.h"

void frame_put_bfd(struct json *j, const struct frame_bfd *p)
{
	static const char *const states[] = {
	    [BFD_ADMIN_DOWN] = "admin-down", [BFD_DOWN] = "down", [BFD_INIT] = "init", [BFD_UP] = "up"};

	json_put_uint(j, "ifindex", p->ifindex);
	put_address(j, "local", &p->local);
	put_address(j, "remote", &p->remote);
	json_put_bool(j, "micro", p->micro);
	put_choice(j, "state", states, COUNT(states), p->state);
	put_choice(j, "remote_state", states, COUNT(states), p->remote_state);
	json_put_uint(j, "diagnostic", p->diagnostic);
	json_put_uint(j, "remote_diagnostic", p->remote_diagnostic);
	json_put_uint(j, "since_us", p->since_us);
	json_put_uint(j, "tx_us", p->tx_us);
	json_put_uint(j, "detect_us", p->detect_us);
	json_put_bool(j, "gone", p->gone);
}
