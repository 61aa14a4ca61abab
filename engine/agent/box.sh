# The part of Lineside that lies on a bare box: keeps blobs, unpacks them, runs and supervises releases.
# Needs a POSIX shell and what every small Linux has (coreutils or busybox, tar, gzip); nothing is installed.
#
#   sh box.sh ROOT COMMAND [ARGUMENT…]
#
# ROOT/blobs/sha256/<hex>[.part]   pushed, verified (or on the way)
# ROOT/layers/<hex>  ROOT/rootfs/<hex of the image>   unpacked once per digest; the second are hard links of the first
# ROOT/releases/<key>/             spec, bundle/, mode, state, log; ROOT/current names the one that requests go to
umask 022
root=$1 command=$2
shift 2
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
blobs=$root/blobs/sha256

fail() {
	echo "$*" >&2
	exit 1
}
nap() { sleep 0.1 2>/dev/null || sleep 1; }
now() { date +%s; }
size() { stat -c %s "$1" 2>/dev/null || wc -c <"$1"; }
has() { command -v "$1" >/dev/null 2>&1; }
# When a process began, in clock ticks: with its number it names one process for ever.
began() {
	line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	set -- ${line##*) }
	[ "$1" != Z ] && echo "${20}"
}
lives() { [ -n "$1" ] && [ "$1" != 0 ] && [ "$(began "$1")" = "$2" ]; }
children() { grep -l "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status 2>/dev/null | cut -d/ -f3; }
slay() { # PID…; each with what it started. 0 stands for nobody, and to kill would be this script's own group
	for one; do
		[ "${one:-0}" -gt 1 ] && kill -9 $(children "$one") "$one" 2>/dev/null
	done
	return 0
}
replace() { # FILE, content on stdin; readers see the old or the new
	cat >"$1.new" && mv -f "$1.new" "$1"
}

settle() { sync -f "$root" 2>/dev/null || sync; } # what was written survives a power cut

do_probe() { # one value a line; who reads it takes none of them on trust
	place=$root
	while [ ! -d "$place" ]; do place=$(dirname "$place"); done
	echo "machine=$(uname -m)"
	echo "kernel=$(uname -r)"
	echo "user=$(id -un 2>/dev/null || id -u)"
	echo "uid=$(id -u)"
	echo "cores=$(nproc 2>/dev/null || grep -c ^processor /proc/cpuinfo)"
	echo "disk=$(df -Pk "$place" | tail -n 1 | tr -s ' ' | cut -d' ' -f4)"
	for tool in runc crun podman docker; do
		has $tool && echo "runtime=$tool $($tool --version 2>/dev/null | head -n 1 | sed 's/.*version //;s/[, ].*//')"
	done
	for tool in tar gzip sha256sum unshare setsid; do has $tool || echo "missing=$tool"; done
	[ -d /run/systemd/system ] && echo "runtime=$(systemctl --version 2>/dev/null | head -n 1 | cut -d' ' -f1-2)"
	if [ "$(id -u)" = 0 ]; then
		has unshare && unshare --mount --pid --fork true 2>/dev/null && echo "namespaces=1"
	else
		has unshare && unshare --user --map-root-user --mount --pid --fork true 2>/dev/null && echo "namespaces=1"
	fi
	gpus
	# sockets that listen (0A), with their ports in hexadecimal
	sed -n 's/^ *[0-9]*: [0-9A-F]*:\([0-9A-F]*\) [0-9A-F]*:[0-9A-F]* 0A .*/listens=\1/p' /proc/net/tcp /proc/net/tcp6 2>/dev/null | sort -u
	[ -f /proc/device-tree/model ] && echo "board=$(tr -d '\000' </proc/device-tree/model)"
	grep -E '^Mem(Total|Available):' /proc/meminfo
	grep PRETTY_NAME= /etc/os-release 2>/dev/null
	grep -m 1 -i '^model name' /proc/cpuinfo || grep -m 1 -i '^CPU part' /proc/cpuinfo || grep -m 1 -i '^Model' /proc/cpuinfo
	grep -m 1 -E '^(flags|Features)' /proc/cpuinfo
	grep -E '^(physical|core) id' /proc/cpuinfo
	return 0
}

gpus() { # what can be seen of graphics cards without root; a driver that hangs must not hold the rest up
	wait=$(command -v timeout)
	has nvidia-smi && ${wait:+$wait 5} nvidia-smi --query-gpu=name,memory.total --format=csv,noheader 2>/dev/null | sed 's/^/gpu=/'
	if has lspci; then
		lspci 2>/dev/null | sed -n 's/^[^ ]* \(VGA\|3D\|Display\)[^:]*: /gpu=/p'
	else
		for device in /sys/bus/pci/devices/*; do
			case $(cat "$device/class" 2>/dev/null) in
			0x03*) echo "gpu=PCI $(cut -c3- "$device/vendor"):$(cut -c3- "$device/device")" ;;
			esac
		done
	fi
	for device in /dev/dri/renderD* /dev/nvhost-gpu; do [ -e "$device" ] && echo "gpu=$device"; done
}

# Blobs

do_have() { # HEX…; ends receivers that a cut link left behind, so that sizes stay as told
	mkdir -p "$blobs" || exit 1
	for hex; do
		if [ -f "$blobs/$hex" ]; then
			echo "$hex full"
			continue
		fi
		if [ -f "$blobs/$hex.pid" ] && read -r pid start <"$blobs/$hex.pid" && lives "$pid" "$start"; then
			kill -9 $(children "$pid") "$pid" 2>/dev/null
		fi
		rm -f "$blobs/$hex.pid"
		if [ -f "$blobs/$hex.part" ]; then echo "$hex part $(size "$blobs/$hex.part")"; else echo "$hex none 0"; fi
	done
}

do_receive() { # HEX; the rest of the blob on stdin. Tells the size every second: that the link lives, and true progress
	part=$blobs/$1.part
	echo "$$ $(began $$)" >"$blobs/$1.pid"
	: >>"$part" || exit 1
	# sleep must not hold the output: the channel would stay open as long
	(while sleep 1 </dev/null >/dev/null 2>&1; do size "$part"; done) &
	teller=$!
	cat >>"$part"
	code=$?
	kill $teller 2>/dev/null
	size "$part"
	rm -f "$blobs/$1.pid"
	exit $code
}

do_seal() { # HEX; exit 9: the content is another
	part=$blobs/$1.part
	if has sha256sum; then found=$(sha256sum <"$part"); else found=$(openssl dgst -sha256 -r <"$part"); fi
	if [ "${found%% *}" != "$1" ]; then
		rm -f "$part"
		exit 9
	fi
	sync "$part" 2>/dev/null || settle
	mv -f "$part" "$blobs/$1"
}

do_has() { [ -f "$root/$1" ]; } # PATH

do_rebuild() { # HEX-of-image ARCHIVE; pieces on stdin, which the image's Python makes with the agent's code in the archive
	rootfs=$root/rootfs/$1
	python=$(find "$rootfs/usr/bin/" -name 'python3.[0-9]*' -type f 2>/dev/null | head -n 1)
	own_libraries
	[ -n "$loader" ] && [ -n "$python" ] || fail "the image has no Python"
	unset LD_LIBRARY_PATH LD_PRELOAD
	PYTHONHOME=$rootfs/usr PYTHONPATH=$root/$2 PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1 \
		"$loader" --library-path "$libraries" "$python" -P -S -s -m engine.agent.rebuild "$blobs"
}

do_verify() { # FOLDER DIGEST; by the agent, which is there where this box trusts anybody
	"$root/agent/lineside-agent" verify --root "$root" "$root/$1" "$2"
}

do_space() { df -Pk "$root" | tail -n 1 | tr -s ' ' | cut -d' ' -f4; }

# Unpacking

do_unpack() { # HEX-of-image HEX:gzip|zstd|tar…
	image=$root/rootfs/$1
	[ -d "$image" ] && return 0
	shift
	rm -rf "$image.part"
	mkdir -p "$root/layers" "$image.part" || exit 1
	for layer; do
		unpack_layer "${layer%%:*}" "${layer#*:}" || { rm -rf "$image.part"; exit 1; }
		echo "layer ${layer%%:*}"
		lay_over "$root/layers/${layer%%:*}" "$image.part" || { rm -rf "$image.part"; exit 1; }
	done
	for folder in proc sys dev tmp; do mkdir -p "$image.part/$folder"; done
	settle
	mv "$image.part" "$image"
}

unpack_layer() { # HEX KIND
	[ -d "$root/layers/$1" ] && return 0
	part=$root/layers/$1.part
	rm -rf "$part"
	mkdir "$part" || return 1
	case $2 in
	gzip) gzip -dc "$blobs/$1" | tar -x -p -f - -C "$part" ;;
	zstd) zstd -dc "$blobs/$1" | tar -x -p -f - -C "$part" ;;
	*) tar -x -p -f "$blobs/$1" -C "$part" ;;
	esac || { chmod -R u+w "$part" && rm -rf "$part"; return 1; }
	settle # else a power cut could leave the name on files without content
	mv "$part" "$root/layers/$1"
}

lay_over() { # LAYER ROOTFS; first what the layer takes away, which a link of a lower one must not lead elsewhere
	top=$(cd "$2" && pwd -P)
	(cd "$1" && find . -name '.wh.*') | while IFS= read -r mark; do
		folder=${mark%/*} name=${mark##*/.wh.}
		case $(cd "$2/$folder" 2>/dev/null && pwd -P)/ in
		/) continue ;; # there is no such folder
		"$top"/*) ;;
		*) fail "the layer takes away what is not of the image: $mark" ;;
		esac
		case $name in
		.wh..opq) (cd "$2/$folder" && find . -mindepth 1 -maxdepth 1 -exec rm -rf {} +) ;;
		'' | . | .. | */*) fail "the layer takes away what is not of the image: $mark" ;;
		*) rm -rf "${2:?}/$folder/$name" ;;
		esac
	done || return 1
	cp -alf "$1/." "$2/" 2>/dev/null || cp -af "$1/." "$2/" || return 1
	find "$2" -name '.wh.*' -exec rm -f {} +
}

# Running

use() { # KEY
	release=$root/releases/$1
	[ -f "$release/spec" ] || fail "there is no release $1"
	. "$release/spec"
	rootfs=$root/rootfs/$image
	id=lineside-$1
	mode=$(cat "$release/mode" 2>/dev/null)
}

# A path of the image as it is outside, if the image has it.
at() { if [ -e "$rootfs$1" ]; then printf %s "$rootfs$1"; else printf %s "$1"; fi; }

own_libraries() { # of the image: its loader, and the folders of its libraries
	loader=$(find "$rootfs/lib/" "$rootfs/usr/lib/" "$rootfs/lib64/" -name 'ld-linux*.so.*' -type f 2>/dev/null | head -n 1)
	libraries=$(find "$rootfs/lib/" "$rootfs/usr/lib/" -name '*.so*' -type f -not -path '*/python3*' 2>/dev/null |
		sed 's:/[^/]*$::' | sort -u | tr '\n' ':')
}

run() { # MODE BUNDLE; becomes the program
	enter=$bin/enter.sh
	unshare=$(command -v unshare)
	spaces="--mount --pid --ipc --uts --fork --kill-child"
	case $1 in
	plain) cd "$folder" && outside ;;
	runc | crun)
		mkdir -p "$root/run/$1"
		$1 --root "$root/run/$1" delete -f "$id$2" 2>/dev/null
		exec "$1" --root "$root/run/$1" run --bundle "$release/$2" "$id$2"
		;;
	namespaces) inside STATE_FOLDER="$root/state" "$unshare" $spaces /bin/sh "$enter" "$rootfs" "$folder" "$user" ;;
	user-namespaces) inside STATE_FOLDER="$root/state" "$unshare" --user --map-root-user $spaces /bin/sh "$enter" "$rootfs" "$folder" - ;;
	direct)
		own_libraries
		cd "$(at "$folder")" || exit 1
		[ -n "$loader" ] || outside LINESIDE_STATE="$root/state"
		outside LINESIDE_STATE="$root/state" "$loader" --library-path "$libraries"
		;;
	esac
}

choose() { # the first way of running that runs the program at all here, best first
	if [ "$(id -u)" = 0 ]; then ways="runc crun namespaces direct"; else ways="runc crun user-namespaces direct"; fi
	for way in ${wanted:-$ways}; do
		case $way in
		runc | crun) has "$way" || continue ;;
		*namespaces) has unshare || continue ;;
		esac
		if (trying=1 run "$way" test) </dev/null >"$release/trial" 2>&1; then
			echo "$way" | replace "$release/mode"
			return 0
		fi
		{ echo "$way does not work here:"; tail -n 3 "$release/trial"; } >>"$release/log"
	done
	fail "none of these ways of running works here: ${wanted:-$ways}; $(tail -n 3 "$release/trial" | tr '\n' ' ')"
}

do_start() { # KEY; prints the way of running
	use "$1"
	rm -f "$release/stop" "$release/state"
	make_state
	has_folders || exit 1
	[ -n "$mode" ] || choose || exit 1
	boot_unit
	if [ "$(id -u)" = 0 ] && [ -d /run/systemd/system ] && has systemd-run; then
		systemd-run --quiet --collect --unit "$id" --property KillMode=mixed /bin/sh "$bin/box.sh" "$root" supervise "$1" || exit 1
	elif has setsid; then
		setsid sh "$bin/box.sh" "$root" supervise "$1" </dev/null >/dev/null 2>&1 &
	else
		nohup sh "$bin/box.sh" "$root" supervise "$1" </dev/null >/dev/null 2>&1 &
	fi
	tries=0
	while [ ! -f "$release/state" ] && [ $tries -lt 100 ]; do nap; tries=$((tries + 1)); done
	[ -f "$release/state" ] || fail "the supervisor did not start"
}

# What the release's program is to find of the box.
has_folders() (
	set -f
	IFS=:
	for path in $folders; do
		[ -e "$path" ] || fail "there is no $path on this box, which the release's pipeline needs; make it"
	done
)

# The folder that outlives releases: keys, usage, audit log, certificate. It belongs to whom the program runs as.
make_state() {
	(umask 077 && mkdir -p "$root/state") || exit 1
	if [ "$(id -u)" = 0 ]; then
		case $user in *:*) chown -Rh "$user" "$root/state" ;; esac
	fi
}

do_keep() { # PATH below the state folder; content on stdin
	umask 077
	file=$root/state/$1 folder=$(dirname "$root/state/$1")
	[ -L "$root/state" ] || [ -L "$folder" ] && fail "$folder is a link that leads elsewhere; remove it"
	mkdir -p "$folder" && replace "$file" && chown -h "$(stat -c %u:%g "$root/state")" "$folder" "$file" || exit 1
	settle
}

do_listed() { # FOLDER below the state folder -> names of files in it; links lead nowhere
	[ -L "$root/state" ] || [ -L "$root/state/$1" ] && return 0
	for file in "$root/state/$1"/*; do
		[ -f "$file" ] && [ ! -L "$file" ] && echo "${file##*/}"
	done
	return 0
}

do_fetch() { # FOLDER NAME; nothing where the release removed it meanwhile
	file=$root/state/$1/$2
	[ -f "$file" ] && [ ! -L "$file" ] && cat "$file"
}

boot_unit() { # let the box start its current release by itself
	[ -n "$no_autostart" ] && return 0
	if [ "$(id -u)" = 0 ] && [ -d /run/systemd/system ]; then
		unit=/etc/systemd/system/lineside-$(printf %s "$root" | cksum | cut -d' ' -f1).service
		[ -f "$unit" ] && grep -q "$bin/" "$unit" && return 0
		printf '%s\n' "[Unit]" "Description=Lineside release" "After=network.target" "[Service]" "Type=oneshot" \
			"RemainAfterExit=yes" "KillMode=process" "ExecStart=/bin/sh \"$bin/box.sh\" \"$root\" boot" "[Install]" \
			"WantedBy=multi-user.target" >"$unit" && systemctl daemon-reload && systemctl enable --quiet "$unit"
		echo systemd >"$root/autostart"
	elif has crontab; then
		line="@reboot /bin/sh '$bin/box.sh' '$root' boot"
		crontab -l 2>/dev/null | grep -qF "$line" && return 0
		{ crontab -l 2>/dev/null | grep -vF "'$root' boot"; echo "$line"; } | crontab - && echo cron >"$root/autostart"
	fi
	return 0
}

# Say in the state folder which release requests go to: its pipeline runs, and no other one's.
tell_live() { # KEY
	[ -d "$root/state" ] && [ ! -L "$root/state" ] || return 0
	rm -f "$root/state/live.new"
	sed -n 's/^digest=//p' "$root/releases/$1/about" 2>/dev/null | replace "$root/state/live"
}

do_boot() {
	tell_live "$(cat "$root/current" 2>/dev/null)"
	for key in gateway $(cat "$root/current" 2>/dev/null); do
		[ ! -f "$root/releases/$key/spec" ] || [ -f "$root/releases/$key/stop" ] || alive "$key" || (do_start "$key")
	done
}

alive() { # KEY: does its supervisor live
	supervisor=0 supervisor_started=0
	[ -f "$root/releases/$1/state" ] && . "$root/releases/$1/state"
	lives "$supervisor" "$supervisor_started"
}

tell() { # STATE
	printf '%s\n' "state=$1" "supervisor=$$" "supervisor_started=$(began $$)" "pid=$child" "pid_started=$(began "$child")" \
		"restarts=$restarts" "last_exit=$last_exit" "since=$since" | replace "$release/state"
}

served() { # PID of what was started -> the program itself: unshare only waits before it
	case $mode in *namespaces) children "$1" ;; *) echo "$1" ;; esac
}

end_child() {
	[ "$child" = 0 ] && return 0 # between two starts
	drain=$(cat "$release/stop" 2>/dev/null)
	if [ "${drain:-0}" != 0 ]; then
		kill -TERM $(served "$child") 2>/dev/null
		end=$(($(now) + drain))
		while began "$child" >/dev/null && [ "$(now)" -le $end ]; do nap; done
	fi
	case $mode in runc | crun) $mode --root "$root/run/$mode" delete -f "${id}bundle" 2>/dev/null ;; esac
	slay "$child"
}

do_supervise() { # KEY
	once= # set in the spec of a release on trial
	use "$1"
	child=0 restarts=0 last_exit= since=0 pause=1 stopping=
	trap 'stopping=1; end_child' TERM
	trap '' HUP
	tell starting
	while [ -z "$stopping" ]; do
		if [ -f "$release/log" ] && [ "$(size "$release/log")" -gt 5000000 ]; then mv "$release/log" "$release/log.1"; fi
		(trap - TERM HUP; run "$mode" bundle) </dev/null >>"$release/log" 2>&1 &
		child=$! since=$(now)
		tell running
		wait "$child"
		last_exit=$?
		while began "$child" >/dev/null; do
			wait "$child"
			last_exit=$?
		done
		[ -n "$stopping" ] && break
		# unshare cannot end itself by SIGKILL as its child did, and says so
		if tail -n 1 "$release/log" | grep -q '^unshare: .* failed: Invalid argument'; then last_exit=137; fi
		[ -n "$once" ] && [ "$last_exit" = 0 ] && break
		[ $(($(now) - since)) -gt 60 ] && pause=1
		restarts=$((restarts + 1)) child=0
		tell restarting
		sleep $pause &
		wait $!
		pause=$((pause * 2))
		[ $pause -gt 30 ] && pause=30
	done
	child=0
	tell stopped
	[ -n "$once" ] && [ -z "$stopping" ] && rm -rf "$release"
	return 0
}

do_stop() { # KEY SECONDS-TO-DRAIN
	release=$root/releases/$1
	[ -d "$release" ] || return 0
	echo "$2" >"$release/stop"
	alive "$1" || return 0
	kill -TERM "$supervisor"
	end=$(($(now) + $2 + 3))
	while lives "$supervisor" "$supervisor_started" && [ "$(now)" -le $end ]; do nap; done
	if lives "$supervisor" "$supervisor_started"; then
		slay "$pid" "$supervisor"
	fi
	return 0
}

do_switch() { # KEY; atomic
	echo "$1" >"$root/current.new"
	settle
	mv -f "$root/current.new" "$root/current"
	tell_live "$1"
	settle
}

do_equip() { chmod 700 "$root/releases/gateway" && chmod 755 "$root/releases/gateway/haproxy"; }

do_alive() { alive "$1"; } # KEY

do_read() { cat "$root/$1" 2>/dev/null; } # PATH

do_status() {
	sed -n 's/^endpoint=/stable=/p' "$root/releases/gateway/about" 2>/dev/null
	current=$(cat "$root/current" 2>/dev/null)
	autostart=$(cat "$root/autostart" 2>/dev/null)
	for release in "$root"/releases/*/; do
		release=${release%/}
		[ -f "$release/spec" ] && [ "${release##*/}" != gateway ] || continue
		echo "release=${release##*/}"
		[ "${release##*/}" = "$current" ] && echo "current=1"
		[ -f "$release/stop" ] && echo "told_to_stop=1"
		echo "autostart=$autostart"
		mode=$(cat "$release/mode" 2>/dev/null)
		echo "mode=$mode"
		cat "$release/about"
		[ -f "$release/state" ] || continue
		cat "$release/state"
		. "$release/state"
		lives "$supervisor" "$supervisor_started" && echo "supervised=1"
		lives "$pid" "$pid_started" && echo "alive=1" && echo "served=$(served "$pid" | head -n 1)"
	done
	return 0
}

do_logs() { # KEY BEGIN COUNT; a negative BEGIN is from the end. The first line: the size, and where it was read from
	file=$root/releases/$1/log
	[ -f "$file" ] || { echo 0 0; return 0; }
	whole=$(size "$file") from=$2
	[ "$from" -lt 0 ] && from=$((whole + from)) && [ "$from" -lt 0 ] && from=0
	[ "$from" -gt "$whole" ] && from=0 # begun anew
	echo "$whole $from"
	tail -c "+$((from + 1))" "$file" | head -c "$3"
}

do_write() { mkdir -p "$(dirname "$root/$1")" && replace "$root/$1"; } # PATH; content on stdin

do_prune() { # keep the present release and the newest three; drop what no kept one needs
	current=$(cat "$root/current" 2>/dev/null)
	count=0 kept=" $(grep '^needs=' "$root/releases/gateway/about" 2>/dev/null | cut -d= -f2-) "
	for key in $(ls -t "$root/releases"); do
		[ "$key" = gateway ] && continue
		count=$((count + 1))
		if [ $count -le 3 ] || [ "$key" = "$current" ] || alive "$key"; then
			kept="$kept$(grep '^needs=' "$root/releases/$key/about" | cut -d= -f2-) "
		else
			rm -rf "$root/releases/$key"
		fi
	done
	for path in "$root"/rootfs/* "$root"/layers/* "$blobs"/*; do
		name=${path##*/}
		case $name in *.part | *.pid) continue ;; esac
		case $kept in *" $name "*) ;; *) rm -rf "$path" ;; esac
	done
}

do_remove() { # KEY
	do_stop "$1" 5
	rm -rf "$root/releases/$1"
	[ "$(cat "$root/current" 2>/dev/null)" = "$1" ] && rm -f "$root/current"
	return 0
}

do_purge() {
	for release in "$root"/releases/*/; do
		release=${release%/}
		[ -d "$release" ] && do_remove "${release##*/}"
	done
	if [ "$(cat "$root/autostart" 2>/dev/null)" = cron ]; then
		crontab -l 2>/dev/null | grep -vF "'$root' boot" | crontab -
	elif [ -f "$root/autostart" ]; then
		unit=lineside-$(printf %s "$root" | cksum | cut -d' ' -f1).service
		systemctl disable --quiet "$unit"
		rm -f "/etc/systemd/system/$unit"
	fi
	for folder in blobs layers rootfs releases run bin state work current autostart; do rm -rf "${root:?}/$folder"; done
	rmdir "$root" 2>/dev/null
	return 0
}

bin=$(dirname "$0")
case $command in
probe | have | receive | seal | has | rebuild | verify | space | unpack | start | boot | supervise | stop | switch | status | logs | write | read | keep | listed | fetch | equip | alive | prune | remove | purge)
	"do_$command" "$@"
	;;
*) fail "no command $command" ;;
esac
