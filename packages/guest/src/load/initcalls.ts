/** Functions that a kernel calls at boot, in this order (init/main.c, drivers/base/init.c), for programs that contain those parts. */
export const BOOT = [
  // sched_init()
  "wait_bit_init",
  "radix_tree_init",
  "maple_tree_init",
  "pid_idr_init",
  // Ours (arch/lib/pid.c).
  "kasan_guest_attach_first_task",
  "vfs_caches_init_early",
  "cred_init",
  "uts_ns_init",
  "key_init",
  "net_ns_init",
  "vfs_caches_init",
  "pagecache_init",
  "seq_file_init",
  "nsfs_init",
  // page_alloc_init_late()
  "buffer_init",
  "devices_init",
  "buses_init",
  "classes_init",
  "firmware_init",
  "platform_bus_init",
  "auxiliary_bus_init",
  "faux_bus_init",
  // KUnit's own (lib/kunit/test.c).
  "kunit_bus_init",
];

/** What a task calls when it returns from a system call, for programs that contain it (kernel/task_work.c). */
export const TASK_WORK = "task_work_run";

/** Functions that others of the boot call: a program may have the one without the other. By name, the other: an initcall, or of {@link BOOT}. */
export const CALLED_BY_OTHERS: Readonly<Record<string, string>> = {
  chrdev_init: "vfs_caches_init",
  skb_init: "sock_init",
};

/**
 * The functions among a kernel part's that its boot calls, in this order.
 *
 * @param linked - initcalls in the order in which they are linked, which is that of those of one level
 */
export function bootFunctions(functions: readonly string[], linked: readonly string[]): string[] {
  const order = new Map(linked.map((name, i) => [name, i]));
  const calls = functions
    .filter(isInitcall)
    .sort((a, b) => levelOf(a) - levelOf(b) || (order.get(a) ?? -1) - (order.get(b) ?? -1));
  const names = new Set([...functions, ...calls.map(initcallName)]);
  const alone = Object.entries(CALLED_BY_OTHERS).flatMap(([name, caller]) => (names.has(caller) ? [] : name));
  return [...[...BOOT, ...alone].filter((name) => functions.includes(name)), ...calls];
}

/** Levels of initcalls in the order in which a kernel runs them (include/linux/init.h). */
const LEVELS = [
  "early",
  "0",
  "0s",
  "1",
  "1s",
  "2",
  "2s",
  "3",
  "3s",
  "4",
  "4s",
  "5",
  "5s",
  "rootfs",
  "6",
  "6s",
  "7",
  "7s",
];
const INITCALL = /^__kasan_initcall_([a-z0-9]+?)_\d+_/;

/** Whether a function is an initcall. */
export const isInitcall = (name: string): boolean => INITCALL.test(name);
const levelOf = (name: string): number => LEVELS.indexOf(INITCALL.exec(name)?.[1] ?? "");

/** The name of an initcall, or of another function, in the kernel's source. */
export const initcallName = (name: string): string => name.replace(INITCALL, "");
