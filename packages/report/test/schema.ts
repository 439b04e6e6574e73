/** The part of JSON Schema 2020-12 that `run.schema.json` uses. An unknown keyword is an error. */
interface Schema {
  [keyword: string]: unknown;
}

const NOTES = new Set(["$schema", "$id", "$defs", "title", "description"]);

/** The errors in `value`, as `path: complaint`; empty if there are none. */
export function validate(value: unknown, schema: Schema, root: Schema = schema, path = "$"): string[] {
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    if (NOTES.has(keyword)) return [];
    const check = KEYWORDS[keyword];
    return check ? check(value, rule as never, { schema, root, path }) : [`${path}: unknown keyword ${keyword}`];
  });
}

interface Place {
  schema: Schema;
  root: Schema;
  path: string;
}

type Check = (value: unknown, rule: never, place: Place) => string[];

const expectThat = (fine: boolean, { path }: Place, complaint: string) => (fine ? [] : [`${path}: ${complaint}`]);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const KEYWORDS: Record<string, Check> = {
  $ref: (value, rule: string, { root, path }) => {
    const name = rule.replace("#/$defs/", "");
    return validate(value, (root.$defs as Record<string, Schema>)[name]!, root, path);
  },
  anyOf: (value, rule: Schema[], place) =>
    expectThat(
      rule.some((schema) => validate(value, schema, place.root).length === 0),
      place,
      "none of anyOf",
    ),
  type: (value, rule: string, place) => {
    const types: Record<string, boolean> = {
      object: isObject(value),
      array: Array.isArray(value),
      integer: Number.isInteger(value),
      number: typeof value === "number",
      string: typeof value === "string",
      boolean: typeof value === "boolean",
    };
    return expectThat(types[rule]!, place, `not ${rule}`);
  },
  const: (value, rule: unknown, place) => expectThat(value === rule, place, `not ${rule}`),
  enum: (value, rule: unknown[], place) => expectThat(rule.includes(value), place, `not one of ${rule}`),
  pattern: (value, rule: string, place) => expectThat(new RegExp(rule).test(String(value)), place, `not ${rule}`),
  minimum: (value, rule: number, place) => expectThat((value as number) >= rule, place, `below ${rule}`),
  maximum: (value, rule: number, place) => expectThat((value as number) <= rule, place, `above ${rule}`),
  maxItems: (value, rule: number, place) => expectThat((value as unknown[]).length <= rule, place, "too many items"),
  items: (value, rule: Schema, { root, path }) =>
    Array.isArray(value) ? value.flatMap((item, i) => validate(item, rule, root, `${path}[${i}]`)) : [],
  required: (value, rule: string[], place) =>
    rule.flatMap((key) => expectThat(isObject(value) && key in value, place, `no ${key}`)),
  properties: (value, rule: Record<string, Schema>, { root, path }) =>
    isObject(value)
      ? Object.entries(rule).flatMap(([key, schema]) =>
          key in value ? validate(value[key], schema, root, `${path}.${key}`) : [],
        )
      : [],
  additionalProperties: (value, rule: boolean, place) =>
    rule || !isObject(value)
      ? []
      : Object.keys(value).flatMap((key) =>
          expectThat(key in (place.schema.properties as object), place, `additional ${key}`),
        ),
};
