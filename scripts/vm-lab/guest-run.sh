# The guest's first process in its final root: names the NICs, runs the command, tells when it is ready and the exit code.
# The host ends the guest when it has read everything.
# shellcheck shell=sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8
busybox=/run/vm/busybox
set --
. /run/vm/settings.sh
$busybox hostname "$lab_hostname"
$busybox ip link set lo up

ports=/dev/virtio-ports
$busybox mkdir -p $ports
for port in /sys/class/virtio-ports/*; do
	read -r name <"$port/name" && $busybox ln -sf "../${port##*/}" "$ports/$name"
done

# There is no udev.
if [ "$lab_coldplug" = 1 ]; then
	for round in 1 2; do
		# shellcheck disable=SC2046
		modprobe -qab $($busybox cat /sys/bus/pci/devices/*/modalias /sys/bus/virtio/devices/*/modalias \
			/sys/bus/scsi/devices/*/modalias 2>/dev/null | $busybox sort -u) 2>/dev/null
	done
elif $busybox grep -qx 0x0001 /sys/bus/virtio/devices/*/device; then
	modprobe -q virtio_net
fi
# A NIC's number in the lab is the last byte of its address.
for device in /sys/class/net/*; do
	read -r address <"$device/address"
	case $address in
	52:54:00:70:*) $busybox ip link set "${device##*/}" name "nic$((0x${address##*:}))" ;;
	esac
done

# Through a pipe: a port can be opened but once, and programs open /dev/stderr anew.
$busybox mkfifo /run/vm/out /run/vm/err
for stream in out err; do
	{
		$busybox cat /run/vm/$stream
		printf '\0pathwarden-vm-end\0'
	} >$ports/$stream &
	eval "reader_$stream=\$!"
done
exec 3<>$ports/status
echo up >&3
read -r go <&3
# Keeps the pipes open for writing until the command is over, whatever it closes.
exec 4>/run/vm/out 5>/run/vm/err
(
	exec 3>&- 
	cd "$lab_cwd" || exit 125
	exec "$@"
) >&4 2>&5 4>&- 5>&- </dev/null &
wait $!
code=$?
$busybox sync
echo "exit $code" >&3
exec 4>&- 5>&-
# What the command left behind may hold the pipes.
for round in 1 2 3 4 5 6 7 8 9 10; do
	kill -0 "$reader_out" 2>/dev/null || kill -0 "$reader_err" 2>/dev/null || break
	$busybox sleep 0.1
done
echo over >&3
while :; do $busybox sleep 1000; done
