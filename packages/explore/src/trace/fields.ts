import { ExploreError } from "../error.ts";
import { PROPERTIES, type PropertyInfo } from "../properties.ts";

/** Takes a value of a file for what it should be. `where`: its place in the file. @throws {@link ExploreError} `TRACE` */
export type Read<T> = (value: unknown, where: string) => T;

/** Says what is wrong at a place of a file. */
export function wrong(where: string, what: string): ExploreError {
  return new ExploreError("TRACE", `${where === "" ? "" : `${where}: `}${what}`);
}

/** Most characters of a text. */
const MAX_TEXT = 4096;

/** A text of one line: what terminals obey is none. */
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

/** A whole number from `least` to below `end`. */
export const whole =
  (least: number, end: number): Read<number> =>
  (value, where) => {
    if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) < end) return value as number;
    throw wrong(where, `a whole number from ${least} to ${end - 1} should be here, not ${shown(value)}`);
  };

/** What is wrong with the name of a property that nobody knows. */
export function notJudged(name: unknown, own: readonly PropertyInfo[]): string {
  const names = [...PROPERTIES, ...own].map(({ name }) => name).join(", ");
  return `no property is called ${shown(name)}; there are ${names}. It cannot be judged: add --plugin FILE, the module that has it`;
}

/** A list, of at most so many. */
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

/** Names of the members of an object that need not be there. */
type Optional<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

/** An object: its members, and none else. Those named in `optional` may be missing. */
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

/** A value of a file in a message: short, and on one line. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const json = JSON.stringify(typeof value === "string" ? value.slice(0, 60) : value);
  return printable(json ?? String(value));
}

/** A text without what terminals obey. */
export function printable(value: string): string {
  return value.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}
