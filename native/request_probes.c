/* SPDX-License-Identifier: Apache-2.0 */
/* configure.probes: which legs to probe, and how. */
#include "request_get.h"

static int get_method(struct parse *p, const json_t *item, const char *where, struct request_probe *out)
{
	static const char *const methods[] = {[PROBE_ICMP] = "icmp", [PROBE_ARP] = "arp", [PROBE_ND] = "nd"};
	const char *text = json_string_value(json_object_get(item, "method"));

	for (size_t i = 0; text && i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!strcmp(text, methods[i])) {
			out->method = (enum probe_method)i;
			return 0;
		}
	return refuse(p, "%smethod: expected icmp, arp or nd", where);
}

static int check_families(struct parse *p, const char *where, const struct request_probe *probe)
{
	if (probe->source.family && probe->source.family != probe->target.family)
		return refuse(p, "%ssource: not of the target's family", where);
	if (probe->method == PROBE_ARP && probe->target.family != 4)
		return refuse(p, "%starget: expected an IPv4 address, for arp", where);
	if (probe->method == PROBE_ND && probe->target.family != 6)
		return refuse(p, "%starget: expected an IPv6 address, for nd", where);
	return 0;
}

static int parse_probe(struct parse *p, const json_t *item, size_t i, struct request_probe *out)
{
	char where[32];
	int r;

	snprintf(where, sizeof(where), "probes[%zu].", i);
	if (!json_is_object(item))
		return refuse(p, "probes[%zu]: expected an object", i);
	r = get_u32(p, item, where, "ifindex", 1, INT32_MAX, &out->ifindex);
	if (!r)
		r = get_address(p, item, where, "source", true, &out->source);
	if (!r)
		r = get_address(p, item, where, "target", false, &out->target);
	if (!r)
		r = get_method(p, item, where, out);
	if (!r)
		r = get_u32(p, item, where, "interval_ms", 20, 10000, &out->interval_ms);
	if (!r)
		r = get_u32(p, item, where, "burst_ms", 20, 10000, &out->burst_ms);
	if (!r)
		r = get_u32(p, item, where, "lost_after", 1, 20, &out->lost_after);
	if (!r && json_object_get(item, "vlan"))
		r = get_u32(p, item, where, "vlan", 1, 4094, &out->vlan);
	if (!r && out->vlan && out->method == PROBE_ICMP)
		r = refuse(p, "%svlan: not of an icmp probe", where);
	return r ? r : check_families(p, where, out);
}

static bool same_probe(const struct request_probe *a, const struct request_probe *b)
{
	return a->ifindex == b->ifindex && a->method == b->method && a->vlan == b->vlan &&
	       !memcmp(&a->target, &b->target, sizeof(a->target)) &&
	       !memcmp(&a->source, &b->source, sizeof(a->source));
}

/* In a second, in a burst. */
static unsigned int echoes_of(const struct request_probe *probe)
{
	uint32_t pace_ms = probe->burst_ms < probe->interval_ms ? probe->burst_ms : probe->interval_ms;

	return (1000 + pace_ms - 1) / pace_ms;
}

int request_parse_probes(struct parse *p, const json_t *data, struct request_configure *out)
{
	const json_t *probes;
	unsigned int echoes = 0;
	int r = get_array(p, data, "probes", REQUEST_PROBES_MAX, &probes);

	for (size_t i = 0; !r && i < json_array_size(probes); i++) {
		struct request_probe *probe = &out->probes[i];

		r = parse_probe(p, json_array_get(probes, i), i, probe);
		for (size_t k = 0; !r && k < i; k++)
			if (same_probe(probe, &out->probes[k]))
				r = refuse(p, "probes[%zu]: the same as probes[%zu]", i, k);
		if (!r)
			echoes += echoes_of(probe);
	}
	if (!r && echoes > REQUEST_ECHOES_MAX)
		r = refuse(p, "probes: %u echoes a second asked for, at most %d are sent", echoes,
			   REQUEST_ECHOES_MAX);
	if (!r)
		out->probe_count = json_array_size(probes);
	return r;
}
