# shellcheck shell=bash
# What every `fetch` of Debian packages shares: its folder in the cache, and apt as if nothing were installed, so that what is
# unpacked does not depend on what this machine has. Sourced; `lab`, its name, is set before: the folder in the cache, and the
# first word of what is said.

say() { echo "$lab: $*" >&2; }
unavailable() {
	say "$*"
	exit 77
}

# Path of the folder. The home folder may be unset, or not be writable.
cache_root() {
	local home=${HOME:-~} candidate
	for candidate in "${PATHWARDEN_CACHE:-${XDG_CACHE_HOME:-$home/.cache}/pathwarden}/$lab" "/var/tmp/pathwarden-$UID/$lab"; do
		if [[ $candidate == /* ]] && mkdir -p -m 755 "$candidate" 2>/dev/null && [ -O "$candidate" ] && [ -w "$candidate" ]; then
			echo "$candidate"
			return
		fi
		if [ -n "${PATHWARDEN_CACHE:-}" ]; then break; fi
	done
	unavailable "cannot write the cache $candidate: name a folder in PATHWARDEN_CACHE, with its whole path"
}

# One run at a time gets packages; the working folder is the cache's.
lock_cache() {
	exec 9>lock
	flock -n 9 || {
		say "waiting for another run that is getting packages"
		flock -w 1200 9 || unavailable "another run has been getting packages for 20 minutes"
	}
}

need_tools() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || unavailable "no $tool here: it is made from Debian packages"
	done
}

# Sets apt_options. $1: a folder that it may write.
set_apt_options() {
	mkdir -p "$1/cache" "$1/archives/partial"
	# shellcheck disable=SC2034
	apt_options=(-o Debug::NoLocking=1 -o APT::Sandbox::User=root -o Dpkg::Use-Pty=0 -o Acquire::Retries=2
		-o Dir::State::status=/dev/null -o "Dir::Cache=$1/cache" -o "Dir::Cache::archives=$1/archives"
		-o APT::Install-Recommends=false)
}

# fits NAME PATTERN…: whether one of the patterns matches the name
fits() {
	local name=$1 pattern
	shift
	# shellcheck disable=SC2053
	for pattern in "$@"; do [[ $name == $pattern ]] && return 0; done
	return 1
}

# Unpacks a package, no script of it runs. A tree keeps /lib a link to usr/lib (make_tree).  unpack_deb DEB TREE [tar option…]
unpack_deb() { dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink --no-same-owner "${@:3}"; }
make_tree() {
	local name
	mkdir -p "$1"/usr/{bin,sbin,lib,lib64}
	for name in bin sbin lib lib64; do ln -s "usr/$name" "$1/$name"; done
}
