/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ethtool source's own parts. ethtool.c: rounds, answers; ethtool_ask.c: questions as bytes;
 * ethtool_told.c: what is told.
 */
#ifndef PATHWARDEN_ETHTOOL_H
#define PATHWARDEN_ETHTOOL_H

#include "ethtool_parse.h"
#include "genl.h"
#include "source.h"

#define ETHTOOL_NICS_MAX 64

/* --- ethtool_ask.c --- */
enum ethtool_ask { ASK_MODE, ASK_STATS, ASK_FEC, ASK_MODULE, ASKS };

struct ethtool_question {
	enum ethtool_ask ask;
	uint32_t nic; /* ifindex */
	struct module_page page;
};

/* Asks with NLM_F_ACK. False: it does not fit. */
bool ethtool_write_question(const struct ethtool_question *q, uint16_t family, uint32_t seq,
			    struct genl_request *out);

/* --- ethtool_told.c --- */
void ethtool_told_start(struct helper *h);
void ethtool_told_stop(void);
/* Each is told if it is news. */
void ethtool_tell_mode(const struct frame_nic_mode *mode);
void ethtool_tell_module(const struct frame_module_eeprom *module);
/* link: of rtnl's statistics; ieee: of ethtool's, where the driver has them. */
void ethtool_tell_errors(const struct frame_nic_errors *link, const struct frame_nic_errors *ieee);
/* Of what was told of this NIC. */
void ethtool_tell_gone(uint32_t ifindex);
void ethtool_tell_snapshot(void);

#endif
