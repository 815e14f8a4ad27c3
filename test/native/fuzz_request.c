/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a request: parsed or refused with a reason, within the limits that the sources rely on. */
#include <assert.h>
#include "../../native/request.c"
#include "../../native/request_bfd.c"
#include "../../native/request_probes.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct request request;
	char why[64];
	int r = request_parse((const char *)bytes, size, &request, why, sizeof(why));

	if (r) {
		assert(r == -EINVAL || r == -EBADMSG);
		assert(memchr(why, '\0', sizeof(why)));
		return 0;
	}
	if (request.type == REQUEST_CONFIGURE) {
		assert(request.configure.port_count <= REQUEST_PORTS_MAX);
		assert(request.configure.probe_count <= REQUEST_PROBES_MAX);
		for (size_t i = 0; i < request.configure.probe_count; i++)
			assert(request.configure.probes[i].interval_ms >= 20 &&
			       request.configure.probes[i].burst_ms >= 20 &&
			       request.configure.probes[i].method <= PROBE_ND &&
			       request.configure.probes[i].target.family);
		assert(request.configure.bfd_count <= REQUEST_BFD_MAX);
		for (size_t i = 0; i < request.configure.bfd_count; i++)
			assert(request.configure.bfd[i].interval_ms >= 10 &&
			       request.configure.bfd[i].detect_mult >= 1 &&
			       request.configure.bfd[i].local.family &&
			       request.configure.bfd[i].local.family ==
				   request.configure.bfd[i].remote.family);
	} else if (request.type == REQUEST_STEER) {
		assert(memchr(request.steer.group, '\0', sizeof(request.steer.group)));
		assert(memchr(request.steer.reason, '\0', sizeof(request.steer.reason)));
	} else if (request.type == REQUEST_TRACE) {
		assert(request.trace.for_ms >= 100 && request.trace.for_ms <= 30000);
	}
	return 0;
}
