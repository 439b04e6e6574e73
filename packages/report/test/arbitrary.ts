import { atLeast, bugTraits, type KernelVersion } from "@kasan/shadow";
import fc from "fast-check";
import {
  type Access,
  DEFAULT_STYLE,
  type KasanReport,
  memoryStateAround,
  PAGE_TYPES,
  pageFlags,
  type ReportedMachine,
  type ReportStyle,
  type SlabObject,
  type StackFrame,
  TAINTS,
  type Track,
} from "../src/index.ts";

/** Versions between which the wording of reports changed. */
const VERSIONS: readonly (readonly [number, number])[] = [
  [4, 4],
  [4, 9],
  [4, 14],
  [5, 1],
  [5, 4],
  [5, 9],
  [5, 10],
  [5, 15],
  [5, 18],
  [6, 1],
  [6, 3],
  [6, 5],
  [6, 9],
  [6, 12],
  [6, 15],
  [6, 17],
];

const version = fc.constantFrom(...VERSIONS).map(([major, minor]): KernelVersion => ({ major, minor }));
const symbol = fc.stringMatching(/^[a-z_][a-z0-9_]{0,12}(\.isra\.0|\.cold)?$/);
const module = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
const size32 = fc.integer({ min: 1, max: 0xffff });
const place: fc.Arbitrary<StackFrame> = fc
  .record({ symbol, offset: size32, size: size32, module: fc.option(module, { nil: undefined }) })
  .map(({ module: name, ...rest }) => ({ ...rest, ...(name !== undefined && { module: name }), reliable: true }));
const saved = fc.array(place, { minLength: 1, maxLength: 4 });
const traced = fc.array(
  fc
    .tuple(place, fc.boolean(), fc.constantFrom(undefined, undefined, "IRQ"))
    .map(([frame, reliable, stack]): StackFrame => ({ ...frame, reliable, ...(stack !== undefined && { stack }) })),
  { minLength: 1, maxLength: 8 },
);
const comm = fc
  .stringMatching(/^[a-zA-Z0-9/:_.-][a-zA-Z0-9 /:_.-]{0,13}[a-zA-Z0-9/:_.-]$/)
  .filter((text) => !/\s{2}/.test(text) && !/[Tt]ainted/.test(text));
const pid = fc.integer({ min: 0, max: 4194304 });
const kernelAddress = fc.bigInt({ min: 0xffff888000001000n, max: 0xffff88807fffff00n });

const machine = (at: KernelVersion): fc.Arbitrary<ReportedMachine> =>
  fc.record({
    cpu: fc.integer({ min: 0, max: 8191 }),
    ...(atLeast(at, 6, 11) && { uid: fc.integer({ min: 0, max: 65535 }) }),
    taint: fc.subarray(TAINTS.map(([name]) => name)),
    release: fc.stringMatching(/^(-rc[1-9])?(-[a-z0-9]{1,8})?\+?$/).map((rest) => `${at.major}.${at.minor}.0${rest}`),
    build: fc.integer({ min: 0, max: 999 }).map((n) => `#${n}`),
  });

function track(at: KernelVersion): fc.Arbitrary<Track> {
  const timed = atLeast(at, 6, 8)
    ? fc.option(fc.record({ cpu: fc.integer({ min: 0, max: 99 }), timestamp: fc.integer({ min: 0, max: 1e12 }) }), {
        nil: {},
      })
    : fc.constant({});
  return fc.tuple(pid, timed, fc.option(saved, { nil: undefined })).map(([id, when, stack]) => ({
    pid: id,
    ...when,
    ...(stack && { stack }),
  }));
}

/** A report's text needs these besides the report. */
export interface ReportCase {
  readonly report: KasanReport;
  readonly style: ReportStyle;
}

const TYPES = [
  "slab-out-of-bounds",
  "global-out-of-bounds",
  "stack-out-of-bounds",
  "vmalloc-out-of-bounds",
  "use-after-free",
  "out-of-bounds",
  "some-future-type",
  "null-ptr-deref",
  "wild-memory-access",
  "user-memory-access",
];

/** Reports as kernels of all versions print them, with whatever a version prints filled in at random. */
export const anyReport: fc.Arbitrary<ReportCase> = version.chain((at) => {
  const since = (major: number, minor: number) => atLeast(at, major, minor);
  const types = [
    ...TYPES,
    ...(since(6, 4) ? ["slab-use-after-free"] : []),
    ...(since(6, 2) ? ["double-free", "invalid-free"] : []),
  ];
  return fc.constantFrom(...types).chain((bugType) => {
    const { fault, family } = bugTraits(bugType);
    const wild = fault === "no-memory";
    const address = wild ? fc.bigInt({ min: 0n, max: 0xfffn }) : kernelAddress;
    const tags = since(5, 11) && /some/.test(bugType);
    const access: fc.Arbitrary<Access> = fc
      .tuple(fc.constantFrom("Read" as const, "Write" as const), fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), address)
      .map(([kind, bytes, where]) =>
        family === "free"
          ? { kind: "Free", address: where }
          : { kind, size: bytes <= 2n ** 53n ? Number(bytes) : bytes, address: where },
      );
    const object: fc.Arbitrary<SlabObject> = fc.record({
      address: kernelAddress,
      cache: fc.stringMatching(/^[a-z][a-zA-Z0-9_-]{0,12}$/),
      objectSize: size32,
      allocSize: fc.integer({ min: 0, max: 0xffff }),
      ...(since(6, 4) && { state: fc.constantFrom("allocated" as const, "freed" as const) }),
    });
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    const never = fc.constant(undefined);
    const shadowless = wild;
    return fc
      .record({
        function: place,
        access,
        task: fc.record({ comm, pid }),
        machine: optional(machine(at)),
        callTrace: traced,
        allocated: shadowless ? never : optional(track(at)),
        freed: shadowless ? never : optional(track(at)),
        aux: since(5, 8) && !shadowless ? optional(fc.array(saved, { minLength: 1, maxLength: 2 })) : never,
        object: shadowless ? never : optional(object),
        variable: shadowless ? never : optional(place),
        stack:
          since(5, 18) && !shadowless
            ? optional(
                fc.record({
                  task: fc.record({ comm, pid }),
                  frame: fc.record({
                    offset: fc.integer({ min: 0, max: 4096 }),
                    function: place.map((frame) => ({ ...frame, offset: 0 })),
                    objects: fc.array(
                      fc
                        .tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 1, max: 99 }), symbol)
                        .map(([start, length, name]) => ({
                          start,
                          end: start + length,
                          name,
                        })),
                      { maxLength: 3 },
                    ),
                  }),
                }),
              )
            : never,
        vmalloc:
          since(6, 16) && !shadowless
            ? optional(
                fc.oneof(
                  fc.constant("virtual mapping" as const),
                  fc.record({ pages: fc.integer({ min: 0, max: 999 }), start: kernelAddress, caller: place }),
                ),
              )
            : never,
        page:
          since(6, 11) && !shadowless
            ? optional(
                fc.record({
                  pfn: fc.integer({ min: 1, max: 2 ** 40 }),
                  refcount: fc.integer({ min: 0, max: 9 }),
                  mapcount: fc.integer({ min: 0, max: 9 }),
                  flags: fc.constant(pageFlags("workingset")),
                  pageType: fc.constant(PAGE_TYPES.slab),
                  raw: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 8, maxLength: 8 }),
                }),
              )
            : never,
        memory: shadowless
          ? never
          : optional(fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 80, maxLength: 80 })),
        pointerTag: tags ? optional(fc.integer({ min: 0, max: 0xfd })) : never,
      })
      .map(({ memory, pointerTag, access: what, ...parts }): ReportCase => {
        const granule = 8;
        const bytes = memory && [...memory];
        const state = bytes && memoryStateAround(what.address, granule, () => bytes.shift()!);
        const known = Object.fromEntries(
          Object.entries({ ...parts, memory: state }).filter(([, value]) => value !== undefined),
        );
        const full = pointerTag === undefined ? what : { ...what, pointerTag, memoryTag: 0xfe };
        return { report: { bugType, access: full, ...known } as KasanReport, style: { ...DEFAULT_STYLE, version: at } };
      });
  });
});
