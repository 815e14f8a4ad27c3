/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as answers of ethtool netlink: parsed or refused; and whatever was parsed can be encoded. */
#include <assert.h>
#include <stdlib.h>
#include "encoder.h"
#include "../../native/sources/ethtool_parse.c"
#include "../../native/sources/rtnl_parse.c"
#include "../../native/sources/rtnl_parse_bond.c"

static void encode(const struct frame *f)
{
	static const struct frame_identity who = {.boot_id = "b413452c-bb23-4f74-b2c4-587d2b972cb4",
						  .epoch = 1};
	static char text[FRAME_ENCODED_MAX];

	assert(frame_encode(f, &who, 1, text, sizeof(text)) > 0);
	assert(frame_print(f, text, sizeof(text)) > 0);
}

static void message(void *data, const struct nlmsghdr *m)
{
	struct frame mode = {.type = FRAME_NIC_MODE, .nic_mode = {.ifindex = 1}};
	struct frame errors = {.type = FRAME_NIC_ERRORS, .nic_errors = {.ifindex = 1}};
	struct frame module = {.type = FRAME_MODULE_EEPROM, .module_eeprom = {.ifindex = 1}};
	struct module_page page;

	(void)data;
	ethtool_parse_linkmodes(m, &mode.nic_mode);
	encode(&mode);
	ethtool_parse_stats(m, &errors.nic_errors);
	ethtool_parse_fec(m, &errors.nic_errors);
	ethtool_parse_link_stats(m, &errors.nic_errors);
	encode(&errors);
	while (ethtool_next_page(&module.module_eeprom, &page)) {
		struct frame_module_eeprom *read = &module.module_eeprom;
		size_t size = ethtool_parse_eeprom(m, read->pages[read->page_count].bytes);

		if (!size)
			break;
		read->pages[read->page_count++].size = (uint8_t)size;
	}
	encode(&module);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *copy = malloc(size + 1); /* aligned, and with its end where the sanitizer sees it */

	memcpy(copy, bytes, size);
	rtnl_each_message(copy, size, message, NULL);
	free(copy);
	return 0;
}
