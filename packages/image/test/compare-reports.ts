import { formatReport, type ParsedReport, type ReportFields } from "@kasan/report";
import { resetTag, shadowOf } from "@kasan/shadow";
import type { Kernel } from "../src/kernel/kernel.ts";
import { objectAt } from "../src/kernel/object.ts";
import { reconstructReport, styleOf } from "../src/report/reconstruct.ts";

/** How reports that a kernel printed compare with those that its memory gives. */
export interface Comparison {
  /** Reports whose memory is as it was: the same life of the object, the same shadow, the same page. */
  standing: number;
  /** Those of them that are the same but for who made the access. */
  equal: number;
  /** Reports whose object is there still, in use or in quarantine: same cache, same time of allocation. */
  objects: number;
  /** Those of them whose object, allocation and free are the same, frame by frame. */
  sameObjects: number;
  /** What differs: lines. */
  readonly differences: string[];
}

/** Compares each printed report with the one that memory gives for the same access. */
export function compareReports(kernel: Kernel, reports: readonly ParsedReport[]): Comparison {
  const result: Comparison = { standing: 0, equal: 0, objects: 0, sameObjects: 0, differences: [] };
  for (const printed of reports) {
    if (printed.form === "oops" || printed.access === undefined) continue;
    const { kind, size, address } = printed.access;
    const access = kind === "Free" ? "free" : { size: Number(size ?? 0), write: kind === "Write" };
    const made = reconstructReport(kernel, address, access);
    compareObjects(kernel, printed, result);
    if (!stands(kernel, printed, made)) continue;
    result.standing++;
    const [want, got] = [printed, made].map((report) => report && textOf(kernel, report));
    if (got === want) result.equal++;
    else
      result.differences.push(
        `${printed.bugType} in ${printed.function?.symbol}: ${firstDifference(want!, got ?? "nothing")}`,
      );
  }
  return result;
}

/** All but who made the access; not the shadow and the page's words, parts of which may have changed: {@link stands} looks at those. */
function textOf(kernel: Kernel, report: ReportFields): string {
  const { page, ...rest } = report;
  const gone = { task: undefined, machine: undefined, function: undefined, stack: undefined, memory: undefined };
  const text = formatReport({ ...rest, ...gone, callTrace: [] } as unknown as ReportFields, styleOf(kernel));
  return `${text}page ${page?.pfn} ${page?.head?.order} ${page?.pageType?.name}`;
}

function firstDifference(want: string, got: string): string {
  const [wanted, given] = [want.split("\n"), got.split("\n")];
  const at = wanted.findIndex((line, i) => line !== given[i]);
  return `"${given[at]}" for "${wanted[at]}"`;
}

/** Whether what a report is about is as it was. */
function stands(kernel: Kernel, printed: ParsedReport, made: ReportFields | undefined): boolean {
  const { memory, access, page } = printed;
  const { shadow } = kernel.image;
  if (!shadow || memory === undefined || access === undefined) return false;
  const address = kernel.memory.untagged(access.address);
  const own = memory.rows.find((row) => row.address <= address && address < row.address + BigInt(16 * shadow.granule));
  const now = own && kernel.attempt(() => kernel.memory.bytes(shadowOf(shadow, own.address), own.bytes.length));
  if (!now?.every((byte, i) => byte === own!.bytes[i])) return false;
  if (printed.object && made?.object && life(printed) !== life(made)) return false;
  return !page || !made?.page || (page.flags === made.page.flags && page.pageType?.value === made.page.pageType?.value);
}

const life = ({ allocated, freed }: ReportFields) => `${allocated?.timestamp} ${freed?.timestamp}`;

function compareObjects(kernel: Kernel, printed: ParsedReport, result: Comparison): void {
  const { object, access, allocated, freed } = printed;
  if (object === undefined || access === undefined) return;
  const found = kernel.attempt(() => objectAt(kernel, access.address));
  if (!found || found.tracks.allocated?.timestamp !== allocated?.timestamp || found.cache.name !== object.cache) return;
  result.objects++;
  const isTagged = kernel.image.kasan === "sw_tags";
  const made = reconstructReport(kernel, access.address, "free") ?? reconstructReport(kernel, access.address);
  const stacks = (report: ReportFields | undefined, withFree: boolean) =>
    JSON.stringify(
      [report?.allocated, withFree ? report?.freed : undefined].map((track) => track?.stack?.map(frameText)),
    );
  // An object that was freed since has a free that the report did not have.
  const sameFree = freed !== undefined && found.tracks.freed?.timestamp === freed.timestamp;
  const address = isTagged ? resetTag(object.address) : object.address;
  const isSame = found.address === address && found.cache.objectSize === object.objectSize;
  if (isSame && (!made || stacks(made, sameFree) === stacks(printed, sameFree))) result.sameObjects++;
  else result.differences.push(`the object of ${printed.bugType} in ${printed.function?.symbol}`);
}

const frameText = ({
  symbol,
  offset,
  size,
  module,
}: {
  symbol?: string;
  offset?: number;
  size?: number;
  module?: string;
}) => `${symbol}+${offset}/${size} ${module}`;
