/** A record of a kernel's log. */
export interface LogRecord {
  /** Its number, from 0 on; -1 where the kernel does not number records. */
  readonly sequence: number;
  /** When it was written, in nanoseconds after boot. */
  readonly nanoseconds: bigint;
  /** Its level: 0 emergency … 7 debug (include/linux/kern_levels.h). */
  readonly level: number;
  /** Its syslog facility: 0 is the kernel. */
  readonly facility: number;
  /** Who wrote it: a task's number, or a CPU's with bit 31 set (`printk_caller_id`); `undefined` before Linux 5.10. */
  readonly caller: number | undefined;
  /** Its text: one line, or several. */
  readonly text: string;
}

/** A kernel's log. */
export interface KernelLog {
  /** Its records, oldest first. */
  readonly records: readonly LogRecord[];
  /** What could not be read, for people to read. */
  readonly warnings: readonly string[];
}

/** How {@link logText} spells records. */
export interface LogTextOptions {
  /** Whether each line says who wrote it, as kernels with CONFIG_PRINTK_CALLER print. */
  readonly caller?: boolean;
}

/** Records as a console shows them: each line after its time, and after its writer if that is wanted. Ends with a newline. */
export function* logText(records: Iterable<LogRecord>, { caller = false }: LogTextOptions = {}): Generator<string> {
  for (const record of records) {
    const prefix = `[${spellTime(record.nanoseconds)}]${caller ? spellCaller(record.caller) : ""} `;
    for (const line of record.text.split("\n")) yield `${prefix}${line}\n`;
  }
}

/** Seconds and microseconds: `   33.650015` (`print_time` in kernel/printk/printk.c). */
function spellTime(nanoseconds: bigint): string {
  const seconds = String(nanoseconds / 1_000_000_000n).padStart(5);
  return `${seconds}.${String((nanoseconds % 1_000_000_000n) / 1000n).padStart(6, "0")}`;
}

/** Who wrote a record, as kernels spell it: `T97`, a task; `C1`, a CPU outside of any task (`print_caller`). */
export function callerName(caller: number): string {
  return caller & 0x80000000 ? `C${caller & 0x7fffffff}` : `T${caller}`;
}

const spellCaller = (caller: number | undefined) => (caller === undefined ? "" : `[${callerName(caller).padStart(6)}]`);
