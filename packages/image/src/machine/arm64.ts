import { type Arm64Options, arm64 } from "@kasan/arch-arm64";
import { type Architecture, type Tables, tableIndex } from "@kasan/mmu";
import { type KasanMode, vpnOf } from "@kasan/shadow";
import { ImageError } from "../error.ts";
import { type Evidence, isExecutable, isTaggedMemory, type Machine, physicalOf, searchRoot } from "./machine.ts";

/** Granule and width of each kernel that arch/arm64/Kconfig allows, the likely ones first. */
const CONFIGURATIONS: readonly (readonly [pageSize: NonNullable<Arm64Options["pageSize"]>, vaBits: number])[] = [
  [4096, 48],
  [4096, 39],
  [65536, 48],
  [65536, 42],
  [16384, 47],
  [16384, 48],
  [4096, 52],
  [65536, 52],
  [16384, 52],
  [16384, 36],
];

/**
 * Finds the page tables of arm64, those of TTBR1_EL1: the ones that the kernel names (`swapper_pg_dir`), else by search.
 * Those of TTBR0_EL1, user space's, are one process's and nothing names them - QEMU's notes hold the general registers alone -, so that
 * they are given or unknown.
 *
 * @throws {@link ImageError} `IMAGE_ROOT` if there are none.
 */
export function identifyArm64(evidence: Evidence): Machine {
  const { options, memory } = evidence;
  const info = evidence.vmcoreInfo();
  const place = (shape: Arm64Options, root: number, rootFrom: string): Machine => {
    const kasan = options.kasan ?? kasanOf(evidence, shape, root);
    return {
      arch: "arm64",
      architecture: arm64({ ...shape, kasan }),
      roots: [options.userRoot ?? Number.NaN, root],
      rootFrom,
      kasan,
      release: info?.text("OSRELEASE"),
      kernelOffset: info?.kernelOffset,
      config: options.config,
      warnings: [],
    };
  };
  const shapes = shapesOf(evidence);
  if (options.root !== undefined) {
    const root = options.root;
    const fits = shapes.find(
      (shape) => physicalOf(tablesOf(evidence, shape, root), arm64(shape).layout.pageOffset) >= 0,
    );
    return place(fits ?? shapes[0]!, root, "given");
  }
  const address = info?.symbol("swapper_pg_dir");
  const offset = info?.number("kimage_voffset");
  if (address !== undefined && offset !== undefined) {
    const root = Number(BigInt.asIntN(64, address - offset));
    const fits = shapes.find((shape) => physicalOf(tablesOf(evidence, shape, root), address) === root);
    if (fits) return place(fits, root, "VMCOREINFO's swapper_pg_dir");
  }
  for (const shape of shapes) {
    const root = search(evidence, arm64(shape));
    if (root !== undefined && memory.holds(root)) return place(shape, root, "search");
  }
  throw new ImageError(
    "IMAGE_ROOT",
    "no page tables of an arm64 kernel were found in the image; give TTBR1_EL1 with --root",
  );
}

/** What the tables can look like: as said, as the kernel says, or any way that Kconfig allows. */
function shapesOf({ options, vmcoreInfo }: Evidence): Arm64Options[] {
  const info = vmcoreInfo();
  const said = info?.number("PAGESIZE") ?? info?.text("PAGESIZE");
  const pageSize = options.pageSize ?? (said === undefined ? undefined : Number(said));
  const number = (name: string) => {
    const value = info?.number(name);
    return value === undefined ? undefined : Number(value);
  };
  const vaBits = options.vaBits ?? number("VA_BITS");
  const width = number("TCR_EL1_T1SZ");
  const actual = options.vaBits === undefined && width !== undefined && vaBits === 52 ? 64 - width : undefined;
  const allowed = CONFIGURATIONS.filter(([size, bits]) => (pageSize ?? size) === size && (vaBits ?? bits) === bits).map(
    ([size, bits]) => ({ pageSize: size, vaBits: bits }),
  );
  const other = {
    ...(pageSize !== undefined && { pageSize }),
    ...(vaBits !== undefined && { vaBits }),
  } as Arm64Options;
  const shapes: Arm64Options[] = allowed.length > 0 ? allowed : [other];
  return shapes.flatMap((shape) => {
    if (actual !== undefined && actual !== 52) return [{ ...shape, actualVaBits: actual }];
    return shape.vaBits === 48 && shape.pageSize === 65536 ? [shape, { ...shape, physicalBits: 52 }] : [shape];
  });
}

function tablesOf({ memory }: Evidence, shape: Arm64Options, root: number): Tables {
  return { architecture: arm64(shape), memory, roots: [Number.NaN, root] };
}

/**
 * Searches for a table that maps itself: in the linear map, which is linear from its start on. A kernel image must be
 * mapped too, which tells the kernel's tables from those of its early boot.
 */
function search({ memory }: Evidence, architecture: Architecture): number | undefined {
  const { layout, levels } = architecture;
  const { shift, indexBits } = levels[0]!;
  const index = (address: bigint) => tableIndex(vpnOf(address) >>> 0, vpnOf(address) / 2 ** 32, shift, indexBits) * 2;
  const [linear, image] = [index(layout.pageOffset), index(layout.kernelText)];
  const points = (words: Int32Array, at: number) => architecture.kind(0, words[at]!, words[at + 1]!) === "table";
  return searchRoot(
    memory,
    2 ** architecture.pageShift,
    (words, page) => points(words, page + linear) && points(words, page + image),
    (root) => {
      const tables = { architecture, memory, roots: [Number.NaN, root] };
      const start = physicalOf(tables, layout.pageOffset);
      if (start < 0 || root < start) return false;
      const linear = layout.pageOffset + BigInt(root - start);
      // No kernel can execute its linear map, but chance can.
      return physicalOf(tables, linear) === root && !isExecutable(tables, linear);
    },
  );
}

/**
 * Which mode's shadow is mapped where the linear map starts. Generic mode's, the larger one, contains that of the tags. Without either,
 * a linear map of memory with hardware tags tells that pointers may have them.
 */
function kasanOf(evidence: Evidence, shape: Arm64Options, root: number): KasanMode | "none" {
  for (const kasan of ["generic", "sw_tags"] as const) {
    const tables = tablesOf(evidence, { ...shape, kasan }, root);
    if (physicalOf(tables, tables.architecture.layout.shadowStart) >= 0) return kasan;
  }
  const tables = tablesOf(evidence, { ...shape, kasan: "hw_tags" }, root);
  return isTaggedMemory(tables, tables.architecture.layout.pageOffset) ? "hw_tags" : "none";
}
