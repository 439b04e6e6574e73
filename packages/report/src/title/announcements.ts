/** Text that first lines of crashes have, of any kind. */
export const MARKERS = [
  "BUG:",
  "WARNING:",
  "INFO:",
  "Unable to handle kernel",
  "general protection fault",
  "stack segment: ",
  "Kernel panic",
  "PANIC: double fault",
  "kernel BUG",
  "BUG kmalloc-",
  "divide error:",
  "divide_error:",
  "invalid opcode:",
  "UBSAN:",
  "unregister_netdevice: waiting for",
  "VFS: Close: file count is 0",
  "VFS: Busy inodes after unmount",
  "Internal error:",
  "Unhandled fault:",
] as const;

/** One of {@link MARKERS}. */
export type Marker = (typeof MARKERS)[number];

/** Talk that has a marker: text that shows it, by marker. */
const TALK: Partial<Record<Marker, readonly string[]>> = {
  "BUG:": ["xlog_status:", "no syscalls can create resource"],
  "WARNING:": [
    "the mand mount option", // fs/namespace.c
    "The mand mount option",
    "workqueue cpumask: online intersect > possible intersect", // kernel/workqueue.c
    "Unprivileged eBPF is enabled", // arch/x86/kernel/cpu/bugs.c
    "for mitigation options",
    "kernel not compiled with",
    "missed to adjust virtual screen size", // drivers/video/fbdev/core/fbcon.c
    "Unsupported flag value(s) of", // user space: the loader
    "/etc/ssh/moduli", // user space: sshd
  ],
  "INFO:": [
    "lockdep is turned off", // kernel/locking/lockdep.c
    "Stall ended before state dump start", // kernel/rcu/tree_stall.h
    "NMI handler", // arch/x86/kernel/nmi.c
    "took too long", // kernel/events/core.c
    "recovery required on readonly filesystem", // fs/ext4
    "is not present in /proc/kallsyms", // user space
    "no syscalls can create resource",
  ],
  // User space's, as arch/x86/kernel/traps.c logs it: "traps: comm[pid] general protection fault ip:… error:0 in file".
  "general protection fault": [" error:"],
};

const ANY_MARKER = new RegExp(MARKERS.join("|"));

/** The marker of a line that announces a crash. */
export function markerOf(line: string): Marker | undefined {
  if (!ANY_MARKER.test(line)) return undefined;
  return MARKERS.find((marker) => {
    const at = line.indexOf(marker);
    return at >= 0 && !isSpokenOf(line, at) && !TALK[marker]?.some((text) => line.includes(text));
  });
}

/** Whether the marker at `at` is part of a word, or of a message of a filesystem or a device about itself. */
function isSpokenOf(line: string, at: number): boolean {
  if (at === 0) return false;
  return /(?:[A-Z_]|[a-z]:|\): |EXT4-[Ff][Ss]: )$/.test(line.slice(Math.max(0, at - 10), at));
}
