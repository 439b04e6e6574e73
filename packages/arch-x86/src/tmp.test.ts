import { execFileSync } from "node:child_process";
import { AddressSpace, PhysicalMemory } from "@kasan/mmu";
import { test } from "vitest";
import { x86_64 } from "./paging.ts";
import { readFileSync } from "node:fs";
test("t", () => {
  const elf = readFileSync("/tmp/mem5.elf");
  const memory = PhysicalMemory.allocate(192 * 2 ** 20);
  const headers = Number(elf.readBigUInt64LE(32));
  for (let i = 0; i < elf.readUInt16LE(56); i++) {
    const header = headers + i * 56;
    const [offset, physical, bytes] = [8, 24, 32].map((at) => Number(elf.readBigUInt64LE(header + at))) as any;
    if (elf.readUInt32LE(header) === 1 && physical + bytes <= memory.size) memory.u8.set(elf.subarray(offset, offset + bytes), physical);
  }
  const space = new AddressSpace({ architecture: x86_64({ levels: 5 }), memory, roots: [0xfde000] });

  const root = 0xfde000;
  for (const [name, va] of [["dm",0xff11n<<48n],["vm",0xffa0n<<48n],["vmm",0xffd4n<<48n],["sh",0xffdffcn<<40n],["sh2", 0xffe21cn<<40n],["top",0xfffffe0n<<36n], ["text", 0xffffffffn<<32n]] as const) {
    const e = space.explain(va);
    console.log(name, e.steps.map(s=>s.name+":"+s.index+":"+s.entry.toString(16)).join(" "));
  }

  const ends = [0xfff0n,0xfff3n,0xfff4n,0xfff5n,0xfff9n,0xfffan,0xfffbn,0xfffcn,0xfffdn,0xfffen,0xffffn].map(x=>x<<48n); ends.push(0xfffffcn<<40n);
  for (let i = 0; i + 1 < ends.length; i++) {
    const t = performance.now();
    const all = [...space.ranges(ends[i]!, ends[i+1]! - 1n)]; const n = all.length;
    console.log(ends[i]!.toString(16), n, performance.now()-t, n < 5 ? all.map(x=>[x.start.toString(16),x.end.toString(16),x.kind,x.level,x.flags]):"", space.explain(ends[i]!).steps.map(s=>s.name+":"+s.index+":"+s.entry.toString(16)).join(" "));
  }
});
