import { DEFAULT_STYLE, type ReportStyle } from "@kasan/report";
import { formatAddress } from "@kasan/shadow";
import { findingText } from "../finding/text.ts";
import { NOT_IN_IMAGE } from "../formats/segments.ts";
import type { InspectedLevel, InspectedRoot, InspectedShadow, Inspection, Permissions } from "./inspect.ts";

const REASONS: Readonly<Record<NonNullable<Inspection["reason"]>, string>> = {
  "non-canonical": "not canonical: the processor rejects the address",
  "not-present": "the entry maps nothing",
  "reserved-bit": "the entry has reserved bits set",
  protection: "not permitted",
  "access-flag": "not accessed yet",
  bus: "the table is not in the image",
  "no-root": "give the physical address in that register of the process with --user-root",
};

/** An inspection for people. `style` names a page's flags: see {@link styleOf}. */
export function inspectText(found: Inspection, style: ReportStyle = DEFAULT_STYLE): string {
  const { address, untagged, region, describes, physical } = found;
  const tag = address === untagged ? "" : `, without its tag ${formatAddress(untagged)}`;
  const lines = [
    `address   ${formatAddress(address)}${tag}`,
    `region    ${region.name}, ${formatAddress(region.start)}-${formatAddress(region.end)}: ${region.description}`,
    ...(describes === undefined ? [] : [`          the shadow of ${formatAddress(describes)}`]),
    ...(found.root ? [`root      ${rootText(found.root)}`] : []),
    "",
    ...found.levels.flatMap(levelLines),
    physical === undefined ? `${unmapped(found.reason!)}: ${REASONS[found.reason!]}` : mappedLine(found),
    "",
    ...(found.shadow ? shadowLines(found.shadow, untagged) : []),
    `verdict   ${found.verdict.text}`,
  ];
  return `${lines.join("\n")}\n${findingText(found.finding, style)}`;
}

/** The table that translates the address. Separate tables for user space (arm64) belong to one process, which an image does not name. */
function rootText({ register, physical }: InspectedRoot): string {
  return physical === undefined
    ? `${register}'s table, which is not known: the image does not say where it is`
    : `${register}'s table at physical 0x${physical.toString(16)}`;
}

const unmapped = (reason: NonNullable<Inspection["reason"]>) => (reason === "no-root" ? "not known" : "not mapped");

function levelLines({ name, index, entryAddress, entry, decoded, permits }: InspectedLevel): string[] {
  const where = `[${index}] at physical 0x${entryAddress.toString(16)}`;
  const fields = decoded.fields.flatMap(({ name, high, low, value, meaning }) => {
    if (value === 0n && meaning === undefined) return [];
    const bits = high === low ? `${low}` : `${high}-${low}`;
    const shown = high === low ? `${value}` : `0x${value.toString(16)}`;
    return [`    ${bits.padStart(5)}  ${name} = ${shown}${meaning === undefined ? "" : `  ${meaning}`}`];
  });
  return [
    `${name} ${where} = ${formatAddress(entry)}${permits ? `, permits ${spellPermissions(permits)}` : ""}`,
    ...fields,
  ];
}

function mappedLine({ physical, present, absence, pageBytes, permissions, memoryType }: Inspection): string {
  const missing = present ? "" : `, which the image does not have${absence === NOT_IN_IMAGE ? "" : ` (${absence})`}`;
  const page = `${pageBytes! / 1024}K page, ${spellPermissions(permissions!)}, ${memoryType}`;
  return `physical  0x${physical!.toString(16)}${missing}: ${page}`;
}

/** `rw-`, and `, user` if user code may access. */
export function spellPermissions({ read, write, execute, user }: Permissions): string {
  return `${read ? "r" : "-"}${write ? "w" : "-"}${execute ? "x" : "-"}${user ? ", user" : ""}`;
}

/** A shadow byte; `--` if it is not mapped. */
export const spellByte = (byte: number) => (byte < 0 ? "--" : byte.toString(16).padStart(2, "0"));

function shadowLines({ address, bytes, meaning, rows }: InspectedShadow, of: bigint): string[] {
  const span = rows[1]!.address - rows[0]!.address;
  const rowLines = rows.flatMap((row) => {
    const own = row.address <= of && of < row.address + span;
    const line = `${own ? ">" : " "}${formatAddress(row.address)}: ${row.bytes.map(spellByte).join(" ")}`;
    const column = 19 + Number(((of - row.address) * 16n) / span) * 3;
    return own ? [line, `${" ".repeat(column)}^`] : [line];
  });
  const means = meaning === undefined ? "not mapped" : `${meaning.name ? `${meaning.name}: ` : ""}${meaning.meaning}`;
  return [`shadow    ${formatAddress(address)}: ${bytes.map(spellByte).join(" ")}  ${means}`, ...rowLines, ""];
}
