import { type CompileCache, cacheKey } from "./compile-cache.ts";

const keyOf = (key: string): string => cacheKey("diagnostics", key);

/** Keeps the compiler's warnings beside what it made, so that they are told again when that is taken from the cache. */
export async function cacheDiagnostics(cache: CompileCache, key: string, diagnostics: string): Promise<void> {
  if (diagnostics !== "") await cache.put(keyOf(key), new TextEncoder().encode(diagnostics));
}

/** The compiler's warnings when it made what is cached under a key. */
export async function cachedDiagnostics(cache: CompileCache, key: string): Promise<string> {
  const bytes = await cache.get(keyOf(key));
  return bytes === undefined ? "" : new TextDecoder().decode(bytes);
}

/** clang's warnings of code whose behaviour C leaves undefined: it may have removed what they are about. */
const UNDEFINED =
  /\[-W(?:array-bounds(?:-pointer-arithmetic)?|null-dereference|(?:sometimes-|conditional-)?uninitialized|return-stack-address|dangling[\w-]*|fortify-source|division-by-zero|shift-[\w-]+|stringop-[\w-]+|unsequenced|free-nonheap-object|sizeof-pointer-memaccess)\]/;

/** Whether warnings are of code that the optimizer may have removed. */
export function warnsOfUndefined(diagnostics: string): boolean {
  return UNDEFINED.test(diagnostics);
}

/** Headers of C's library, and of POSIX's. A kernel has those of the compiler only: stdarg.h, stddef.h, … */
const LIBC =
  /^(?:assert|complex|ctype|errno|fenv|inttypes|locale|math|setjmp|signal|stdio|stdlib|string|strings|tgmath|threads|time|uchar|wchar|wctype|unistd|pthread|fcntl|memory|malloc|sys\/\w+)\.h$/;
/** Folders of headers that a kernel's source has. */
const KERNEL =
  /^(?:linux|asm|asm-generic|uapi|net|crypto|drm|media|sound|scsi|rdma|trace|video|xen|dt-bindings|kunit|acpi|target|soc|pcmcia|misc|math-emu|keys|kvm|ras|rv|vdso|clocksource|cxl|hyperv|memory|ufs)\//;

/** What to do about a header that is not there; begins with a colon. Empty if nothing is known. */
export function headerHint(errors: string): string {
  const name = /fatal error: '([^'\n]{1,200})' file not found/.exec(errors)?.[1];
  if (name === undefined) return "";
  if (LIBC.test(name))
    return `: <${name}> belongs to the C library, which a kernel does not have; this is kernel C, with kmalloc() of <linux/slab.h>, printk() of <linux/printk.h>, <linux/string.h>`;
  if (KERNEL.test(name))
    return `: <${name}> is not among the headers of this package; give a kernel's source: --kernel-tree FOLDER`;
  return `: ${name} is in none of the folders that are searched; -I FOLDER adds one`;
}
