import { isKnownBugType } from "@kasan/shadow";

/** A program that comes with the page. */
export interface Example {
  /** The file's name. */
  readonly name: string;
  /** The kind of bug, as reports name it; undefined if there is none. */
  readonly bug: string | undefined;
  /** What happens, in a sentence or two. */
  readonly about: string;
  readonly text: string;
}

/** An example as its first comment, behind the one that names the license, describes it: `KIND: what happens`. */
export function exampleOf(name: string, text: string): Example {
  const comment = /\/\*(?! SPDX)(.*?)\*\//s.exec(text)?.[1] ?? "";
  const words = comment
    .replaceAll(/^ *\* ?/gm, "")
    .trim()
    .replaceAll(/\s+/g, " ");
  const [, kind, about] = /^(?:([a-z]+(?:-[a-z]+)+): )?(.*)$/s.exec(words)!;
  const named = name.replace(/\.c$/, "").replaceAll("_", "-");
  const bug = kind ?? (isKnownBugType(named) ? named : undefined);
  return { name, bug, about: about!.charAt(0).toUpperCase() + about!.slice(1), text };
}

/** Whether a program runs without threads: tests of KUnit are threads. */
export const runsAlone = (text: string): boolean => !text.includes("<kunit/");
