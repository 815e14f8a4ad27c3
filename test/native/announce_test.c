/* SPDX-License-Identifier: Apache-2.0 */
/* Which announcements are told: the first of a burst, the first after a switch, of devices that matter. */
#include <stdlib.h>
#include "check.h"
#include "../../native/sources/announce.c"

static struct frame emitted[512];
static size_t emitted_count;
static uint64_t switched_us;

void helper_emit(struct helper *h, const struct frame *f)
{
	(void)h;
	if (emitted_count < 512)
		emitted[emitted_count++] = *f;
}
bool rtnl_over_bond(const struct helper *h, uint32_t ifindex)
{
	(void)h;
	return ifindex != 3;
}
uint64_t bond_last_switch_us(void)
{
	return switched_us;
}
void bond_drain(struct helper *h)
{
	(void)h;
}
const struct source source_bond = {.name = "bond"};
int bpf_ring_open(struct bpf_ring *r, struct helper *h, const struct bpf_map *events, const __u64 *dropped)
{
	(void)r;
	(void)h;
	(void)events;
	(void)dropped;
	return 0;
}
void bpf_ring_close(struct bpf_ring *r)
{
	(void)r;
}
void bpf_ring_drain(struct bpf_ring *r)
{
	(void)r;
}
int bpf_netns(__u32 *inode)
{
	*inode = 1;
	return 0;
}
void bpf_prepare(void)
{
}
const char *bpf_why(int error)
{
	(void)error;
	return "";
}
bool bpf_want_function(struct bpf_program *program, const char *function)
{
	(void)program;
	(void)function;
	return false;
}
bool bpf_want_tracepoint(struct bpf_program *program, const char *tracepoint)
{
	return bpf_want_function(program, tracepoint);
}

/* Is it told? */
static bool heard(uint32_t ifindex, uint8_t family, uint64_t t_us)
{
	struct announce_event e = {
	    .t_ns = t_us * 1000, .ifindex = ifindex, .family = family, .address = {10, 77, 9, 1}};
	size_t before = emitted_count;

	take(NULL, &e, sizeof(e));
	return emitted_count == before + 1;
}

static void tells_the_first_of_each_burst(void)
{
	CHECK(heard(9, 4, 5000000));
	CHECK(emitted[0].type == FRAME_ANNOUNCE && emitted[0].t_us == 5000000);
	CHECK(emitted[0].announce.ifindex == 9 && !emitted[0].announce.na);
	CHECK(emitted[0].announce.address.family == 4 && emitted[0].announce.address.bytes[3] == 1);
	/* Each within a second of the last one: still the same burst. */
	CHECK(!heard(9, 4, 5600000) && !heard(9, 4, 6200000));
	CHECK(heard(9, 4, 7200000));
	/* Another kind, another device. */
	CHECK(heard(9, 6, 7200001) && emitted[2].announce.na && emitted[2].announce.address.family == 6);
	CHECK(heard(10, 4, 7200002));
}

static void tells_the_first_after_a_switch(void)
{
	switched_us = 7300000;
	CHECK(heard(9, 4, 7300000));
	CHECK(!heard(9, 4, 7300500));
	CHECK(heard(9, 6, 7300501) && !heard(9, 6, 7300502));
	/* What was sent before the switch announces no part of it. */
	switched_us = 7500000;
	CHECK(!heard(9, 4, 7400000));
	CHECK(heard(9, 4, 7500001));
}

static void leaves_other_devices_aside(void)
{
	struct announce_event e = {.ifindex = 9, .family = 4};

	CHECK(!heard(3, 4, 9000000));
	CHECK(take(NULL, &e, sizeof(e) - 1) == 0);
}

static void forgets_the_oldest_of_too_many(void)
{
	for (uint32_t i = 0; i < DEVICES_MAX + 10; i++)
		CHECK(heard(1000 + i, 4, 20000000 + i));
	for (uint32_t i = 0; i < 100; i++)
		CHECK(!heard(1000 + DEVICES_MAX + 9 - i, 4, 20001000 + i));
}

int main(void)
{
	RUN(tells_the_first_of_each_burst);
	RUN(tells_the_first_after_a_switch);
	RUN(leaves_other_devices_aside);
	RUN(forgets_the_oldest_of_too_many);
	return check_done();
}
