import { type FunctionSpec, typeName } from "../rewrite/emitter.ts";
import { Type } from "../wasm/opcodes.ts";

const LETTERS: Readonly<Record<string, number>> = { l: Type.i64, i: Type.i32 };

function typeOf(letter: string, signature: string): number {
  const type = LETTERS[letter];
  if (type === undefined) throw new RangeError(`"${letter}" in the signature "${signature}" is not a type`);
  return type;
}

/**
 * The wasm type of a kernel function's signature, such as `"li:l"`.
 *
 * @throws RangeError for an unknown letter
 */
export function parseSignature(signature: string): FunctionSpec {
  const [params, result = ""] = signature.split(":");
  return {
    params: Array.from(params, (letter) => typeOf(letter, signature)),
    results: result === "v" ? [] : [typeOf(result, signature)],
  };
}

/** Whether two function types are the same. */
export function sameType(a: FunctionSpec, b: FunctionSpec): boolean {
  return a.params.join() === b.params.join() && a.results.join() === b.results.join();
}

/** A function type in readable form: `(i64, i32) -> i64`. */
export function describeType({ params, results }: FunctionSpec): string {
  return `(${params.map(typeName).join(", ")})${results.length > 0 ? ` -> ${results.map(typeName).join(", ")}` : ""}`;
}
