import type { LogReader } from "./log-reader.ts";

/** Fields beyond this are no message of a kernel. */
const MAX_FIELD = 1024 * 1024;
const LINE_FEED = 0x0a;
/** The length of a field of bytes: 64 bits, little end first. */
const LENGTH_BYTES = 8;

/** The fields of an entry that make up its line. */
const FIELDS = new Set([
  "MESSAGE",
  "_TRANSPORT",
  "SYSLOG_IDENTIFIER",
  "_SOURCE_MONOTONIC_TIMESTAMP",
  "__MONOTONIC_TIMESTAMP",
]);

/**
 * Reads what `journalctl -o export` writes (systemd's Journal Export Format) as the log that the kernel's console shows: a line for each
 * message, with its time since boot. An entry is a block of `NAME=value` lines; a value with line feeds stands below its name, its length
 * before it.
 */
export async function readJournal(source: AsyncIterable<Uint8Array>, log: LogReader): Promise<void> {
  const lines: Buffer[] = [];
  const reader = new EntryReader((entry) => void lines.push(lineOf(entry)));
  for await (const chunk of source) {
    reader.push(chunk);
    await log.push(Buffer.concat(lines.splice(0)));
  }
  reader.end();
  await log.push(Buffer.concat(lines));
  await log.end();
}

type Entry = ReadonlyMap<string, Buffer>;

function lineOf(entry: Entry): Buffer {
  const message = entry.get("MESSAGE") ?? Buffer.alloc(0);
  const time = Number(entry.get("_SOURCE_MONOTONIC_TIMESTAMP") ?? entry.get("__MONOTONIC_TIMESTAMP") ?? Number.NaN);
  const stamp = Number.isFinite(time) ? `[${(time / 1e6).toFixed(6).padStart(12)}] ` : "";
  const transport = entry.get("_TRANSPORT")?.toString("latin1") ?? "kernel";
  const from = transport === "kernel" ? "" : `${entry.get("SYSLOG_IDENTIFIER")?.toString("utf8") ?? transport}: `;
  return Buffer.concat([Buffer.from(stamp + from), message, Buffer.from("\n")]);
}

/** Cuts a stream into entries. Holds at most one field beyond them. */
class EntryReader {
  private rest: Buffer = Buffer.alloc(0);
  private entry = new Map<string, Buffer>();
  /** A field of bytes whose name was read. */
  private name: string | undefined;
  /** Bytes of a field that is too long, still to be passed over. */
  private skip = 0;

  constructor(private readonly take: (entry: Entry) => void) {}

  push(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.rest, chunk]);
    let at = 0;
    for (let next = this.step(bytes, at); next !== undefined; next = this.step(bytes, at)) at = next;
    this.rest = bytes.subarray(at);
  }

  end(): void {
    if (this.rest.length > 0 && this.name === undefined && this.skip === 0) this.line(this.rest);
    this.finish();
  }

  /** Reads what begins at `at`; answers where it ends, or `undefined` if its end is not there yet. */
  private step(bytes: Buffer, at: number): number | undefined {
    if (this.skip > 0) return this.passOver(bytes, at);
    if (this.name !== undefined) return this.value(bytes, at, this.name);
    const end = bytes.indexOf(LINE_FEED, at);
    if (end >= 0) {
      this.line(bytes.subarray(at, end));
      return end + 1;
    }
    if (bytes.length - at <= MAX_FIELD) return undefined;
    this.line(bytes.subarray(at));
    return bytes.length;
  }

  private passOver(bytes: Buffer, at: number): number | undefined {
    const passed = Math.min(this.skip, bytes.length - at);
    this.skip -= passed;
    return passed === 0 ? undefined : at + passed;
  }

  /** A value with its length before it, and a line feed behind it. */
  private value(bytes: Buffer, at: number, name: string): number | undefined {
    if (bytes.length - at < LENGTH_BYTES) return undefined;
    const length = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
    const start = at + LENGTH_BYTES;
    if (length > MAX_FIELD) {
      this.name = undefined;
      this.skip = length + 1;
      return start;
    }
    if (bytes.length < start + length + 1) return undefined;
    this.set(name, bytes.subarray(start, start + length));
    this.name = undefined;
    return start + length + 1;
  }

  private line(line: Buffer): void {
    const equals = line.indexOf("=");
    if (line.length === 0) this.finish();
    else if (equals < 0) this.name = line.toString("latin1");
    else this.set(line.toString("latin1", 0, equals), line.subarray(equals + 1));
  }

  private set(name: string, value: Buffer): void {
    // A copy: the chunk is not kept for it.
    if (FIELDS.has(name)) this.entry.set(name, Buffer.from(value));
  }

  private finish(): void {
    if (this.entry.has("MESSAGE")) this.take(this.entry);
    this.entry = new Map();
  }
}
