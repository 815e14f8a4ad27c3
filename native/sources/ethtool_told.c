/* SPDX-License-Identifier: Apache-2.0 */
/* The ethtool source: from what the NICs answer to frames. */
#include <string.h>
#include "ethtool.h"
#include "told.h"

static struct {
	struct helper *h;
	struct told modes, errors, modules;
} all;

static void tell(struct told *table, struct frame *f)
{
	struct told_entry *e;
	enum told_result r = told_put(table, f, &e);

	if (r == TOLD_NEW || r == TOLD_CHANGED)
		helper_emit(all.h, f);
}

void ethtool_tell_mode(const struct frame_nic_mode *mode)
{
	struct frame f = {.type = FRAME_NIC_MODE, .t_us = now_us(), .nic_mode = *mode};

	tell(&all.modes, &f);
}

void ethtool_tell_module(const struct frame_module_eeprom *module)
{
	struct frame f = {.type = FRAME_MODULE_EEPROM, .t_us = now_us(), .module_eeprom = *module};

	tell(&all.modules, &f);
}

static bool same_errors(const struct frame_nic_errors *a, const struct frame_nic_errors *b)
{
	return a->rx_errors == b->rx_errors && a->tx_errors == b->tx_errors &&
	       a->rx_crc_errors == b->rx_crc_errors && a->rx_frame_errors == b->rx_frame_errors &&
	       a->tx_carrier_errors == b->tx_carrier_errors && a->symbol_errors == b->symbol_errors &&
	       a->fec_corrected == b->fec_corrected && a->fec_uncorrectable == b->fec_uncorrectable;
}

/* Packets alone are no news. */
void ethtool_tell_errors(const struct frame_nic_errors *link, const struct frame_nic_errors *ieee)
{
	struct frame f = {.type = FRAME_NIC_ERRORS, .t_us = now_us(), .nic_errors = *link};
	const struct told_entry *e;

	f.nic_errors.symbol_errors = ieee->symbol_errors;
	f.nic_errors.fec_corrected = ieee->fec_corrected;
	f.nic_errors.fec_uncorrectable = ieee->fec_uncorrectable;
	/* Drivers that count by IEEE 802.3 count what the old statistics call so, and more exactly. */
	if (ieee->rx_crc_errors != FRAME_NO_COUNT)
		f.nic_errors.rx_crc_errors = ieee->rx_crc_errors;
	e = told_find(&all.errors, &f);
	if (!e || !same_errors(&told_frame(e)->nic_errors, &f.nic_errors))
		tell(&all.errors, &f);
}

static void forget(struct told *table, const struct frame *f)
{
	struct told_entry *e = told_find(table, f);

	if (!e)
		return;
	told_remove(table, e);
	helper_emit(all.h, f);
}

void ethtool_tell_gone(uint32_t ifindex)
{
	struct frame mode = {.type = FRAME_NIC_MODE, .t_us = now_us()};
	struct frame errors = {.type = FRAME_NIC_ERRORS, .t_us = now_us()};
	struct frame module = {.type = FRAME_MODULE_EEPROM, .t_us = now_us()};

	mode.nic_mode =
	    (struct frame_nic_mode){.ifindex = ifindex, .duplex = 0xff, .autoneg = 0xff, .gone = true};
	errors.nic_errors = (struct frame_nic_errors){.ifindex = ifindex, .gone = true};
	module.module_eeprom = (struct frame_module_eeprom){.ifindex = ifindex, .gone = true};
	forget(&all.modes, &mode);
	forget(&all.errors, &errors);
	forget(&all.modules, &module);
}

static void emit_all(const struct told *table)
{
	for (size_t i = 0; i < table->count; i++) {
		struct frame f = {0};

		memcpy(&f, told_frame(table->entries[i]), frame_size(told_frame(table->entries[i])));
		f.t_us = now_us();
		helper_emit(all.h, &f);
	}
}

static void bracket(bool end)
{
	struct frame f = {
	    .type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.end = end, .complete = true}};

	strcpy(f.snapshot.source, "ethtool");
	helper_emit(all.h, &f);
}

void ethtool_tell_snapshot(void)
{
	bracket(false);
	emit_all(&all.modes);
	emit_all(&all.errors);
	emit_all(&all.modules);
	bracket(true);
}

void ethtool_told_start(struct helper *h)
{
	all.h = h;
	told_init(&all.modes, FRAME_NIC_MODE, ETHTOOL_NICS_MAX);
	told_init(&all.errors, FRAME_NIC_ERRORS, ETHTOOL_NICS_MAX);
	told_init(&all.modules, FRAME_MODULE_EEPROM, ETHTOOL_NICS_MAX);
}

void ethtool_told_stop(void)
{
	told_free(&all.modes);
	told_free(&all.errors);
	told_free(&all.modules);
}
