import type { Program } from "../protocol.ts";
import { changedSettings, DEFAULTS, type Settings, settingsFrom } from "../settings.ts";

/** What a link holds. */
export interface Shared {
  readonly program: Program;
  readonly settings: Settings;
}

/** A fragment of a link that cannot be used. */
class LinkError extends Error {
  override name = "LinkError";
}

const PREFIX = "#p=";
/** Longer links are refused: no program for a page is that long, and a short link must not decompress to a gigabyte. */
const MOST_LINK = 200_000;
const MOST_TEXT = 1_000_000;
/** The name of a file in the current folder. */
const FILE = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}\.c$/;

/** The name for a C file that has any name. */
export function programName(given: string): string {
  const plain = given.replace(/\.c$/i, "").replaceAll(/[^\w.-]/g, "_");
  return `${plain.replace(/^[.-]+/, "").slice(0, 80) || "bug"}.c`;
}

/**
 * The fragment that shares a program and its settings.
 *
 * @throws {@link LinkError} if the program is too long: no page would open the link
 */
export async function fragmentOf({ program: { name, text }, settings }: Shared): Promise<string> {
  const json = JSON.stringify({ name, text, ...changedSettings(settings) });
  const bytes = await new Response(
    new Blob([json]).stream().pipeThrough(new CompressionStream("deflate-raw")),
  ).arrayBuffer();
  const binary = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  const fragment = PREFIX + btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  if (json.length > MOST_TEXT || fragment.length > MOST_LINK) throw new LinkError("the program is too long for a link");
  return fragment;
}

/**
 * Reads a fragment; undefined if it is none of this page's.
 *
 * @throws {@link LinkError} if it is damaged, or too long
 */
export async function sharedIn(fragment: string): Promise<Shared | undefined> {
  if (!fragment.startsWith(PREFIX)) return undefined;
  if (fragment.length > MOST_LINK) throw new LinkError("this link is too long");
  const value = parsed(await decompressed(fragment.slice(PREFIX.length)));
  const { name, text, ...settings } = value;
  if (typeof text !== "string" || typeof name !== "string" || !FILE.test(name))
    throw new LinkError("this link has no program in it");
  return { program: { name, text }, settings: settingsFrom({ ...DEFAULTS, ...settings }) };
}

async function decompressed(encoded: string): Promise<string> {
  try {
    const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      text += decoder.decode(value, { stream: true });
      if (text.length > MOST_TEXT) break;
    }
    await reader.cancel();
  } catch {
    throw new LinkError("this link is damaged: a part of it may be missing");
  }
  throw new LinkError("this link holds too much");
}

function parsed(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Below.
  }
  throw new LinkError("this link has no program in it");
}
