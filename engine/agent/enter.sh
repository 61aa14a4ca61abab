# Becomes the program of an image, inside a mount namespace of its own.
# Arguments: ROOTFS FOLDER USER(uid:gid or -) PROGRAM ARGUMENT…; the environment is the program's, and STATE_FOLDER, the
# host's folder that the program finds at /var/lib/lineside; of it, LINESIDE_FOLDERS are the host's own at the same paths.
set -e
root=$1 folder=$2 user=$3
shift 3
image_path=$PATH
PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
mount --make-rprivate / 2>/dev/null || :
mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
# Where this namespace may not mount a fresh proc (a container in a container), the outer one serves.
mount -t proc proc "$root/proc" 2>/dev/null || mount --rbind /proc "$root/proc"
mount --rbind /sys "$root/sys" 2>/dev/null || :
mount -t tmpfs -o mode=755,size=1m dev "$root/dev"
for device in null zero full random urandom; do
	: >"$root/dev/$device"
	mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/shm"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
if [ -n "$STATE_FOLDER" ]; then
	mkdir -p "$root/var/lib/lineside"
	mount --bind "$STATE_FOLDER" "$root/var/lib/lineside"
fi
unset STATE_FOLDER
set -f
IFS=:
for path in $LINESIDE_FOLDERS; do
	if [ -d "$path" ]; then mkdir -p "$root$path"; else : >"$root$path"; fi
	mount --bind "$path" "$root$path"
done
unset IFS
chroot=$(command -v chroot) unshare=$(command -v unshare)
PATH=$image_path
if [ "$user$folder" = -/ ]; then exec "$chroot" "$root" "$@"; fi
if [ "$user" = - ]; then exec "$unshare" --root="$root" --wd="$folder" "$@"; fi
exec "$unshare" --root="$root" --wd="$folder" --setgid="${user#*:}" --setuid="${user%:*}" "$@"
