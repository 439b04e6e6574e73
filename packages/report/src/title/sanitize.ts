const MAX_LENGTH = 120;

/** What changes from crash to crash in a title, and what stands for it. Each is applied until nothing changes. */
const DYNAMIC: readonly (readonly [RegExp, string])[] = [
  [/syz-executor\.?[0-9]+(?:[/:][0-9]+)?/g, "syz-executor"],
  [/syzkaller[0-9]+(?:[/:][0-9]+)?/g, "syzkaller"],
  [/([^a-zA-Z0-9])(?:0x)?[0-9a-f]{6,}/g, "$1ADDR"],
  [/[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}/g, "IP"],
  [/(\.\w+)(?::[0-9]+)+/g, "$1:LINE"],
  [/([a-zA-Z][a-zA-Z0-9_.]+)\+0x[0-9a-z]+\/0x[0-9a-z]+/g, "$1"],
  [/CPU#[0-9]+/g, "CPU"],
  [/(\W)\d+(\W|$)/g, "$1NUM$2"],
  // Short numbers can belong to a name: cfg80211, nl802154.
  [/\d{7,}/g, "NUM"],
];

/** A title without what changes from crash to crash, in printable ASCII, of at most 120 characters. */
export function sanitizeTitle(title: string): string {
  let text = title.length > 4 * MAX_LENGTH ? title.slice(0, 4 * MAX_LENGTH) : title;
  for (const [what, by] of DYNAMIC) {
    for (let before: string | undefined; before !== text; ) {
      before = text;
      text = text.replace(what, by);
    }
  }
  return text
    .slice(0, MAX_LENGTH)
    .replaceAll("\t", " ")
    .replace(/[^\x20-\x7e]/g, "")
    .replace(/ {2,}/g, " ")
    .trim();
}
