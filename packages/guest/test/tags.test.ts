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

/** Allocates and frees one object of a cache, again and again, and prints the tags that its pointers had. */
const tagsOfObject = (flags: string, ctor: string) => `
  void *kmem_cache_create(const char *name, u32 size, u32 align, u32 flags, void (*ctor)(void *));
  void *kmem_cache_alloc_noprof(void *cache, u32 flags);
  void kmem_cache_free(void *cache, void *object);
  static void construct(void *object) { _printk("constructed %lx\\n", (u64)object); *(u64 *)object = 1; }
  int init_module(void) {
    void *cache = kmem_cache_create("tagged", 64, 0, ${flags}, ${ctor});
    for (int i = 0; i < 12; i++) {
      void *object = kmem_cache_alloc_noprof(cache, 0xcc0);
      _printk("allocated %lx\\n", (u64)object);
      kmem_cache_free(cache, object);
    }
    return 0;
  }`;

describe.each(["sw-tags", "hw-tags"])("%s: objects get a tag", (mode) => {
  const pointers = async (flags: string, ctor: string) => {
    const ran = await runC(tagsOfObject(flags, ctor), MODES[mode]);
    expect(ran.reports).toEqual([]);
    const at = (what: string) => ran.lines.filter((line) => line.startsWith(what)).map((line) => line.split(" ")[1]);
    return { constructed: at("constructed"), allocated: at("allocated") };
  };

  it("at each allocation", async () => {
    const { allocated } = await pointers("0", "0");
    expect(new Set(allocated.map((pointer) => pointer.slice(2))).size).toBe(1);
    expect(new Set(allocated).size).toBeGreaterThan(4);
  });

  it("once, with a constructor, which sees it", async () => {
    const { constructed, allocated } = await pointers("0", "construct");
    expect(allocated).toHaveLength(12);
    expect(new Set(allocated).size).toBe(1);
    expect(constructed).toContain(allocated[0]);
    // Each object has one of its own.
    expect(new Set(constructed.map((pointer) => pointer.slice(0, 2))).size).toBeGreaterThan(4);
  });

  it("once, with SLAB_TYPESAFE_BY_RCU", async () => {
    const { allocated } = await pointers("0x200", "0");
    expect(new Set(allocated.filter((pointer) => pointer.endsWith(allocated[0].slice(2)))).size).toBe(1);
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
