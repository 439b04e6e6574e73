import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "@kasan/guest";
import { writeWhole } from "../output.ts";

/** Lines that are kept. */
export const MOST_LINES = 1000;

const path = () => join(cacheFolder(), "shell-history");

/** The lines of earlier shells, the last one first; none if they cannot be read. */
export async function readHistory(): Promise<string[]> {
  const text = await readFile(path(), "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .slice(0, MOST_LINES);
}

/** Keeps lines for later shells, the last one first. A folder that cannot be written is no reason to complain each time. */
export async function writeHistory(lines: readonly string[]): Promise<void> {
  await mkdir(cacheFolder(), { recursive: true })
    .then(() => writeWhole(path(), `${lines.slice(0, MOST_LINES).join("\n")}\n`))
    .catch(() => {});
}
