// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What drivers tell of ill hardware by tracepoints. An NVMe controller's events are told one by one: it waits
 * for the answer to each. Others come as quickly as commands fail: they are counted by component, and of each
 * 100 ms of a component the first alone wakes user space, which looks again until nothing is untold.
 * From 6.12 on the verifier takes it that what a module's tracepoint hands out may be NULL, and wants that
 * asked.
 */
#include "hwevents_kernel.h"
#include "hw_events.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define WAKE_NS 100000000ULL

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024);
} events SEC(".maps");

/* User space maps it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, HW_COMPONENTS_MAX);
	__type(key, __u32);
	__type(value, struct hw_component);
} components SEC(".maps");

/* Which of them has this key; user space removes it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HW_COMPONENTS_MAX);
	__type(key, struct hw_key);
	__type(value, __u32);
} keys SEC(".maps");

/* Read by user space. */
__u64 dropped;	 /* events that found the ring buffer full */
__u64 uncounted; /* errors of components that found no room */

static __always_inline void wake(__u32 kind, __u64 now, __u32 instance, __u32 result)
{
	struct hw_event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e) {
		__sync_fetch_and_add(&dropped, 1);
		return;
	}
	*e = (struct hw_event){.t_ns = now, .kind = kind, .instance = instance, .result = result};
	bpf_ringbuf_submit(e, 0);
}

/* Before the key leads to it, nobody else uses the slot. */
static __always_inline struct hw_component *add(const struct hw_key *key)
{
	struct hw_component *c;
	__u32 *at, i;
	int error; /* no long: before 6.4 the upper half of what it returns may be anything */

	for (i = 0; i < HW_COMPONENTS_MAX; i++) {
		__u32 slot = i;

		c = bpf_map_lookup_elem(&components, &slot);
		if (!c || __sync_val_compare_and_swap(&c->slot, HW_FREE, HW_FILLING) != HW_FREE)
			continue;
		c->key = *key;
		error = bpf_map_update_elem(&keys, key, &slot, BPF_NOEXIST);
		if (!error) {
			c->slot = HW_LIVE;
			return c;
		}
		c->slot = HW_FREE;
		break;
	}
	/* Another processor may have been faster. */
	at = bpf_map_lookup_elem(&keys, key);
	return at ? bpf_map_lookup_elem(&components, at) : 0;
}

static __always_inline struct hw_component *component_of(const struct hw_key *key)
{
	__u32 *at = bpf_map_lookup_elem(&keys, key);
	struct hw_component *c = at ? bpf_map_lookup_elem(&components, at) : add(key);

	if (!c)
		__sync_fetch_and_add(&uncounted, 1);
	return c;
}

static __always_inline void count(struct hw_component *c, __u32 kind)
{
	__u64 now = bpf_ktime_get_ns();

	c->last_ns = now;
	__sync_val_compare_and_swap(&c->first_ns, 0, now);
	__sync_fetch_and_add(&c->count, 1);
	if (c->woken_ns && now - c->woken_ns < WAKE_NS)
		return;
	c->woken_ns = now;
	wake(kind, now, 0, 0);
}

SEC("tp_btf/nvme_async_event")
int BPF_PROG(on_nvme, struct nvme_ctrl *controller, __u32 result)
{
	if (controller)
		wake(HW_NVME, bpf_ktime_get_ns(), BPF_CORE_READ(controller, instance), result);
	return 0;
}

static __always_inline __u8 operation_of(struct scsi_cmnd *command)
{
	struct scsi_cmnd___pointer *older = (void *)command;
	__u8 operation = 0;

	if (bpf_core_field_exists(older->cmnd))
		bpf_probe_read_kernel(&operation, 1, BPF_CORE_READ(older, cmnd));
	else
		bpf_core_read(&operation, 1, &command->cmnd[0]);
	return operation;
}

static __always_inline void scsi(struct scsi_cmnd *command, __u32 kind, int result)
{
	struct scsi_device *device = BPF_CORE_READ(command, device);
	struct hw_key key = {.kind = kind};
	struct hw_component *c;

	key.id[0] = BPF_CORE_READ(device, host, host_no);
	key.id[1] = BPF_CORE_READ(device, channel);
	key.id[2] = BPF_CORE_READ(device, id);
	key.lun = BPF_CORE_READ(device, lun);
	c = component_of(&key);
	if (!c)
		return;
	*(volatile __u64 *)&c->scsi = (__u64)operation_of(command) << 32 | (__u32)result;
	count(c, kind);
}

/* The driver did not take a command: result is why (SCSI_MLQUEUE_*). */
SEC("tp_btf/scsi_dispatch_cmd_error")
int BPF_PROG(on_scsi_error, struct scsi_cmnd *command, int result)
{
	if (command)
		scsi(command, HW_SCSI_ERROR, result);
	return 0;
}

SEC("tp_btf/scsi_dispatch_cmd_timeout")
int BPF_PROG(on_scsi_timeout, struct scsi_cmnd *command)
{
	if (command)
		scsi(command, HW_SCSI_TIMEOUT, BPF_CORE_READ(command, result));
	return 0;
}

SEC("tp_btf/thermal_zone_trip")
int BPF_PROG(on_thermal, struct thermal_zone_device *zone, int trip, int type)
{
	struct hw_key key = {.kind = HW_THERMAL};
	struct hw_component *c;

	key.id[0] = BPF_CORE_READ(zone, id);
	key.id[1] = trip;
	key.id[2] = type;
	BPF_CORE_READ_STR_INTO(&key.name, zone, type);
	c = component_of(&key);
	if (c)
		count(c, HW_THERMAL);
	return 0;
}

SEC("tp_btf/devlink_health_report")
int BPF_PROG(on_health, struct devlink *devlink, const char *reporter, const char *message)
{
	struct device *device = BPF_CORE_READ(devlink, dev);
	struct hw_key key = {.kind = HW_HEALTH};
	struct hw_component *c;

	bpf_probe_read_kernel_str(key.bus, sizeof(key.bus), BPF_CORE_READ(device, bus, name));
	bpf_probe_read_kernel_str(key.name, sizeof(key.name), BPF_CORE_READ(device, kobj.name));
	bpf_probe_read_kernel_str(key.part, sizeof(key.part), reporter);
	c = component_of(&key);
	if (!c)
		return 0;
	bpf_probe_read_kernel_str(c->message, sizeof(c->message), message);
	count(c, HW_HEALTH);
	return 0;
}
