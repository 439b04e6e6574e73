import type { CFunction, Parameter } from "./c-function.ts";

/** What a harness is written from. */
export interface HarnessParts {
  readonly target: CFunction;
  /** The file that defines the function, as the user named it. */
  readonly file: string;
  /** Headers to include, as they are written. */
  readonly headers: readonly string[];
  /** The file to include for a static function, as it is written. */
  readonly sourceFile: string;
  /** Whether one of the headers declares the function. */
  readonly isDeclared: boolean;
  /** The command that fuzzes it. */
  readonly command: string;
}

/** Integers, which are taken from the beginning of an input. */
const INTEGER =
  /^(?:bool|_Bool|(?:unsigned|signed)(?: (?:char|short|int|long)| (?:short|long) int| long long(?: int)?)?|char|short|int|long|long long|(?:__)?[us](?:8|16|32|64)|(?:__)?[lb]e(?:16|32|64)|u?int(?:8|16|32|64)_t|u(?:char|int|long|short)|s?size_t|loff_t|off_t|sector_t|pgoff_t|dma_addr_t|phys_addr_t|umode_t|time64_t|ktime_t|uintptr_t|enum \w+)$/;
/** What a pointer to bytes leads to. */
const BYTE = /^(?:(?:unsigned |signed )?char|void|(?:__)?[us]8|u?int8_t|uchar)$/;
const TEXT = /^char$/;
/** Names of parameters that say how much a pointer before them leads to. */
const LENGTH = /len|size|count|bytes|num|cnt|^n$|^sz$|_sz$|avail|limit/i;
/** Names that the macro takes, and that the harness itself has. */
const TAKEN = /^(?:data|datalen|front|next_text)$/;
/** Bytes that a function may write to where nothing says how many. */
const OUTPUT_BYTES = 4096;

/** How a parameter gets its argument. */
interface Argument {
  /** What is passed. */
  readonly value: string;
  /** A field of what the input begins with. */
  readonly front?: string;
  /** Lines that prepare it, after that was read. */
  readonly setUp?: readonly string[];
  /** Variables. */
  readonly variables?: readonly string[];
  /** Objects to free. */
  readonly frees?: readonly string[];
  /** Objects that must have been allocated. */
  readonly needs?: readonly string[];
  /** What the user has to look at. */
  readonly todo?: string;
}

/** A harness for a function: C that compiles as far as types allow, with notes on what is left to do. */
export function harnessOf(parts: HarnessParts): string {
  const { target, file, headers, sourceFile, isDeclared, command } = parts;
  const given = argumentsOf(target);
  const usesTexts = given.filter(({ value, setUp = [] }) => value && setUp.some((line) => line.includes("next_text(")));
  const standard = ["<linux/kfuzztest.h>", "<linux/slab.h>", "<linux/string.h>"];
  const own = headers.filter((header) => !standard.includes(header));
  const lines = [
    "// SPDX-License-Identifier: GPL-2.0",
    "/*",
    ` * A fuzz target for ${target.name}() of ${file}:`,
    " *",
    ` *     ${command}`,
    " */",
    ...standard.map((header) => `#include ${header}`),
    ...(target.isStatic
      ? [
          `/* ${target.name}() is static: its file is compiled as a part of this one; do not give it beside. */`,
          `#include ${sourceFile}`,
        ]
      : own.map((header) => `#include ${header}`)),
    "",
    ...(target.isStatic || isDeclared
      ? []
      : ["/* No header that the file includes declares it. */", `${target.declaration};`, ""]),
    ...(usesTexts.length > 0 ? [NEXT_TEXT] : []),
    `FUZZ_TEST_SIMPLE(${target.name})`,
    "{",
    ...bodyOf(target, given).map((line) => (line === "" ? "" : `\t${line}`)),
    "}",
    "",
  ];
  return lines.join("\n");
}

/** Takes texts from an input, in an object of its own each. */
const NEXT_TEXT = `/* The next text of an input: up to a zero, or to the input's end. */
static char *next_text(char **data, size_t *datalen)
{
	size_t length = strnlen(*data, *datalen);
	size_t used = length < *datalen ? length + 1 : length;
	char *text = kmemdup_nul(*data, length, GFP_KERNEL);

	*data += used;
	*datalen -= used;
	return text;
}
`;

function bodyOf(target: CFunction, given: readonly Argument[]): string[] {
  const all = <K extends "variables" | "setUp" | "frees" | "needs">(what: K) => given.flatMap((one) => one[what] ?? []);
  const fronts = given.flatMap(({ front }) => front ?? []);
  const todos = given.flatMap(({ todo }) => todo ?? []);
  if (target.variadic) todos.push("the function takes more arguments than it names");
  if (target.returns === "pointer") todos.push("free what the function returns, if it is the caller's");
  const called = `${target.name}(${given.map(({ value }) => value).join(", ")});`;
  // A function that only computes something is left out by the compiler if nobody looks at that.
  const result = RESULTS[target.returns];
  const call = result ? `result = ${called}` : called;
  const needs = all("needs");
  const block = (lines: readonly string[]) => (lines.length > 0 ? [...lines, ""] : []);
  const variables = [
    ...(fronts.length > 0 ? ["struct {", ...fronts.map((field) => `\t${field}`), "} __packed front;"] : []),
    ...all("variables"),
    ...(result ? [result.variable] : []),
  ];
  return [
    ...block(variables),
    ...(fronts.length > 0
      ? block([
          "/* An input begins with the numbers. */",
          "if (datalen < sizeof(front))",
          "\treturn -EINVAL;",
          "memcpy(&front, data, sizeof(front));",
          "data += sizeof(front);",
          "datalen -= sizeof(front);",
        ])
      : []),
    ...all("setUp"),
    ...todos.map((todo) => `/* TODO: ${todo}. */`),
    ...(needs.length > 0 ? [`if (${needs.join(" && ")})`, `\t${call}`] : [call]),
    ...all("frees").map((object) => `kfree(${object});`),
    result?.end ?? "return 0;",
  ];
}

/** What is done with a function's result. */
const RESULTS: Partial<Record<CFunction["returns"], { readonly variable: string; readonly end: string }>> = {
  number: { variable: "ssize_t result = 0;", end: "return result;" },
  pointer: { variable: "const void *result = NULL;", end: "return result != NULL;" },
};

/** The arguments for each of a function's parameters. */
function argumentsOf({ parameters }: CFunction): Argument[] {
  const isLength = (index: number) => {
    const [before, own] = [parameters[index - 1], parameters[index]];
    return before?.stars === 1 && own.stars === 0 && INTEGER.test(own.base) && LENGTH.test(own.name) && isPlain(before);
  };
  const isCounted = (index: number) => index + 1 < parameters.length && isLength(index + 1);
  const isConstantInput = (one: Parameter, index: number) =>
    one.constant && one.stars === 1 && isPlain(one) && (TEXT.test(one.base) || isCounted(index));
  // What is constant is an input; what is not is written to, unless nothing else is an input.
  const hasInput = parameters.some((one, index) => isConstantInput(one, index) || (isText(one) && one.stars === 2));
  const isInput = (one: Parameter) => !hasInput || one.constant || one.stars === 2;
  const pairs = parameters.filter((one, index) => isCounted(index) && isInput(one));
  const texts = parameters.filter((one, index) => isText(one) && isInput(one) && !isCounted(index));
  const rest = pairs.at(-1);
  return parameters.flatMap((one, index): Argument[] => {
    if (index > 0 && isLength(index)) return [];
    if (isCounted(index)) {
      if (!isInput(one)) return outputPair(one);
      return one === rest ? restOf(one) : partOf(one, parameters[index + 1]);
    }
    if (texts.includes(one)) return [textOf(one, texts.length > 1 || rest !== undefined)];
    return [otherValue(one)];
  });
}

/** Whether a parameter is a pointer to bytes or numbers, and to no structure. */
const isPlain = ({ base }: Parameter): boolean => BYTE.test(base) || INTEGER.test(base);

const isText = ({ base, stars }: Parameter): boolean => TEXT.test(base) && (stars === 1 || stars === 2);

/** A parameter's name, as a variable. */
const variableOf = ({ name }: Parameter): string => (TAKEN.test(name) ? `${name}_argument` : name);

const constOf = ({ constant }: Parameter): string => (constant ? "const " : "");

/** A pointer to the input, as a parameter has it. */
const cast = (one: Parameter, value: string): string =>
  TEXT.test(one.base) || one.base === "void" ? value : `(${constOf(one)}${one.base} *)${value}`;

const counted = ({ base }: Parameter, bytes: string): string =>
  BYTE.test(base) ? bytes : `${bytes} / sizeof(${base})`;

/** All that is left of an input, and its length. */
const restOf = (one: Parameter): Argument[] => [{ value: cast(one, "data") }, { value: counted(one, "datalen") }];

/** A part of an input whose length stands at its beginning, in an object of its own. */
function partOf(one: Parameter, length: Parameter): Argument[] {
  const [name, size] = [variableOf(one), variableOf(length)];
  return [
    {
      value: name,
      variables: [`${TEXT.test(one.base) ? "char" : one.base} *${name};`],
      frees: [name],
      needs: [name],
    },
    {
      value: counted(one, size),
      front: `u16 ${size};`,
      variables: [`size_t ${size};`],
      setUp: [
        `${size} = front.${size} < datalen ? front.${size} : datalen;`,
        `${name} = kmemdup(data, ${size}, GFP_KERNEL);`,
        `data += ${size};`,
        `datalen -= ${size};`,
      ],
    },
  ];
}

/** An object to write to, and its length. */
function outputPair(one: Parameter): Argument[] {
  const name = variableOf(one);
  const base = one.base === "void" ? "char" : one.base;
  return [
    {
      value: name,
      variables: [`${base} *${name};`],
      setUp: [`${name} = kzalloc(${OUTPUT_BYTES}, GFP_KERNEL);`],
      frees: [name],
      needs: [name],
      todo: `${one.name} is taken for something that is written to; make it as long as callers do`,
    },
    { value: counted(one, String(OUTPUT_BYTES)) },
  ];
}

/** A text that ends with a zero. `shared`: others come after it. */
function textOf(one: Parameter, shared: boolean): Argument {
  const name = variableOf(one);
  const begin = one.stars === 2 ? `${name}_start` : name;
  const setUp = [
    `${begin} = ${shared ? "next_text(&data, &datalen)" : "kmemdup_nul(data, datalen, GFP_KERNEL)"};`,
    ...(one.stars === 2 ? [`${name} = ${begin};`] : []),
  ];
  const variables = one.stars === 2 ? [`char *${begin};`, `${constOf(one)}char *${name};`] : [`char *${begin};`];
  return { value: one.stars === 2 ? `&${name}` : name, variables, setUp, frees: [begin], needs: [begin] };
}

/** Anything else. */
function otherValue(one: Parameter): Argument {
  const { base, stars, text } = one;
  const name = variableOf(one);
  if (base === "") return { value: "NULL", todo: `a function to call: ${text}` };
  if (stars === 0 && base === "gfp_t") return { value: "GFP_KERNEL" };
  if (stars === 0 && /^(?:bool|_Bool)$/.test(base)) return { value: `front.${name} & 1`, front: `u8 ${name};` };
  if (stars === 0 && INTEGER.test(base)) return { value: `front.${name}`, front: `${base} ${name};` };
  if (stars === 0) {
    return { value: name, variables: [`${base} ${name} = {};`], todo: `${name} is all zeros; fill it in` };
  }
  if (stars > 1) {
    const pointer = `${base} ${"*".repeat(stars - 1)}${name} = NULL;`;
    return {
      value: `(void *)&${name}`,
      variables: [pointer],
      todo: `${name} is NULL; set it, or free what it is set to`,
    };
  }
  if (INTEGER.test(base) && !one.constant && !BYTE.test(base))
    return { value: `&${name}`, variables: [`${base} ${name} = 0;`] };
  const size = isPlain(one) ? String(OUTPUT_BYTES) : `sizeof(*${name})`;
  const type = base === "void" ? "char" : base;
  const todo = isPlain(one)
    ? `${name} has ${OUTPUT_BYTES} bytes of zeros; make it what callers pass: ${text}`
    : `${name} is all zeros; fill it in as callers do: ${text}`;
  const setUp = [`${name} = kzalloc(${size}, GFP_KERNEL);`];
  return { value: name, variables: [`${type} *${name};`], setUp, frees: [name], needs: [name], todo };
}
