/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions as Linux 6.1 shows them to everybody. */
#include <fcntl.h>
#include "check.h"
#include "tree.h"
#include "../../native/sources/mountinfo.c"
#include "../../native/sources/option_list.c"
#include "../../native/sources/session_parse.c"
#include "../../native/sources/session_read.c"
#include "../../native/sources/sysfs.c"

static struct disk_list disks;
static struct session_list list;

static void disk(const char *name, enum disk_kind kind, const char *session)
{
	struct frame_disk *d = &disks.disks[disks.count++];

	memset(d, 0, sizeof(*d));
	strcpy(d->disk, name);
	strcpy(d->session, session);
	d->kind = kind;
}

static void begin(void)
{
	tree_begin();
	disks.count = 0;
	disks.complete = true;
}

static const struct frame_session *find(const char *name)
{
	static const struct frame_session none;

	for (size_t i = 0; i < list.count; i++)
		if (!strcmp(list.sessions[i].session, name))
			return &list.sessions[i];
	return &none;
}

static const char *address(const struct ip_address *a)
{
	static char text[64];

	if (!a->family)
		return "none";
	return inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, text, sizeof(text));
}

#define CLASS "/sys/class/"
#define HOST2 "/sys/devices/platform/host2/"

static void iscsi(void)
{
	tree_file(HOST2 "session1/iscsi_session/session1/state", "LOGGED_IN\n");
	tree_file(HOST2 "session1/iscsi_session/session1/targetname", "iqn.2026-01.org.example:disk\n");
	tree_link(CLASS "iscsi_session/session1",
		  "../../devices/platform/host2/session1/iscsi_session/session1");
	tree_file(CLASS "iscsi_connection/connection1:0/address", "10.77.1.2\n");
	tree_file(CLASS "iscsi_connection/connection1:0/port", "3261\n");
	tree_file(CLASS "iscsi_connection/connection1:0/persistent_address", "10.77.1.9\n");
	tree_file(CLASS "iscsi_connection/connection1:0/persistent_port", "3260\n");
	tree_file(CLASS "iscsi_host/host2/ipaddress", "10.77.1.1\n");
}

static void reads_iscsi(void)
{
	const struct frame_session *s;
	char state[24];

	begin();
	iscsi();
	disk("sdc", DISK_ISCSI, "iscsi:session1");
	disk("sdb", DISK_ISCSI, "iscsi:session1");
	disk("sdd", DISK_ISCSI, "iscsi:session10");
	session_read(tree, &disks, &list);
	CHECK(list.complete && list.count == 1);
	s = find("iscsi:session1");
	CHECK_TEXT(s->target, "iqn.2026-01.org.example:disk");
	CHECK_TEXT(address(&s->remote), "10.77.1.2");
	CHECK_TEXT(address(&s->local), "10.77.1.1");
	CHECK(s->remote_port == 3261 && s->usable);
	/* In order, so that the same is the same. */
	CHECK(s->disk_count == 2 && !strcmp(s->disks[0], "sdb") && !strcmp(s->disks[1], "sdc"));
	CHECK(session_read_state(tree, s, state, sizeof(state)) && !strcmp(state, "LOGGED_IN"));
	tree_end();
}

static void reads_iscsi_without_a_connection(void)
{
	const struct frame_session *s;
	char state[24];

	begin();
	iscsi();
	tree_file(HOST2 "session1/iscsi_session/session1/state", "FAILED\n");
	/* There is no socket to ask. */
	tree_file(CLASS "iscsi_connection/connection1:0/address", "\n");
	tree_file(CLASS "iscsi_connection/connection1:0/port", "0\n");
	tree_file(CLASS "iscsi_connection/connection1:0/persistent_address", "fe80::2%eth0\n");
	tree_file(CLASS "iscsi_host/host2/ipaddress", "(null)\n");
	session_read(tree, &disks, &list);
	s = find("iscsi:session1");
	CHECK(!strcmp(s->state, "FAILED") && !s->usable);
	CHECK_TEXT(address(&s->remote), "fe80::2");
	CHECK_TEXT(address(&s->local), "none");
	CHECK(s->remote_port == 3260 && s->disk_count == 0);

	tree_remove("/sys/devices");
	CHECK(!session_read_state(tree, s, state, sizeof(state)));
	session_read(tree, &disks, &list);
	CHECK(list.count == 0 && list.complete);
	tree_end();
}

static void nvme(const char *name, const char *what, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), CLASS "nvme/%s/%s", name, what);
	tree_file(path, text);
}

static void reads_nvme_over_tcp(void)
{
	const struct frame_session *s;

	begin();
	nvme("nvme0", "transport", "tcp\n");
	nvme("nvme0", "state", "live\n");
	nvme("nvme0", "subsysnqn", "nqn.2026-01.org.example:sub\n");
	nvme("nvme0", "address", "traddr=10.77.1.2,trsvcid=4420,src_addr=10.77.1.1\n");
	nvme("nvme1", "transport", "tcp\n");
	nvme("nvme1", "state", "connecting\n");
	nvme("nvme1", "address", "traddr=fd00::2,trsvcid=4421\n");
	nvme("nvme2", "transport", "pcie\n");
	nvme("nvme2", "state", "live\n");
	nvme("nvme3", "transport", "tcp\n");
	nvme("nvme3", "state", "live\n");
	nvme("nvme3", "subsysnqn", DISCOVERY_NQN "\n");
	disk("nvme0c0n1", DISK_NVME_TCP, "nvme:nvme0");
	session_read(tree, &disks, &list);
	CHECK(list.count == 2 && list.complete);
	s = find("nvme:nvme0");
	CHECK_TEXT(s->target, "nqn.2026-01.org.example:sub");
	CHECK(s->usable && s->remote_port == 4420 && s->disk_count == 1);
	CHECK_TEXT(address(&s->remote), "10.77.1.2");
	CHECK_TEXT(address(&s->local), "10.77.1.1");
	s = find("nvme:nvme1");
	CHECK(!s->usable && s->remote_port == 4421 && !s->target[0]);
	CHECK_TEXT(address(&s->remote), "fd00::2");
	tree_end();
}

static void reads_devices_that_are_their_session(void)
{
	begin();
	tree_file("/sys/block/nbd0/backend", "/exports/one\n");
	tree_file("/proc/drbd",
		  "version: 8.4.11 (api:1/proto:86-101)\nsrcversion: FC3433D849E3B88C1E7B55C \n\n"
		  " 0: cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----\n"
		  "    ns:0 nr:0 dw:0 dr:0 al:8 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0\n"
		  "11: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----\n");
	disk("nbd0", DISK_NBD, "nbd:nbd0");
	disk("drbd0", DISK_DRBD, "drbd:drbd0");
	disk("drbd11", DISK_DRBD, "drbd:drbd11");
	disk("drbd1", DISK_DRBD, "drbd:drbd1");
	disk("drbd2", DISK_DRBD, "");
	session_read(tree, &disks, &list);
	CHECK(list.count == 3);
	CHECK_TEXT(find("nbd:nbd0")->target, "/exports/one");
	CHECK(find("nbd:nbd0")->usable && find("nbd:nbd0")->disk_count == 1);
	CHECK_TEXT(find("drbd:drbd0")->state, "SyncSource");
	CHECK(find("drbd:drbd0")->usable);
	CHECK_TEXT(find("drbd:drbd11")->state, "WFConnection");
	CHECK(!find("drbd:drbd11")->usable && !find("drbd:drbd11")->remote.family);
	tree_end();
}

static void mounts(const char *text)
{
	int fd;

	tree_file("/mountinfo", text);
	fd = open(tree_path("/mountinfo"), O_RDONLY);
	list.count = 0;
	list.complete = true;
	session_read_mounts(fd, &list);
	close(fd);
}

#define ROOT_MOUNT "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
#define NFS4(id, at)                                                                                         \
	id " 22 0:50 / " at " rw,relatime shared:7 master:3 - nfs4 10.77.1.2:/exp\\040ort "                  \
	   "rw,vers=4.2,rsize=1048576,hard,proto=tcp,timeo=600,clientaddr=10.77.1.1,addr=10.77.1.2\n"
#define NFS3                                                                                                 \
	"41 22 0:51 / /mnt/b rw - nfs [fd00::2]:/b "                                                         \
	"rw,vers=3,mountaddr=fd00::9,port=20490,mountport=635,addr=fd00::2\n"

static void reads_nfs_mounts(void)
{
	char *long_line = malloc(40000);

	begin();
	mounts(ROOT_MOUNT NFS4("40", "/mnt/a") NFS4("42", "/mnt/c") NFS3
	       "43 22 0:52 / /x rw - tmpfs nfs4 rw,addr=10.0.0.1\n44 22 0:53 / /y rw - nfs4 s:/ rw\n");
	CHECK(list.count == 2 && list.complete);
	CHECK_TEXT(find("nfs:0:50")->target, "10.77.1.2:/exp ort");
	CHECK(find("nfs:0:50")->remote_port == 2049 && find("nfs:0:50")->usable);
	CHECK_TEXT(address(&find("nfs:0:50")->local), "10.77.1.1");
	CHECK_TEXT(address(&find("nfs:0:51")->remote), "fd00::2");
	CHECK(find("nfs:0:51")->remote_port == 20490 && !find("nfs:0:51")->local.family);

	/* A line that does not fit is passed over, and its end is not taken for a line. */
	memset(long_line, 'x', 39999);
	strcpy(long_line + 30000, NFS3 NFS4("40", "/mnt/a"));
	mounts(long_line);
	CHECK(list.count == 1 && find("nfs:0:50")->usable);
	free(long_line);
	tree_end();
}

static void does_not_take_a_part_for_the_whole(void)
{
	char name[64];

	begin();
	disks.complete = false;
	session_read(tree, &disks, &list);
	CHECK(!list.complete);
	disks.complete = true;
	for (unsigned int i = 0; i <= SESSIONS_MAX; i++) {
		snprintf(name, sizeof(name), "nvme%u", i);
		nvme(name, "transport", "tcp\n");
		nvme(name, "state", "live\n");
		if (i == SESSIONS_MAX - 1) {
			session_read(tree, &disks, &list);
			CHECK(list.complete && list.count == SESSIONS_MAX);
		}
	}
	session_read(tree, &disks, &list);
	CHECK(!list.complete && list.count == SESSIONS_MAX);
	session_read_mounts(-1, &list);
	CHECK(!list.complete);
	tree_end();
}

int main(void)
{
	RUN(reads_iscsi);
	RUN(reads_iscsi_without_a_connection);
	RUN(reads_nvme_over_tcp);
	RUN(reads_devices_that_are_their_session);
	RUN(reads_nfs_mounts);
	RUN(does_not_take_a_part_for_the_whole);
	return check_done();
}
