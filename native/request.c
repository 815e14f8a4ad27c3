/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include "request_get.h"

/* attach and configure need 5; jansson would recurse to 2048. */
#define DEPTH_MAX 8

static const char *const names[] = {
    [REQUEST_ATTACH] = "attach",     [REQUEST_CONFIGURE] = "configure",	  [REQUEST_TRACE] = "trace",
    [REQUEST_SNAPSHOT] = "snapshot", [REQUEST_FLOW_STATS] = "flow_stats", [REQUEST_STEER] = "steer",
};

void request_prepare(void)
{
	json_object_seed(0);
}

const char *request_name(enum request_type type)
{
	return (size_t)type < sizeof(names) / sizeof(names[0]) && names[type] ? names[type] : "unknown";
}

static int depth_exceeds(const char *text, size_t size, int max)
{
	int depth = 0;
	bool string = false;

	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (string && c == '\\')
			i++;
		else if (c == '"')
			string = !string;
		else if (!string && (c == '{' || c == '['))
			depth++;
		else if (!string && (c == '}' || c == ']'))
			depth--;
		if (depth > max)
			return 1;
	}
	return 0;
}

static int parse_attach(struct parse *p, const json_t *data, struct request_attach *out)
{
	const json_t *cursor = json_object_get(data, "cursor");
	int r;

	if (json_is_null(cursor))
		return 0;
	if (!json_is_object(cursor))
		return refuse(p, "cursor: expected {epoch, seq} or null");
	out->has_cursor = true;
	r = get_uint(p, cursor, "cursor.", "epoch", 0, SAFE_INTEGER_MAX, &out->epoch);
	return r ? r : get_uint(p, cursor, "cursor.", "seq", 0, SAFE_INTEGER_MAX, &out->seq);
}

static int parse_ports(struct parse *p, const json_t *data, struct request_configure *out)
{
	const json_t *ports;
	int r = get_array(p, data, "ports", REQUEST_PORTS_MAX, &ports);

	if (r)
		return r;
	for (size_t i = 0; i < json_array_size(ports); i++) {
		const json_t *pair = json_array_get(ports, i);
		const json_t *first = json_array_get(pair, 0), *last = json_array_get(pair, 1);
		json_int_t low = json_integer_value(first), high = json_integer_value(last);

		if (json_array_size(pair) != 2 || !json_is_integer(first) || !json_is_integer(last) ||
		    low < 1 || high > UINT16_MAX || low > high)
			return refuse(p, "ports[%zu]: expected [low, high], 1 to 65535", i);
		out->ports[i].low = (uint16_t)low;
		out->ports[i].high = (uint16_t)high;
	}
	out->port_count = json_array_size(ports);
	return 0;
}

static int parse_configure(struct parse *p, const json_t *data, struct request_configure *out)
{
	int r = parse_ports(p, data, out);

	if (!r)
		r = get_u32(p, data, "", "unacked_ms", 10, 10000, &out->unacked_ms);
	if (!r)
		r = get_u32(p, data, "", "unanswered_ms", 50, 60000, &out->unanswered_ms);
	if (!r)
		r = get_u32(p, data, "", "io_stalled_ms", 50, 60000, &out->io_stalled_ms);
	if (!r)
		r = request_parse_probes(p, data, out);
	if (!r)
		r = request_parse_bfd(p, data, out);
	return r;
}

/* At most max - 1 bytes, cut where a character of UTF-8 begins. */
static void copy_cut(char *out, const char *text, size_t max)
{
	size_t n = strnlen(text, max - 1);

	while (text[n] && n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	memcpy(out, text, n);
	out[n] = '\0';
}

static int parse_steer(struct parse *p, const json_t *data, struct request_steer *out)
{
	const json_t *group = json_object_get(data, "group"), *reason = json_object_get(data, "reason");
	const char *action = json_string_value(json_object_get(data, "action"));

	if (!json_is_string(group) || json_string_length(group) >= sizeof(out->group))
		return refuse(p, "group: expected a string of at most %zu bytes", sizeof(out->group) - 1);
	if (!action || (strcmp(action, "leave") && strcmp(action, "undo")))
		return refuse(p, "action: expected leave or undo");
	if (!json_is_string(reason))
		return refuse(p, "reason: expected a string");
	copy_cut(out->group, json_string_value(group), sizeof(out->group));
	copy_cut(out->reason, json_string_value(reason), sizeof(out->reason));
	out->undo = !strcmp(action, "undo");
	return get_u32(p, data, "", "ifindex", 1, INT32_MAX, &out->ifindex);
}

static int parse_root(struct parse *p, const json_t *root, struct request *out)
{
	const char *type = json_string_value(json_object_get(root, "type"));
	const json_t *data = json_object_get(root, "data");

	for (size_t i = 0; type && i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i] && !strcmp(type, names[i]))
			out->type = (enum request_type)i;
	if (!out->type)
		return refuse(p, "type: expected attach, configure, trace, snapshot, flow_stats or steer");
	if (!json_is_object(data))
		return refuse(p, "data: expected an object");
	switch (out->type) {
	case REQUEST_ATTACH:
		return parse_attach(p, data, &out->attach);
	case REQUEST_CONFIGURE:
		return parse_configure(p, data, &out->configure);
	case REQUEST_TRACE:
		return get_u32(p, data, "", "for_ms", 100, 30000, &out->trace.for_ms);
	case REQUEST_STEER:
		return parse_steer(p, data, &out->steer);
	case REQUEST_SNAPSHOT:
	case REQUEST_FLOW_STATS:
		break;
	}
	return 0;
}

int request_parse(const char *text, size_t size, struct request *out, char *why, size_t why_size)
{
	struct parse p = {.why = why, .why_size = why_size};
	json_error_t error;
	json_t *root;
	int r;

	memset(out, 0, sizeof(*out));
	if (size > REQUEST_BYTES_MAX || depth_exceeds(text, size, DEPTH_MAX)) {
		refuse(&p, "larger than %d bytes or nested deeper than %d", REQUEST_BYTES_MAX, DEPTH_MAX);
		return -EBADMSG;
	}
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (!root) {
		refuse(&p, "not JSON: %.120s", error.text);
		return -EBADMSG;
	}
	r = parse_root(&p, root, out);
	json_decref(root);
	return r;
}
