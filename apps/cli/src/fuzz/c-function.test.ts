import { expect, it } from "vitest";
import { functionOf } from "./c-function.ts";

const SOURCE = `/* int commented(int a) { } */
int declared(int a);
static inline __must_check unsigned int first(const char *text, unsigned long long n)
{
}
void *second(void) __acquires(lock)
{
	return first(a, b);
}
struct pair third(struct foo *f, u8 bytes[16], int (*call)(int, int), const char *const name,
		  unsigned flags, char **end, ...)
{
}
`;

it.each([
  ["commented", undefined],
  ["declared", undefined],
  ["first", [true, "number", false]],
  ["second", [false, "pointer", false]],
  ["third", [false, "structure", true]],
])("reads the definition of %s", (name, expected) => {
  const found = functionOf(SOURCE, name);
  expect(found && [found.isStatic, found.returns, found.variadic]).toEqual(expected);
});

it("reads parameters", () => {
  const parametersOf = (name: string) =>
    functionOf(SOURCE, name)?.parameters.map(({ name, base, stars, constant }) => [name, base, stars, constant]);
  expect(parametersOf("first")).toEqual([
    ["text", "char", 1, true],
    ["n", "unsigned long long", 0, false],
  ]);
  expect(parametersOf("second")).toEqual([]);
  expect(parametersOf("third")).toEqual([
    ["f", "struct foo", 1, false],
    ["bytes", "u8", 1, false],
    ["call", "", 1, false],
    ["name", "char", 1, true],
    ["flags", "unsigned", 0, false],
    ["end", "char", 2, false],
  ]);
  expect(functionOf(SOURCE, "third")?.declaration).toBe(
    "struct pair third(struct foo *f, u8 bytes[16], int (*call)(int, int), const char *const name, unsigned flags, char **end, ...)",
  );
});
