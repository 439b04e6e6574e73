import { element } from "./dom.ts";
import { addressText } from "./hex.ts";

/** Where links in texts lead. */
export interface LinkTargets {
  /** The program that a text is about, if it is that in the editor. */
  readonly program?: {
    /** `bug.c`. */
    readonly file: string;
    /** Shows a line of it. */
    readonly go: (line: number) => void;
  };
  /** Shows the memory at an address, if there is any that a text is about. */
  readonly address?: (address: bigint) => void;
}

/** Addresses of a kernel as it prints them, with or without a tag, and places in C files. */
const LINKS = /\b(?:0x)?(?<address>[0-9a-f]{2}ff[0-9a-f]{12})\b|(?<file>[\w.-]+\.c):(?<line>\d+)/g;

/** A text as nodes, with links for addresses and for places in the program. The text stays the same. */
export function linked(text: string, targets: LinkTargets): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let from = 0;
  for (const match of text.matchAll(LINKS)) {
    const link = linkOf(match, targets);
    if (!link) continue;
    nodes.push(text.slice(from, match.index), link);
    from = match.index + match[0].length;
  }
  nodes.push(text.slice(from));
  return nodes;
}

function linkOf({ 0: text, groups }: RegExpMatchArray, targets: LinkTargets): Node | undefined {
  const { address, file, line } = groups!;
  if (address !== undefined) return addressLink(BigInt(`0x${address}`), targets, text);
  return file === targets.program?.file ? lineLink(Number(line), targets, text) : undefined;
}

/** An address as a link, if there is memory. */
export const addressLink = (address: bigint, targets: LinkTargets, text = addressText(address)): Node =>
  link(text, "Memory at this address", targets.address && (() => targets.address?.(address)));

/** A line of the program as a link. */
export const lineLink = (line: number, { program }: LinkTargets, text = `${program?.file}:${line}`): Node =>
  link(text, "This line of the program", program && (() => program.go(line)));

const link = (text: string, title: string, click: (() => void) | undefined): Node =>
  click ? element("button", { type: "button", class: "link", title, click }, text) : new Text(text);

/** Makes links in what an element shows. */
export function linkWithin(root: Element, targets: LinkTargets): void {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts)
    if (!text.parentElement?.closest("summary, a, button")) text.replaceWith(...linked(text.data, targets));
}
