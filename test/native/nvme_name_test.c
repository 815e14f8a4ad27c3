/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "../../native/sources/nvme_name.c"

static void controllers(void)
{
	unsigned int instance = 0;

	CHECK(nvme_controller_name("nvme12", &instance) && instance == 12);
	CHECK(!nvme_controller_name("nvme", &instance));
	CHECK(!nvme_controller_name("nvme0n1", &instance));
	CHECK(!nvme_controller_name("nvme-subsys0", &instance));
	CHECK(!nvme_controller_name("nvme99999999999", &instance));
}

static void heads(void)
{
	struct nvme_head head = {0};

	CHECK(nvme_head_name("nvme3n14", &head) && head.subsystem == 3 && head.instance == 14);
	CHECK(!nvme_head_name("nvme3c1n14", &head));
	CHECK(!nvme_head_name("ng3n14", &head));
	CHECK(!nvme_head_name("nvme3n14p1", &head));
	CHECK(!nvme_head_name("nvme3", &head));
}

static void paths(void)
{
	struct nvme_path_name path = {0};

	CHECK(nvme_path_name("nvme3c12n14", &path));
	CHECK(path.subsystem == 3 && path.controller == 12 && path.instance == 14);
	CHECK(!nvme_path_name("nvme3n14", &path));
	CHECK(!nvme_path_name("nvme3c12n14p1", &path));
	CHECK(!nvme_path_name("nvme3c12", &path));
	CHECK(!nvme_path_name("nvme3c12n99999999999", &path));
}

static void usable(void)
{
	CHECK(nvme_usable("live", ""));
	CHECK(nvme_usable("live", "optimized"));
	CHECK(nvme_usable("live", "non-optimized"));
	CHECK(!nvme_usable("live", "inaccessible"));
	CHECK(!nvme_usable("live", "persistent-loss"));
	CHECK(!nvme_usable("live", "change"));
	CHECK(!nvme_usable("connecting", "optimized"));
	CHECK(!nvme_usable("", ""));
}

int main(void)
{
	RUN(controllers);
	RUN(heads);
	RUN(paths);
	RUN(usable);
	return check_done();
}
