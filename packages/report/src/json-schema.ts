/** A JSON schema, or a part of one: the keywords of 2020-12 that this package uses. */
export type JsonSchema = Readonly<Record<string, unknown>>;

// Each schema file of this package defines these under `$defs`.

/** An address. */
export const ADDRESS: JsonSchema = { $ref: "#/$defs/address" };
/** A number in hex. */
export const HEX: JsonSchema = { $ref: "#/$defs/hex" };
/** An integer from 0 on. */
export const COUNT: JsonSchema = { $ref: "#/$defs/count" };
/** An integer from 0 to 255. */
export const BYTE: JsonSchema = { $ref: "#/$defs/byte" };
/** An integer from 1 on. */
export const SOURCE_LINE: JsonSchema = { $ref: "#/$defs/sourceLine" };
/** A frame. */
export const FRAME: JsonSchema = { $ref: "#/$defs/frame" };
/** Frames, innermost first. */
export const STACK: JsonSchema = { $ref: "#/$defs/stack" };
/** A task. */
export const TASK: JsonSchema = { $ref: "#/$defs/task" };
/** An allocation or a free. */
export const TRACK: JsonSchema = { $ref: "#/$defs/track" };
/** Text. */
export const TEXT: JsonSchema = { type: "string" };
/** An integer of either sign. */
export const INTEGER: JsonSchema = { type: "integer" };
/** True or false. */
export const FLAG: JsonSchema = { type: "boolean" };

/** What a crash is called. */
export const CRASH_TITLE: JsonSchema = {
  description: "The crash, by the rules of triage systems: `KASAN: slab-out-of-bounds Write in foo`.",
  ...TEXT,
};

/** One of some words or numbers. */
export function oneOf(...values: readonly (string | number)[]): JsonSchema {
  return { enum: values };
}

/** A list. */
export function listOf(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

/** An object with these properties and no others. */
export function record(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): JsonSchema {
  return {
    type: "object",
    ...(required.length > 0 && { required }),
    additionalProperties: false,
    properties,
  };
}

/** A schema with its description. */
export function described(description: string, schema: JsonSchema): JsonSchema {
  return { description, ...schema };
}
