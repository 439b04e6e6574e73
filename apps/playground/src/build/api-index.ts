import type { ApiEntry } from "../api-entry.ts";

/** Names that are internal to the headers or the machine. */
const INTERNAL = /^(?:__|_[A-Z]|kasan_guest_|KASAN_GUEST_)|_noprof$/;

const COMMENT = String.raw`(?:\/\*(?<comment>(?:(?!\*\/)[\s\S])*)\*\/\n)?`;
const FUNCTION = new RegExp(
  String.raw`^${COMMENT}(?<type>(?!typedef|return|else)[a-z_][\w \t]*?[ \t*]+)(?<name>\w+)\((?<parameters>(?:[^(){};#]|\([^(){};]*\))*)\)(?:\s*__\w+(?:\([^)]*\))?)*\s*(?:;|\{)`,
  "gm",
);
const MACRO = new RegExp(String.raw`^${COMMENT}#define (?<name>\w+)\((?<parameters>[^)]*)\)`, "gm");
const CONSTANT = new RegExp(String.raw`^${COMMENT}#define (?<name>\w+)[ \t]+(?<value>[^\n\\]+)$`, "gm");
const TYPE = new RegExp(String.raw`^${COMMENT}(?<type>struct|union|enum) (?<name>\w+) \{`, "gm");

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

/** What a comment says, without its frame; nothing for a license. */
function commentText(comment: string | undefined): { readonly comment?: string } {
  const text = oneLine((comment ?? "").replaceAll(/^\s*\*+/gm, " "));
  return text === "" || text.startsWith("SPDX") ? {} : { comment: text };
}

/** The API that headers declare, by name. */
export function apiOf(headers: Readonly<Record<string, string>>): ApiEntry[] {
  const entries = new Map<string, ApiEntry>();
  for (const [header, text] of Object.entries(headers))
    for (const entry of entriesIn(header, text))
      if (!INTERNAL.test(entry.name) && !entries.has(entry.name)) entries.set(entry.name, entry);
  return [...entries.values()];
}

function* entriesIn(header: string, text: string): Generator<ApiEntry> {
  const found = (pattern: RegExp) => [...text.matchAll(pattern)].map(({ groups }) => groups!);
  for (const { name, type, parameters, comment } of found(FUNCTION)) {
    const returned = type!.replaceAll(/\b(?:static|extern|inline|__always_inline|__must_check|noinline)\b/g, "");
    const signature = `${oneLine(returned)} ${name}(${oneLine(parameters!)})`.replace("* ", "*");
    yield { name: name!, kind: "function", signature, header, ...commentText(comment) };
  }
  for (const { name, parameters, comment } of found(MACRO))
    yield {
      name: name!,
      kind: "macro",
      signature: `${name}(${oneLine(parameters!)})`,
      header,
      ...commentText(comment),
    };
  for (const { name, value, comment } of found(CONSTANT))
    yield { name: name!, kind: "constant", signature: `${name} = ${oneLine(value!)}`, header, ...commentText(comment) };
  for (const { type, name, comment } of found(TYPE))
    yield { name: name!, kind: "type", signature: `${type} ${name}`, header, ...commentText(comment) };
}
