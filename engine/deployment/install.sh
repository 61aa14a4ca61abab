#!/bin/sh
# Puts Lineside's agent onto this box, so that it can apply sticks. Run it once, from the stick:
#
#   sh install.sh [ROOT]        ROOT: folder for what is Lineside's (default /var/lib/lineside, or below your home)
#
# Needs a POSIX shell, tar and gzip. Nothing outside ROOT is written, but for a link in /usr/local/bin where that may be.
set -e
umask 022
stick=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" = 0 ]; then root=/var/lib/lineside; else root=$HOME/.local/share/lineside; fi
root=${1:-$root}
case $root in /*) ;; *) root=$PWD/$root ;; esac
case $root in *[!A-Za-z0-9/._-]*) echo "The folder $root has signs that a shell reads; choose one of letters, digits and / . _ -" >&2; exit 1 ;; esac
version=@VERSION@ base=@BASE@ code=@CODE@ platform=@PLATFORM@

fail() {
	echo "$*" >&2
	exit 1
}
case $platform:$(uname -m) in
linux/amd64:x86_64 | linux/arm64:aarch64 | linux/arm64:arm64) ;;
*) fail "This agent is for $platform, and this box is $(uname -m); write the bundle of an artifact for it." ;;
esac
if command -v sha256sum >/dev/null 2>&1; then
	(cd "$stick/agent" && sha256sum -c SHA256SUMS >/dev/null 2>&1) ||
		fail "The agent on the stick is damaged; write the bundle again: only what is damaged is copied."
fi
place=$root/agent/$version
if [ ! -d "$place" ]; then
	rm -rf "$place.part"
	mkdir -p "$place.part/python" "$place.part/code"
	gzip -dc "$stick/agent/$base" | tar -x -f - -C "$place.part/python" || fail "There is no room for the agent in $root; free 80 MB."
	gzip -dc "$stick/agent/$code" | tar -x -f - -C "$place.part/code" || fail "There is no room for the agent in $root; free 80 MB."
	[ -f "$place.part/python/usr/bin/python3.11" ] || fail "The agent could not be unpacked to $root."
	sync
	mv "$place.part" "$place"
fi
python=$place/python
[ -e "$python/usr/bin/python3.11" ] || fail "The agent in $place is damaged; remove that folder and run this again."
loader=$(find "$python/lib/" "$python/usr/lib/" "$python/lib64/" -name 'ld-linux*.so.*' -type f 2>/dev/null | head -n 1)
libraries=$(find "$python/lib/" "$python/usr/lib/" -name '*.so*' -type f -not -path '*/python3*' 2>/dev/null | sed 's:/[^/]*$::' | sort -u | tr '\n' ':')
cat >"$root/agent/lineside-agent.new" <<END
#!/bin/sh
exec env -u LD_LIBRARY_PATH -u LD_PRELOAD LINESIDE_ROOT="\${LINESIDE_ROOT:-$root}" PYTHONHOME="$python/usr" PYTHONPATH="$place/code" \\
	PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1 "$loader" --library-path "$libraries" "$python/usr/bin/python3.11" \\
	-P -S -s -m engine.agent "\$@"
END
chmod 755 "$root/agent/lineside-agent.new"
sync
mv -f "$root/agent/lineside-agent.new" "$root/agent/lineside-agent"
[ "$(id -u)" = 0 ] && [ -d /usr/local/bin ] && ln -sf "$root/agent/lineside-agent" /usr/local/bin/lineside-agent 2>/dev/null
for old in "$root"/agent/*/python; do
	[ "$old" = "$python" ] || [ ! -d "$old" ] || rm -rf "${old%/python}"
done
[ ! -f "$stick/agent/root.json" ] || "$root/agent/lineside-agent" trust --root "$root" "$stick/agent/root.json"
"$root/agent/lineside-agent" status --root "$root"
echo "Apply the stick with: $root/agent/lineside-agent apply $stick"
