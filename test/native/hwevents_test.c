/* SPDX-License-Identifier: Apache-2.0 */
/* Errors that the programs have counted become frames: the first at once, what follows within 100 ms as one.
 */
#include "check.h"
#include "idle_loop.h"
#include "../../native/sources/hwevents_frame.c"
#include "../../native/sources/hwevents_tell.c"

static struct hw_component components[HW_COMPONENTS_MAX];
static uint64_t clock_us;
static struct frame told[8];
static size_t told_count;

uint64_t now_us(void)
{
	return clock_us;
}
struct loop *helper_loop(struct helper *h)
{
	(void)h;
	return NULL;
}
void loop_disarm_timer(struct loop_timer *t)
{
	(void)t;
}
void helper_emit(struct helper *h, const struct frame *f)
{
	(void)h;
	told[told_count++ % COUNT(told)] = *f;
}

static void begin(void)
{
	memset(components, 0, sizeof(components));
	memset(&hw, 0, sizeof(hw));
	hw.components = components;
	hw.keys = -1;
	clock_us = 50000000;
	told_count = 0;
}

/* As the program does it. */
static void fail(struct hw_component *c)
{
	c->last_ns = clock_us * 1000;
	if (!c->first_ns)
		c->first_ns = c->last_ns;
	c->count++;
}

static struct hw_component *scsi(uint32_t host)
{
	struct hw_component *c = &components[host];

	c->slot = HW_LIVE;
	c->key = (struct hw_key){.kind = HW_SCSI_ERROR, .id = {host, 1, 2}, .lun = 1ULL << 63};
	c->scsi.operation = 0x28;
	c->scsi.result = 0x1055;
	return c;
}

static void wake(void)
{
	struct hw_event e = {.t_ns = clock_us * 1000, .kind = HW_SCSI_ERROR};

	hwevents_take(NULL, &e, sizeof(e));
}

static void tells_the_first_at_once_and_the_rest_as_one(void)
{
	struct hw_component *c;

	begin();
	c = scsi(3);
	fail(c);
	wake();
	CHECK(told_count == 1 && told[0].type == FRAME_SCSI_ERROR);
	CHECK(told[0].scsi_error.errors.count == 1 && told[0].scsi_error.errors.first_us == told[0].t_us);
	CHECK_TEXT(told[0].scsi_error.device, "3:1:2:9223372036854775808");
	CHECK(told[0].scsi_error.operation == 0x28 && told[0].scsi_error.result == 0x1055);
	clock_us += 1000;
	fail(c);
	clock_us += 1000;
	fail(c);
	tell_due(NULL);
	CHECK(told_count == 1 && hw.armed);
	clock_us += WINDOW_US;
	tell_due(NULL);
	CHECK(told_count == 2 && told[1].scsi_error.errors.count == 2);
	CHECK(told[1].scsi_error.errors.first_us == 50001000 && told[1].t_us == 50002000);
	tell_due(NULL);
	CHECK(told_count == 2 && !hw.armed);
}

static void components_do_not_wait_for_each_other(void)
{
	begin();
	fail(scsi(1));
	wake();
	clock_us += 1000;
	fail(scsi(2));
	wake();
	CHECK(told_count == 2);
	CHECK_TEXT(told[1].scsi_error.device, "2:1:2:9223372036854775808");
}

static void a_slot_is_given_up_with_nothing_untold(void)
{
	struct hw_component *c;

	begin();
	c = scsi(1);
	fail(c);
	wake();
	hwevents_forget(NULL);
	CHECK(c->slot == HW_LIVE && !hw.told[1].leaving);
	/* Its key is gone, and a program that had found it before still counts. */
	hw.told[1].leaving = true;
	clock_us += 1000000;
	fail(c);
	hwevents_forget(NULL);
	CHECK(told_count == 2 && told[1].scsi_error.errors.count == 1);
	CHECK(c->slot == HW_FREE && !c->count && !hw.told[1].count);
	/* Whoever gets it next begins anew. */
	fail(scsi(1));
	wake();
	CHECK(told_count == 3 && told[2].scsi_error.errors.count == 1);
}

static void names_each_kind(void)
{
	struct hw_component c = {.key = {.kind = HW_THERMAL, .id = {2, (uint32_t)-1, 3}, .name = "acpitz"}};
	struct frame f;

	hwevents_frame(&c, 4, 0, &f);
	CHECK(f.type == FRAME_THERMAL_TRIP && f.thermal_trip.id == 2 && f.thermal_trip.trip == -1);
	CHECK_TEXT(f.thermal_trip.zone, "acpitz");
	CHECK_TEXT(f.thermal_trip.kind, "critical");
	c.key.id[2] = 9;
	hwevents_frame(&c, 4, 0, &f);
	CHECK_TEXT(f.thermal_trip.kind, "9");
	c = (struct hw_component){
	    .key = {.kind = HW_HEALTH, .bus = "pci", .name = "0000:03:00.0", .part = "fw_fatal"},
	    .message = "FW fatal error reported"};
	hwevents_frame(&c, 1, 0, &f);
	CHECK(f.type == FRAME_DEVICE_HEALTH && f.device_health.errors.count == 1);
	CHECK_TEXT(f.device_health.device, "pci/0000:03:00.0");
	CHECK_TEXT(f.device_health.reporter, "fw_fatal");
	CHECK_TEXT(f.device_health.message, "FW fatal error reported");
	/* Nothing ends within its field. */
	memset(&c.key.bus, 'b', sizeof(c.key.bus) + sizeof(c.key.name) + sizeof(c.key.part));
	memset(c.message, 'm', sizeof(c.message));
	hwevents_frame(&c, 1, 0, &f);
	CHECK(strlen(f.device_health.device) < sizeof(f.device_health.device));
	CHECK(strlen(f.device_health.message) == HW_MESSAGE_MAX - 1);
	c.key.kind = HW_THERMAL;
	hwevents_frame(&c, 1, 0, &f);
	CHECK(strlen(f.thermal_trip.zone) < sizeof(f.thermal_trip.zone));
}

static void an_nvme_event_is_told_as_it_comes(void)
{
	struct hw_event e = {.t_ns = 7000, .kind = HW_NVME, .instance = 12, .result = 0x20001};

	begin();
	hwevents_take(NULL, &e, sizeof(e));
	hwevents_take(NULL, &e, sizeof(e));
	CHECK(told_count == 2 && told[1].t_us == 7 && told[1].nvme_event.result == 0x20001);
	CHECK_TEXT(told[1].nvme_event.controller, "nvme12");
	hwevents_take(NULL, &e, sizeof(e) - 1);
	CHECK(told_count == 2);
}

int main(void)
{
	RUN(tells_the_first_at_once_and_the_rest_as_one);
	RUN(components_do_not_wait_for_each_other);
	RUN(a_slot_is_given_up_with_nothing_untold);
	RUN(names_each_kind);
	RUN(an_nvme_event_is_told_as_it_comes);
	return check_done();
}
