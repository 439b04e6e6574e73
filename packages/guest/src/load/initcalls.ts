/** Functions that a kernel calls at boot, in this order (init/main.c, drivers/base/init.c), for programs that contain those parts. */
export const BOOT = [
  // sched_init()
  "wait_bit_init",
  "radix_tree_init",
  "maple_tree_init",
  "chrdev_init",
  "seq_file_init",
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

/** The initcalls among a module's functions, in the order in which a kernel runs them. */
export function initcalls(functions: readonly string[]): string[] {
  const found = functions.flatMap((name) => {
    const match = INITCALL.exec(name);
    return match ? [{ name, level: LEVELS.indexOf(match[1]) }] : [];
  });
  return found.sort((a, b) => a.level - b.level).map(({ name }) => name);
}

/** The name of an initcall, or of another function, in the kernel's source. */
export const initcallName = (name: string): string => name.replace(INITCALL, "");
