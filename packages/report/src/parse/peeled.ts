/** A line without what the way from the kernel to here put in front of it. */
export interface PeeledLine {
  /** The kernel's text, without trailing carriage returns, colours and non-breaking blanks. A message of several lines has line feeds in it. */
  readonly text: string;
  /** The stream of lines that it belongs to. All lines of a report have the same context. */
  readonly context: string;
  /** The caller, from `CONFIG_PRINTK_CALLER`: `T123` is a task, `C1` a CPU in an interrupt. */
  readonly caller?: string | undefined;
  /** Seconds since boot. */
  readonly time?: number | undefined;
  /** Whether it is a message of several lines. */
  readonly several: boolean;
}

/** Lines have one shape, however they come: what handles them is faster then. */
export function peeled(
  text: string,
  context: string,
  caller: string | undefined,
  time: number | undefined,
  several: boolean,
): PeeledLine {
  return { text, context, caller, time, several };
}
