/* SPDX-License-Identifier: Apache-2.0 */
/* What kernels tell of hardware's errors, as frames: also of what no guest can be made to have. */
#include "check.h"
#include "../../native/sources/ras_frame.c"

static struct ras_event event(enum ras_kind kind)
{
	return (struct ras_event){.t_ns = 9000999, .first_ns = 8000999, .count = 7, .kind = kind};
}

static struct frame told(const struct ras_event *e)
{
	struct frame f;

	CHECK(ras_frame(e, &f));
	CHECK(f.t_us == 9000);
	return f;
}

static bool fits(const struct ras_event *e)
{
	struct frame f;

	return ras_frame(e, &f);
}

static void machine_check(void)
{
	struct ras_event e = event(RAS_MCE);
	struct frame f;

	e.mce = (struct ras_mce){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, {0}};
	f = told(&e);
	CHECK(f.type == FRAME_MCE && f.mce.errors.count == 7 && f.mce.errors.first_us == 8000);
	CHECK(f.mce.status == 1 && f.mce.address == 2 && f.mce.misc == 3 && f.mce.mcg_status == 4);
	CHECK(f.mce.mcg_cap == 5 && f.mce.synd == 6 && f.mce.ipid == 7 && f.mce.cpu == 8);
	CHECK(f.mce.socket == 9 && f.mce.cpuid == 10 && f.mce.microcode == 11 && f.mce.bank == 12);
	CHECK(f.mce.vendor == 13);
}

static void memory(void)
{
	struct ras_event e = event(RAS_MEMORY);
	struct frame f;

	e.memory = (struct ras_memory){.address = 0x12345000,
				       .syndrome = 5,
				       .message = "memory read error",
				       .label = "CPU_SrcID#0_Ha#0_Chan#1_DIMM#0",
				       .detail = "area:DRAM err_code:0101:0091",
				       .layers = {1, 0, -1},
				       .severity = 1,
				       .controller = 2,
				       .grain_bits = 5};
	f = told(&e);
	CHECK(f.type == FRAME_MEMORY_ERROR && f.memory_error.severity == MEMORY_UNCORRECTED);
	CHECK_TEXT(f.memory_error.message, "memory read error");
	CHECK_TEXT(f.memory_error.label, "CPU_SrcID#0_Ha#0_Chan#1_DIMM#0");
	CHECK_TEXT(f.memory_error.detail, "area:DRAM err_code:0101:0091");
	CHECK(f.memory_error.layers[0] == 1 && f.memory_error.layers[1] == 0 &&
	      f.memory_error.layers[2] == -1);
	/* Of a kernel to come; texts without an end. */
	e.memory.severity = 200;
	memset(e.memory.label, 'x', sizeof(e.memory.label));
	f = told(&e);
	CHECK(f.memory_error.severity == MEMORY_INFO);
	CHECK(strlen(f.memory_error.label) == sizeof(f.memory_error.label) - 1);
}

static void firmware_of_memory(void)
{
	struct ras_event e = event(RAS_FIRMWARE);
	struct frame f;

	e.firmware = (struct ras_firmware){
	    .address = 0x1000,
	    .fru_id = {0x78, 0x56, 0x34, 0x12, 0xbc, 0x9a, 0xf0, 0xde, 1, 2, 3, 4, 5, 6, 7, 8},
	    .fru_text = "DIMM A1",
	    .byte_count = 3,
	    .bytes = {1, 2, 0xff},
	    .section = RAS_SECTION_MEMORY,
	    .has_address = 1,
	    .severity = 2};
	f = told(&e);
	CHECK(f.type == FRAME_FIRMWARE_ERROR && f.firmware_error.kind == FIRMWARE_MEMORY);
	CHECK(f.firmware_error.severity == FIRMWARE_CORRECTED);
	CHECK_TEXT(f.firmware_error.fru_id, "12345678-9abc-def0-0102-030405060708");
	CHECK_TEXT(f.firmware_error.fru_text, "DIMM A1");
	CHECK_TEXT(f.firmware_error.section, "");
	CHECK(f.firmware_error.has_address && f.firmware_error.byte_count == 3);
	e.firmware.severity = 1;
	CHECK(told(&e).firmware_error.severity == FIRMWARE_FATAL);
	e.firmware.severity = 77;
	CHECK(told(&e).firmware_error.severity == FIRMWARE_RECOVERABLE);
	e.firmware.byte_count = 255; /* never trusted */
	CHECK(told(&e).firmware_error.byte_count == FRAME_FIRMWARE_BYTES);
}

/* GHES counts the other way round. */
static void firmware_of_a_vendor(void)
{
	static const enum firmware_severity by_ghes[] = {FIRMWARE_INFO, FIRMWARE_CORRECTED,
							 FIRMWARE_RECOVERABLE, FIRMWARE_FATAL};
	struct ras_event e = event(RAS_FIRMWARE);
	struct frame f;

	e.firmware.section = RAS_SECTION_VENDOR;
	e.firmware.section_id[0] = 1;
	for (uint8_t i = 0; i < 4; i++) {
		e.firmware.severity = i;
		CHECK(told(&e).firmware_error.severity == by_ghes[i]);
	}
	f = told(&e);
	CHECK(f.firmware_error.kind == FIRMWARE_VENDOR && !f.firmware_error.has_address);
	CHECK_TEXT(f.firmware_error.section, "00000001-0000-0000-0000-000000000000");
	CHECK_TEXT(f.firmware_error.fru_id, "");
}

/* Before 6.17 its severity was not handed out: what the first error says of itself is all there is. */
static void firmware_of_a_processor(void)
{
	struct ras_event e = event(RAS_FIRMWARE);
	uint64_t corrected = 1ULL << 26 | 1ULL << 4;

	e.firmware.section = RAS_SECTION_PROCESSOR;
	e.firmware.severity = RAS_SEVERITY_NOT_TOLD;
	CHECK(told(&e).firmware_error.severity == FIRMWARE_RECOVERABLE);
	e.firmware.byte_count = 64;
	e.firmware.bytes[42] = 1 << 2;
	memcpy(e.firmware.bytes + 48, &corrected, sizeof(corrected));
	CHECK(told(&e).firmware_error.severity == FIRMWARE_CORRECTED);
	e.firmware.bytes[42] = 0;
	CHECK(told(&e).firmware_error.severity == FIRMWARE_RECOVERABLE);
	e.firmware.bytes[42] = 1 << 2;
	e.firmware.byte_count = 55;
	CHECK(told(&e).firmware_error.severity == FIRMWARE_RECOVERABLE);
	e.firmware.severity = 1;
	CHECK(told(&e).firmware_error.severity == FIRMWARE_CORRECTED);
	CHECK(told(&e).firmware_error.kind == FIRMWARE_PROCESSOR);
}

static void pci_express(void)
{
	struct ras_event e = event(RAS_AER);
	struct frame f;

	e.aer = (struct ras_aer){.status = 0x4000,
				 .tlp_header = {1, 2, 3, 4},
				 .device = "0000:0a:1f.7",
				 .severity = 0,
				 .has_tlp_header = 1};
	f = told(&e);
	CHECK(f.type == FRAME_AER && f.aer.severity == AER_NONFATAL && f.aer.status == 0x4000);
	CHECK(f.aer.has_tlp_header && f.aer.tlp_header[3] == 4);
	CHECK_TEXT(f.aer.device, "0000:0a:1f.7");
	e.aer.severity = 1;
	CHECK(told(&e).aer.severity == AER_FATAL);
	e.aer.severity = 2;
	CHECK(told(&e).aer.severity == AER_CORRECTED);
	e.aer.severity = 3;
	CHECK(!fits(&e));
	e.aer.severity = 2;
	memcpy(e.aer.device, "10000:ff:00.0", 14);
	CHECK_TEXT(told(&e).aer.device, "10000:ff:00.0");
	memcpy(e.aer.device, "mem0", 5);
	CHECK(!fits(&e));
	memcpy(e.aer.device, "0000:0a:1f.7x", 14);
	CHECK(!fits(&e));
	memcpy(e.aer.device, "0000:0a:1f.9", 13);
	CHECK(!fits(&e));
	memset(e.aer.device, '0', sizeof(e.aer.device));
	CHECK(!fits(&e));
}

static void cxl(void)
{
	struct ras_event e = event(RAS_CXL);
	struct frame f;

	e.cxl = (struct ras_cxl){.serial = 0xabc, .device = "mem0", .event = RAS_CXL_GENERAL_MEDIA, .log = 2};
	f = told(&e);
	CHECK(f.type == FRAME_CXL_ERROR && f.cxl_error.severity == CXL_UNCORRECTED);
	CHECK_TEXT(f.cxl_error.event, "general_media");
	CHECK_TEXT(f.cxl_error.device, "mem0");
	e.cxl.log = 0;
	CHECK(told(&e).cxl_error.severity == CXL_INFO);
	e.cxl.event = RAS_CXL_AER_CORRECTABLE;
	CHECK(told(&e).cxl_error.severity == CXL_CORRECTED);
	e.cxl.event = RAS_CXL_AER_UNCORRECTABLE;
	CHECK(told(&e).cxl_error.severity == CXL_UNCORRECTED);
	e.cxl.log = 9;
	CHECK(!fits(&e));
	e.cxl.event = 99;
	CHECK(!fits(&e));
}

static void what_there_is_not(void)
{
	struct ras_event e = event(99);

	CHECK(!fits(&e));
}

int main(void)
{
	RUN(machine_check);
	RUN(memory);
	RUN(firmware_of_memory);
	RUN(firmware_of_a_vendor);
	RUN(firmware_of_a_processor);
	RUN(pci_express);
	RUN(cxl);
	RUN(what_there_is_not);
	return check_done();
}
