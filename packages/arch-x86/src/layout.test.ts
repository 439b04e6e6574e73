import { regionOf } from "@kasan/mmu";
import { shadowOf, X86_64_GENERIC } from "@kasan/shadow";
import { expect, test } from "vitest";
import { X86Layout, x86Regions } from "./layout.ts";
import { x86_64 } from "./paging.ts";

test("the shadow's bounds are the shadow of the kernel's half", () => {
  for (const [levels, first] of [
    [4, 0xffff800000000000n],
    [5, 0xff00000000000000n],
  ] as const) {
    const layout = X86Layout[levels];
    const shadow = (address: bigint) => BigInt.asUintN(64, (address >> 3n) + layout.shadowOffset);
    expect(layout.shadowStart).toBe(shadow(first));
    expect(layout.shadowEnd).toBe(shadow(2n ** 64n - 1n));
  }
  expect(shadowOf(X86_64_GENERIC, X86Layout[4].vmallocStart)).toBe(0xfffff52000000000n);
});

test("modules start later where KASLR has room", () => {
  const { layout, regions } = x86_64({ levels: 4, kernelImageBytes: 2 ** 30 });
  expect(layout.moduleStart).toBe(0xffffffffc0000000n);
  expect(regionOf(regions, 0xffffffffbfffffffn).name).toBe("kernel text");
  expect(() => x86_64({ levels: 4, kernelImageBytes: 5 })).toThrow(/2\^29 or 2\^30/);
});

test("the LDT, ESPfix and EFI have regions, as far as the kernel uses them", () => {
  const named = (levels: 4 | 5, layout = X86Layout[levels]) =>
    ["LDT remap", "espfix", "EFI"].map((name) => {
      const { start, end } = x86Regions(levels, layout).find((region) => region.name === name)!;
      return [start, end];
    });
  const [espfix, efi] = [
    [0xffffff0000000000n, 0xffffff7fffffffffn],
    [0xffffffef00000000n, 0xfffffffeffffffffn],
  ];
  expect(named(4)).toEqual([[0xffff880000000000n, 0xffff887fffffffffn], espfix, efi]);
  expect(named(5)).toEqual([[0xff10000000000000n, 0xff10ffffffffffffn], espfix, efi]);
  const moved = { ...X86Layout[4], pageOffset: 0xffff8f0000000000n };
  expect(named(4, moved)).toEqual(named(4));
  expect(regionOf(x86Regions(4, moved), 0xffff888000000000n).name).toBe("hole");
});

test("a region is found for any address", () => {
  const name = (levels: 4 | 5, address: bigint) => regionOf(x86Regions(levels), address).name;
  expect(name(4, 0n)).toBe("user space");
  expect(name(4, 0x0000800000000000n)).toBe("non-canonical");
  expect(name(4, 0xdffffc0000000000n)).toBe("non-canonical");
  expect(name(4, 0xffff800000000000n)).toBe("guard hole");
  expect(name(4, 0xffff888000000000n)).toBe("direct map");
  expect(name(4, 0xffffc88000000000n)).toBe("hole");
  expect(name(4, 0xffffe8ffffffffffn)).toBe("vmalloc");
  expect(name(4, 0xffffed1000000000n)).toBe("KASAN shadow");
  expect(name(4, 0xffffffffa0000000n)).toBe("modules");
  expect(name(4, 0xffffffffff600000n)).toBe("vsyscall");
  expect(name(4, 0xffffffffffffffffn)).toBe("hole");
  expect(name(5, 0xffff888000000000n)).toBe("KASAN shadow");
  expect(name(5, 0xff11000000000000n)).toBe("direct map");
  expect(name(5, 0x0000800000000000n)).toBe("user space");
  expect(name(5, 0xffdf000000000000n)).toBe("hole");
});
