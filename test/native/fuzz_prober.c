/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an answer to a leg probe: what is taken for one is whole, and comes from the target to us. */
#include <assert.h>
#include <stdlib.h>
#include "prober_sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct probe arp = {.wish.target = {4, {10, 9, 0, 2}}, .mac = {2, 2, 3, 4, 5, 6}},
			    nd = {.wish.target = {6, {0xfd, [15] = 2}}, .mac = {2, 2, 3, 4, 5, 6}},
			    icmp = {.wish.target = {4, {10, 9, 0, 2}}, .id = 1};
	const struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a090002)};
	uint8_t *copy = malloc(size ? size : 1); /* with its end where the sanitizer sees it */

	memcpy(copy, bytes, size);
	if (arp_match(&arp, copy, size, NULL) != PROBE_NO_ANSWER)
		assert(size >= 42 && !memcmp(copy, arp.mac, 6) &&
		       !memcmp(copy + 28, arp.wish.target.bytes, 4));
	if (nd_match(&nd, copy, size, NULL) != PROBE_NO_ANSWER)
		assert(size >= 78 && !memcmp(copy, nd.mac, 6) &&
		       !memcmp(copy + 62, nd.wish.target.bytes, 16));
	if (icmp_match(&icmp, copy, size, (const struct sockaddr *)&from) != PROBE_NO_ANSWER)
		assert(size >= sizeof(struct echo) + 4u * (copy[0] & 15u));
	free(copy);
	return 0;
}
