import type { Inspection } from "@kasan/image";
import { element } from "./dom.ts";
import { addressText } from "./hex.ts";

type Level = Inspection["levels"][number];

/** How the processor finds the memory of an address: the entry of each level, bit by bit. */
export function pageTables(inspection: Inspection): Node[] {
  const { levels, root, physical, pageBytes, permissions, memoryType, reason } = inspection;
  const from = root?.physical === undefined ? "" : ` from ${root.register}, 0x${root.physical.toString(16)}`;
  const end =
    physical === undefined
      ? `Not mapped: ${reason}.`
      : `Physical address 0x${physical.toString(16)}: a page of ${pageBytes! / 1024}K, ${spelled(permissions)}, ${memoryType}.`;
  return [
    element("h2", {}, "Page tables"),
    element("p", { class: "dim" }, `${levels.length} levels${from}`),
    ...levels.map(levelOf),
    element("p", {}, end),
  ];
}

function levelOf({ name, index, entry, decoded, permits }: Level): HTMLElement {
  const rows = decoded.fields
    .filter(({ value, meaning }) => value !== 0n || meaning !== undefined)
    .map(({ name, high, low, value, meaning = "" }) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, name),
        element("td", {}, high === low ? `${low}` : `${high}-${low}`),
        element("td", { class: "hex" }, `0x${value.toString(16)}`),
        element("td", {}, meaning),
      ),
    );
  const head = element(
    "tr",
    {},
    ...["Field", "Bits", "Value", "Meaning"].map((title) => element("th", { scope: "col" }, title)),
  );
  return element(
    "details",
    { class: "level" },
    element(
      "summary",
      {},
      `${name} [${index}] `,
      element("code", {}, addressText(entry)),
      permits ? ` ${spelled(permits)}` : ` ${decoded.kind}`,
    ),
    element("table", { class: "index" }, element("thead", {}, head), element("tbody", {}, ...rows)),
  );
}

/** `rw-`, as files' permissions are written. */
function spelled(permissions: Inspection["permissions"]): string {
  if (!permissions) return "";
  const { read, write, execute, user } = permissions;
  return `${read ? "r" : "-"}${write ? "w" : "-"}${execute ? "x" : "-"}${user ? ", user" : ""}`;
}
