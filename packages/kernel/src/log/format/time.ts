import type { FormatSource } from "./source.ts";

/** The fields of a `struct rtc_time` that are printed, in its order. */
const RTC_FIELDS = 6;

const digits = (value: number, count: number): string =>
  (value < 0 ? "-" : "") + String(Math.abs(value)).padStart(count - Number(value < 0), "0");

/**
 * `%ptR` (`struct rtc_time`) and `%ptT` (`time64_t`): d or t, the date or the time only; r, years and months as they are stored; s, a
 * space between the two.
 */
export function dateAndTime(at: bigint, extension: string, source: FormatSource): string {
  const fields = extension[1] === "T" ? fieldsOf(source.bytes(at, 8)) : storedFields(source.bytes(at, 4 * RTC_FIELDS));
  const [, only, how] = /^..([dt]?)([rs]*)/.exec(extension) ?? [];
  const [second, minute, hour, day, month, year] = fields;
  const raw = how.includes("r");
  const date = [digits(year + (raw ? 0 : 1900), 4), digits(month + (raw ? 0 : 1), 2), digits(day, 2)].join("-");
  const time = [hour, minute, second].map((field) => digits(field, 2)).join(":");
  if (only !== "") return only === "d" ? date : time;
  return date + (how.includes("s") ? " " : "T") + time;
}

function storedFields(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: RTC_FIELDS }, (_, i) => view.getInt32(4 * i, true));
}

const SECONDS_OF_DAY = 86_400;
/** The Gregorian calendar repeats itself after 400 years. */
const [CYCLE_YEARS, CYCLE_SECONDS] = [400, 146_097 * SECONDS_OF_DAY];

/** The fields of a number of seconds since 1970, in UTC (kernel/time/timeconv.c, `time64_to_tm()`). */
function fieldsOf(bytes: Uint8Array): number[] {
  const seconds = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigInt64(0, true);
  // A Date has fewer years than 64 bits of seconds.
  const cycle = BigInt(CYCLE_SECONDS);
  const inCycle = ((seconds % cycle) + cycle) % cycle;
  const cycles = Number((seconds - inCycle) / cycle);
  const date = new Date(Number(inCycle) * 1000);
  // tm_year is a `long` that is stored in an `int`.
  const year = Number(BigInt.asIntN(32, BigInt(date.getUTCFullYear() - 1900) + BigInt(cycles) * BigInt(CYCLE_YEARS)));
  const [hour, minute, second] = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  return [second, minute, hour, date.getUTCDate(), date.getUTCMonth(), year];
}
