/** The kernel's log levels (`include/linux/kern_levels.h`), as far as reports use them. */
export const LEVEL = {
  /** `KERN_EMERG`: the system is unusable. */
  EMERG: 0,
  /** `KERN_ALERT`: action must be taken now. */
  ALERT: 1,
  /** `KERN_CRIT`: critical conditions. */
  CRIT: 2,
  /** `KERN_ERR`: error conditions. Most of a report. */
  ERR: 3,
  /** `KERN_WARNING`: warning conditions. The dump of a page. */
  WARNING: 4,
  /** `KERN_INFO`: informational. */
  INFO: 6,
  /** `KERN_DEFAULT`: what `CONFIG_MESSAGE_LOGLEVEL_DEFAULT` says, 4 unless changed. Saved stacks. */
  DEFAULT: 4,
} as const;

/** One record of the kernel log: no time stamp, no line feed. */
export interface ReportLine {
  /** Log level, 0 … 7; see {@link LEVEL}. */
  readonly level: number;
  /** The text. Empty for the blank lines between the parts of a report. */
  readonly text: string;
}

/** Lines of one level. */
export function lines(level: number, ...texts: readonly string[]): ReportLine[] {
  return texts.map((text) => ({ level, text }));
}

/** The line between the parts of a report. */
export const BLANK: ReportLine = { level: LEVEL.ERR, text: "" };
