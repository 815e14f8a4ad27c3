# shellcheck shell=bash
# Debian packages unpacked into one root in the cache, nothing installed. Sourced by the script `fetch` of a lab, which sets
#
#   lab             its name: the cache's folder, and the first word of what is said
#   what            what is got, for a person
#   daemons         packages that it is for; they come with all that they depend on
#   base            packages that every Debian has, and a package therefore does not name
#   files_only      packages without their dependencies, which would be users, services and questions
#   without_files   folders that nothing reads
#   without_packages  packages that are named as dependencies and not needed; patterns
#   recipe          one higher when the way the root is made changes
#   finish_root     a function: what the packages' scripts would have made; the working folder is the root
#   made_of_roots   patterns of what else is in the cache, which goes as roots do when no run has used it for two days
#
# and calls `unpack_root [--refresh]`, which prints the path of the root. What is there is taken as it is, without asking apt; it
# is asked when a list above changed, or with --refresh. Exit code 77: it cannot be had here; standard error says why.

# shellcheck source=cache.sh
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"

# Its time is that of its last use.
have_it() { [ "$refresh" != --refresh ] && [ -d "$root" ] && touch "$root"; }

# Not in the foreground: a signal would wait for its end.
quietly() {
	timeout 600 "$@" >"$work/log" 2>&1 </dev/null &
	wait $!
}

download() {
	local wanted=("${files_only[@]}") name version
	quietly apt-get -q -y "${apt_options[@]}" -s install "${base[@]}" "${daemons[@]}" || return
	while read -r name version; do
		fits "$name" "${without_packages[@]}" || wanted+=("$name=$version")
	done < <(sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1 \2/p' "$work/log")
	quietly env -C "$work/files" apt-get -q "${apt_options[@]}" download "${wanted[@]}"
}

unpack() {
	local path deb excludes=()
	for path in "${without_files[@]}"; do excludes+=(--exclude="./$path"); done
	make_tree "$work/root"
	for deb in "$work"/files/*.deb; do unpack_deb "$deb" "$work/root" "${excludes[@]}"; done
}

# Compiled once, or each daemon would do it at each start: the root is read-only. What this Python cannot read it never runs.
compile() {
	cd "$work/root"
	find usr/lib/python3{,.11} usr/share -path '*/tests' -prune -o -path '*/lib2to3' -prune -o -path '*/numpy' -prune \
		-o -path '*/networkx' -prune -o -name '*.py' -print0 |
		xargs -0 -P "$(nproc)" -n 400 chroot . python3 -m py_compile >"$work/log" 2>&1 &
	wait $! || true
	cd "$cache"
}

unpack_root() {
	refresh=${1:-}
	cache=$(cache_root)
	cd "$cache"
	root=root-$(printf '%s\n' "$recipe" "${daemons[@]}" "${base[@]}" "${files_only[@]}" "${without_files[@]}" "${without_packages[@]}" |
		sha256sum | cut -c1-12)
	if have_it; then
		echo "$cache/$root"
		return
	fi
	lock_cache
	if have_it; then
		echo "$cache/$root"
		return
	fi
	[ "$(id -u)" = 0 ] || unavailable "it takes root to run the packages without installing them"
	need_tools apt-get dpkg-deb chroot
	# shellcheck source=/dev/null
	[ "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" = bookworm ] || unavailable "the packages are those of Debian 12, which this machine is not"

	# A run that was ended half-way leaves only this folder, which the next one starts with removing.
	work=$cache/work
	trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
	trap 'exit 143' TERM INT HUP
	rm -rf "$work"
	mkdir -p "$work/files"
	set_apt_options "$work"
	SECONDS=0
	say "getting $what"
	if [ -n "$refresh" ] || ! download; then
		# The lists may be missing or older than the mirror.
		quietly apt-get -q update || true
		download || unavailable "apt cannot get the packages: $(grep -m 1 '^E:' "$work/log" || tail -1 "$work/log")"
	fi
	say "unpacking $(du -sm "$work/files" | cut -f1) MB"
	unpack
	cd "$work/root"
	finish_root
	say "compiling"
	compile
	touch "$work/root"
	if [ -d "$root" ]; then mv "$root" "$work/old"; fi
	mv "$work/root" "$root"
	say "unpacked $(du -sm "$root" | cut -f1) MB in $cache, in $SECONDS s"
	echo "$cache/$root"
	local pattern old=(-name 'root-*')
	for pattern in "${made_of_roots[@]}"; do old+=(-o -name "$pattern"); done
	find . -maxdepth 1 -type d \( "${old[@]}" \) -mtime +1 -exec rm -rf {} +
}
