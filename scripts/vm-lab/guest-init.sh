#!/bin/sh
# The guest's first process: mounts the host's root read-only with a layer in memory on top, and goes there.
# shellcheck disable=SC2086
busybox=/bin/busybox
. /settings.sh
$busybox mount -t devtmpfs dev /dev
$busybox mount -t proc proc /proc
$busybox mount -t sysfs sys /sys
for module in /modules/*; do $busybox insmod "$module"; done
p9="-t 9p -o trans=virtio,version=9p2000.L,msize=512000"
$busybox mount $p9,ro,cache=loose host /host
$busybox mount $p9,ro,cache=loose tools /tools
$busybox mount -t tmpfs -o size=80% tmpfs /upper
$busybox mkdir /upper/files /upper/work
$busybox mount -t overlay -o lowerdir=/tools:/host,upperdir=/upper/files,workdir=/upper/work root /root

modules=/root/usr/lib/modules/$($busybox uname -r)
$busybox mkdir -p "$modules"
$busybox mount $p9,ro,cache=loose modules "$modules"
if [ "$lab_share" = 1 ]; then
	$busybox mkdir -p /root/share
	$busybox mount $p9,rw,cache=none share /root/share
fi
$busybox mount -t tmpfs tmpfs /root/run
$busybox mkdir -p /root/run/lock /root/run/vm
for folder in dev proc sys; do $busybox mount --move /$folder /root/$folder; done
$busybox mkdir -p /root/dev/pts /root/dev/shm
$busybox mount -t devpts -o mode=620,ptmxmode=666 devpts /root/dev/pts
$busybox mount -t tmpfs tmpfs /root/dev/shm
$busybox ln -s /proc/self/fd /root/dev/fd
for fd in 0:stdin 1:stdout 2:stderr; do $busybox ln -s /proc/self/fd/${fd%:*} /root/dev/${fd#*:}; done
$busybox mount -t debugfs debugfs /root/sys/kernel/debug
$busybox mount -t tracefs tracefs /root/sys/kernel/tracing
$busybox mount -t bpf bpf /root/sys/fs/bpf
$busybox mount -t cgroup2 cgroup2 /root/sys/fs/cgroup
$busybox cp /bin/busybox /guest-run.sh /settings.sh /root/run/vm/
exec $busybox switch_root /root /run/vm/busybox sh /run/vm/guest-run.sh
