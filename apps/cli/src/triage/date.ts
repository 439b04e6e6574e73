/** A time of day that a log puts before a line, in any of the ways in which logs are kept: with its offset from UTC, if it has one. */
const ISO = /\b(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,]\d{1,9})?(Z|[+-]\d\d:?\d\d)?/;
/** `dmesg -T`. */
const CTIME = /\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) \d\d:\d\d:\d\d (\d{4})\]/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** Times stand near the beginning of a line, or in the record that a line is. */
const SEARCHED = 4096;

/** The day of a line of a log, as `2024-06-04`, if the log says it. Syslog's stamps have no year. */
export function dayOfLine(raw: string): string | undefined {
  const text = raw.slice(0, SEARCHED);
  const iso = ISO.exec(text);
  if (iso) return dayOf(`${iso[1]}T${iso[2]}${iso[3] ?? "Z"}`);
  const [, month, day, year] = CTIME.exec(text) ?? [];
  if (month === undefined) return undefined;
  return dayOf(`${year}-${String(MONTHS.indexOf(month) + 1).padStart(2, "0")}-${day!.replace(" ", "0")}T00:00:00Z`);
}

/** The day of a point in time, in UTC; `undefined` if it is none. */
export function dayOf(date: string): string | undefined {
  const time = new Date(date.replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
  const year = time.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? time.toISOString().slice(0, 10) : undefined;
}
