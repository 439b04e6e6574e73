import { ExploreError } from "../error.ts";
import { PROPERTIES, type PropertyInfo } from "../properties.ts";

/** Validates a value from a file. `where`: its location in the file. @throws {@link ExploreError} `TRACE` */
export type Read<T> = (value: unknown, where: string) => T;

/** Creates the error for an invalid value at a location of a file. */
export function wrong(where: string, what: string): ExploreError {
  return new ExploreError("TRACE", `${where === "" ? "" : `${where}: `}${what}`);
}

/** Maximum number of characters of a text. */
const MAX_TEXT = 4096;

/** A text of one line, without control characters. */
export const text: Read<string> = (value, where) => {
  if (typeof value !== "string") throw wrong(where, `a text should be here, not ${shown(value)}`);
  if (value.length <= MAX_TEXT && !/[\u0000-\u001f\u007f-\u009f]/.test(value)) return value;
  throw wrong(where, `a text of at most ${MAX_TEXT} characters, none of them a control character, should be here`);
};

/** `true` or `false`. */
export const flag: Read<boolean> = (value, where) => {
  if (typeof value === "boolean") return value;
  throw wrong(where, `true or false should be here, not ${shown(value)}`);
};

/** A number. */
export const number: Read<number> = (value, where) => {
  if (typeof value === "number") return value;
  throw wrong(where, `a number should be here, not ${shown(value)}`);
};

/** An integer from `least` to below `end`. */
export const whole =
  (least: number, end: number): Read<number> =>
  (value, where) => {
    if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) < end) return value as number;
    throw wrong(where, `a whole number from ${least} to ${end - 1} should be here, not ${shown(value)}`);
  };

/** The message for an unknown property name. */
export function notJudged(name: unknown, own: readonly PropertyInfo[]): string {
  const names = [...PROPERTIES, ...own].map(({ name }) => name).join(", ");
  return `no property is called ${shown(name)}; there are ${names}. It cannot be judged: add --plugin FILE, the module that has it`;
}

/** A list with limited length. */
export const list =
  <T>(item: Read<T>, most = Number.POSITIVE_INFINITY): Read<T[]> =>
  (value, where) => {
    if (!Array.isArray(value)) throw wrong(where, `a list should be here, not ${shown(value)}`);
    if (value.length > most) throw wrong(where, `a list of at most ${most} should be here, not of ${value.length}`);
    return value.map((one, index) => item(one, `${where}[${index}]`));
  };

/** Two values. */
export const pair =
  <A, B>(first: Read<A>, second: Read<B>): Read<[A, B]> =>
  (value, where) => {
    if (Array.isArray(value) && value.length === 2)
      return [first(value[0], `${where}[0]`), second(value[1], `${where}[1]`)];
    throw wrong(where, `a list of two should be here, not ${shown(value)}`);
  };

/** Names of an object's optional members. */
type Optional<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

/** An object with exactly the given members. Those named in `optional` may be missing. */
export const object =
  <T extends object>(
    members: { readonly [K in keyof T]-?: Read<NonNullable<T[K]>> },
    ...optional: Optional<T>[]
  ): Read<T> =>
  (value, where) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw wrong(where, `an object should be here, not ${shown(value)}`);
    }
    const names = Object.keys(members) as (keyof T & string)[];
    const unknown = Object.keys(value).find((name) => !names.includes(name as keyof T & string));
    if (unknown !== undefined)
      throw wrong(where, `nothing is called ${shown(unknown)} here; there are ${names.join(", ")}`);
    const read: Partial<T> = {};
    for (const name of names) {
      const at = where === "" ? name : `${where}.${name}`;
      if (Object.hasOwn(value, name)) read[name] = members[name]((value as T)[name], at);
      else if (!optional.includes(name as never)) throw wrong(at, "is missing");
    }
    return read as T;
  };

/** Formats a value from a file for a message: short, and on one line. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const json = JSON.stringify(typeof value === "string" ? value.slice(0, 60) : value);
  return printable(json ?? String(value));
}

/** Removes control characters from a text. */
export function printable(value: string): string {
  return value.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}
