import { describe, expect, it } from "vitest";
import { type RunSettings, runC } from "./harness.ts";

const MODES: Record<string, RunSettings> = {
  generic: { arm64: { kasan: "generic" } },
  "sw-tags": { mode: "sw-tags", arm64: { kasan: "sw-tags" } },
  "hw-tags": { mode: "hw-tags", arm64: { kasan: "hw-tags" } },
};

describe.each(Object.keys(MODES))("%s", (mode) => {
  // The bit of a TLB entry that sends stores elsewhere is one of those of an address within its page.
  it.each([0x100, 0x900])("a store to a read-only page, at offset %i, faults", async (offset) => {
    const ran = await runC(
      `int set_memory_ro(u64 address, int pages);
       int init_module(void) {
         char *page = vmalloc_noprof(4096);
         volatile char *at = page + ${offset};
         *at = 1;
         set_memory_ro((u64)page, 1);
         _printk("read %d\\n", *at);
         *at = 2;
         _printk("wrote\\n");
         return 0;
       }`,
      MODES[mode],
    );
    expect(ran.lines).toContain("read 1");
    expect(ran.lines).not.toContain("wrote");
    expect(ran.stopped).toBe("oops");
  });
});

it("a variable on the stack loses its tag with its frame, whatever its size", async () => {
  const ran = await runC(
    `static char *leaked;
     static noinline void leave(void) { char small[16]; hide(leaked); leaked = small; small[3] = 1; hide(leaked); }
     static char *large;
     static noinline void leaveLarge(void) { char array[3000]; large = array; array[2000] = 1; hide(large); }
     int init_module(void) {
       leave();
       (void)*(volatile char *)(leaked + 3);
       leaveLarge();
       (void)*(volatile char *)(large + 2000);
       return 0;
     }`,
    { ...MODES["sw-tags"], seed: 1 },
  );
  expect(ran.reports.map(({ bugType }) => bugType)).toHaveLength(2);
});
