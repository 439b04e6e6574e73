import { type PeeledLine, peeled } from "./peeled.ts";

/** A line of LAVA's log, which is YAML: a list of flow mappings. Newer ones are JSON, too. */
const LAVA =
  /^- \{"?dt"?: *['"][^'"]{1,40}['"], *"?lvl"?: *"?(\w{1,16})"?, (?:"?ns"?: *[^,]{1,80}, )?"?msg"?: *(.*)\}$/;
/** The fields that collectors put a line into. */
const COLLECTED = /"(?:log|message|msg)" ?:/;
/** What LAVA passes on from a machine's console. Other levels are its own words. */
const CONSOLES = ["target", "feedback"];

/**
 * The kernel's line in a line that a tool wrote as a record: journalctl's JSON, Docker's and other collectors', LAVA's YAML. `undefined` for
 * lines that are none.
 *
 * @param peel - takes the prefixes off a line that is no record
 */
export function readRecord(line: string, peel: (line: string) => PeeledLine): PeeledLine | undefined {
  // Records of a JSON text sequence begin with a record separator (RFC 7464).
  const text = line.charCodeAt(0) === 0x1e ? line.slice(1) : line;
  if (text.startsWith("{")) return text.includes('"MESSAGE"') ? fromJournal(text) : fromJson(text, peel);
  return text.startsWith("- {") ? fromLava(text, peel) : undefined;
}

function fromJournal(text: string): PeeledLine | undefined {
  const { MESSAGE: message, ...fields } = (parse(text) ?? {}) as Record<string, unknown>;
  const time = Number(fields["_SOURCE_MONOTONIC_TIMESTAMP"] ?? fields["__MONOTONIC_TIMESTAMP"]) / 1e6;
  // Bytes that are no UTF-8 come as numbers.
  const words = Array.isArray(message) ? new TextDecoder().decode(Uint8Array.from(message)) : message;
  if (typeof words !== "string") return undefined;
  return peeled(words, "console", undefined, Number.isFinite(time) ? time : undefined, words.includes("\n"));
}

/** A record of a collector of logs: Docker's `log`, others' `message` and `msg`. */
function fromJson(text: string, peel: (line: string) => PeeledLine): PeeledLine | undefined {
  if (!COLLECTED.test(text)) return undefined;
  const { log, message = log, msg = message } = (parse(text) ?? {}) as Record<string, unknown>;
  // Docker keeps the line's ending.
  return typeof msg === "string" ? peel(msg.replace(/\r?\n$/, "")) : undefined;
}

function fromLava(text: string, peel: (line: string) => PeeledLine): PeeledLine | undefined {
  const [, level, message = ""] = LAVA.exec(text) ?? [];
  const words = message.startsWith('"') ? parse(message) : unquoted(message);
  if (level === undefined || typeof words !== "string") return undefined;
  return CONSOLES.includes(level) ? peel(words) : peeled(words, "lava", undefined, undefined, words.includes("\n"));
}

/** A scalar of YAML: in single quotes, or plain. */
function unquoted(scalar: string): string {
  const quoted = /^'(.*)'$/.exec(scalar)?.[1];
  return quoted?.replaceAll("''", "'") ?? scalar;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
