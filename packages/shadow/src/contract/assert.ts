/** Some members of an object, for {@link matches} to compare with. */
type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members => typeof value === "object" && value !== null;

function isSame(actual: unknown, expected: unknown): boolean {
  if (Object.is(actual, expected)) return true;
  if (!isObject(actual) || !isObject(expected) || Array.isArray(actual) !== Array.isArray(expected)) return false;
  const keys = Object.keys(expected);
  return (
    keys.length === Object.keys(actual).length &&
    keys.every((key) => Object.hasOwn(actual, key) && isSame(actual[key], expected[key]))
  );
}

/** Whether a value is an instance of a class. Its members may lead to all of a machine, so it is shown by its name. */
const isInstance = (value: unknown): value is object =>
  isObject(value) && !Array.isArray(value) && ![Object.prototype, null].includes(Object.getPrototypeOf(value));

function show(value: unknown): string {
  if (typeof value === "bigint") return `0x${value.toString(16)}`;
  if (Object.is(value, -0)) return "-0";
  if (isInstance(value)) return `[${value.constructor.name}]`;
  if (!isObject(value)) return typeof value === "string" ? JSON.stringify(value) : String(value);
  const isWord = (part: unknown) => typeof part === "bigint" || part === undefined || isInstance(part);
  const text = JSON.stringify(value, (_, part) => (isWord(part) ? show(part) : part));
  return text.length > 400 ? `${text.slice(0, 400)} …` : text;
}

/**
 * Fails unless a condition is true.
 *
 * @throws Error with `message`
 */
export function holds(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/**
 * Fails unless two values are the same: numbers and strings by `Object.is`, lists and plain objects member by member.
 *
 * @param what What is compared, to begin the message: `the frame of page 3`.
 * @throws Error that shows both
 */
export function equal<Value>(actual: Value, expected: Value, what: string): void {
  if (!isSame(actual, expected)) throw new Error(`${what}: ${show(actual)}, expected ${show(expected)}`);
}

/**
 * Fails unless an object has these members; it may have others.
 *
 * @throws Error that names the member that differs
 */
export function matches(actual: unknown, expected: object, what: string): void {
  if (!isObject(actual)) throw new Error(`${what}: ${show(actual)}, expected an object`);
  for (const [key, value] of Object.entries(expected)) equal(actual[key], value, `${key} of ${what}`);
}

/**
 * Fails unless a function throws an error with this `code`, whose message contains `words`.
 *
 * @throws Error that says what happened instead
 */
export function refuses(body: () => unknown, code: string, words: string, what: string): void {
  let thrown: unknown;
  try {
    body();
  } catch (error) {
    thrown = error;
  }
  holds(thrown !== undefined, `${what}: nothing was thrown, expected an error ${code}`);
  const { code: actual, message } = thrown as { code?: unknown; message?: unknown };
  const fits = actual === code && String(message).includes(words);
  if (!fits) throw new Error(`${what}: threw ${show(actual)} ${show(message)}, expected ${code} with ${show(words)}`);
}
