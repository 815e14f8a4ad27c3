/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a multipath device, as agent/wire.ts names them, in its order. */
#include "frame_put.h"

static void put_path(struct json *j, const struct frame_path *p)
{
	json_open(j, NULL, '{');
	json_put_text(j, "disk", p->disk, sizeof(p->disk));
	put_text_or_null(j, "session", p->session, sizeof(p->session));
	json_put_bool(j, "usable", p->usable);
	json_put_text(j, "state", p->state, sizeof(p->state));
	put_text_or_null(j, "access", p->access, sizeof(p->access));
	put_count_or_null(j, "failures", p->failures);
	json_close(j, '}');
}

void frame_put_multipath(struct json *j, const struct frame_multipath *p)
{
	json_put_text(j, "map", p->map, sizeof(p->map));
	put_text_or_null(j, "name", p->name, sizeof(p->name));
	json_put_text(j, "kind", p->nvme ? "nvme" : "dm", 4);
	json_open(j, "paths", '[');
	for (size_t i = 0; i < p->path_count && i < FRAME_PATHS_MAX; i++)
		put_path(j, &p->paths[i]);
	json_close(j, ']');
	json_put_bool(j, "gone", p->gone);
}
