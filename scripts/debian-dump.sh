#!/bin/bash
# Boots Debian's own kernel in emulation and dumps its memory, to try what reads dumps on a kernel that nobody prepared:
#
#     scripts/debian-dump.sh FOLDER           makes FOLDER/memory.elf and FOLDER/console.log
#     KASAN_DEBIAN_DUMP=FOLDER npx vitest run packages/image/src/kernel/debian.test.ts
#
# Needs apt's archive, dpkg-deb, cpio, qemu-system-x86_64 and python3. Takes a minute or two.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,8s/^# \?//p' "$0" >&2; exit 2; }
mkdir -p "$1"
cd "$1"

package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
[ -e boot.ok ] || {
  apt-get download -q "$package" busybox-static
  for file in *.deb; do dpkg-deb -x "$file" root; done
  touch boot.ok
}
release=${package#linux-image-}

rm -rf initrd && mkdir -p initrd/{bin,proc,sys,dev}
cp root/bin/busybox initrd/bin/ 2>/dev/null || cp root/usr/bin/busybox initrd/bin/
# QEMU gets VMCOREINFO from it.
find root -name 'qemu_fw_cfg.ko*' -exec cp {} initrd/ \;
cat > initrd/init <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
for module in /qemu_fw_cfg.ko*; do $b insmod $module; done
# Addresses are shown, and not hashed.
echo 0 > /proc/sys/kernel/kptr_restrict
show() { echo "@@@ $1 BEGIN"; shift; "$@"; echo "@@@ END"; }
show SYMBOLS $b grep -E ' (page_offset_base|vmalloc_base|vmemmap_base|_text|init_task|kfree)$' /proc/kallsyms
show VARIABLES $b cat /proc/iomem
show VMALLOC $b cat /proc/vmallocinfo
show SLABS $b cat /proc/slabinfo
show TASKS $b ps -o pid,comm
echo "@@@ READY"
while :; do $b sleep 1000; done
INIT
chmod +x initrd/init
(cd initrd && find . | cpio -o -H newc --quiet) | gzip > initrd.gz

rm -f monitor memory.elf console.log
qemu-system-x86_64 -m 384 -smp 2 -display none -no-reboot -kernel "root/boot/vmlinuz-$release" -initrd initrd.gz \
  -append "console=ttyS0 panic=-1 no_hash_pointers" -device vmcoreinfo -serial file:console.log \
  -qmp unix:monitor,server,nowait &
machine=$!
trap 'kill $machine 2>/dev/null || true' EXIT
for _ in $(seq 300); do grep -q '@@@ READY' console.log 2>/dev/null && break; sleep 1; done
grep -q '@@@ READY' console.log || { echo "the kernel did not come up; see $PWD/console.log" >&2; exit 1; }

python3 - "$PWD" <<'DUMP'
import json, socket, sys

monitor = socket.socket(socket.AF_UNIX)
monitor.connect(sys.argv[1] + "/monitor")
stream = monitor.makefile("rw")
stream.readline()

def ask(command, **arguments):
    stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    stream.flush()
    while True:
        answer = json.loads(stream.readline())
        if "error" in answer:
            sys.exit(answer["error"]["desc"])
        if "return" in answer:
            return

ask("qmp_capabilities")
ask("dump-guest-memory", paging=False, protocol="file:" + sys.argv[1] + "/memory.elf")
ask("quit")
DUMP
wait $machine || true
chmod 644 memory.elf
echo "$PWD/memory.elf"
