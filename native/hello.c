/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>
#include "hello.h"

void hello_put(struct json *j, const struct helper *h, bool resumed)
{
	static const char *const nudges[] = {
	    [NUDGE_OFF] = "off", [NUDGE_ASK] = "ask", [NUDGE_OPERSTATE] = "operstate"};
	const char *strategy = carrier_strategy(h);

	json_put_text(j, "version", PATHWARDEN_VERSION, 64);
	json_put_text(j, "kernel", h->kernel, sizeof(h->kernel));
	json_put_uint(j, "pid", (uint64_t)getpid());
	json_put_uint(j, "netns", h->netns);
	json_put_int(j, "wall_offset_us", wall_offset_us());
	json_open(j, "carrier", '{');
	json_put_text(j, "strategy", strategy, strlen(strategy));
	json_put_uint(j, "interval_us", carrier_interval_us(h));
	json_close(j, '}');
	json_put_text(j, "nudge", nudges[nudge_method(h)], 16);
	json_open(j, "steering", '[');
	for (size_t i = 0; i < h->options.steer_count; i++)
		json_put_text(j, NULL, h->options.steer[i].group.id, FRAME_GROUP_MAX);
	json_close(j, ']');
	json_open(j, "restores", '[');
	for (size_t i = 0; i < h->options.restore_count; i++)
		json_put_text(j, NULL, h->options.restore[i].group.id, FRAME_GROUP_MAX);
	json_close(j, ']');
	json_open(j, "sources", '[');
	for (size_t i = 0; h->sources[i]; i++) {
		json_open(j, NULL, '{');
		json_put_text(j, "name", h->sources[i]->name, FRAME_KIND_MAX);
		json_put_text(j, "state", h->status[i].state, 16);
		if (h->status[i].reason[0])
			json_put_text(j, "reason", h->status[i].reason, FRAME_REASON_MAX);
		else
			json_put_null(j, "reason");
		json_close(j, '}');
	}
	json_close(j, ']');
	json_put_bool(j, "resumed", resumed);
}

int hello_encode(const struct helper *h, bool resumed, char *buf, size_t size)
{
	struct json j;

	json_start(&j, JSON_WIRE, buf, size);
	frame_open(&j, frame_type_name(FRAME_HELLO), &h->who, 0, now_us());
	hello_put(&j, h, resumed);
	return frame_close(&j);
}
