import { describe, expect, it } from "vitest";
import { type RunSettings, runC } from "./harness.ts";

const MODES: Record<string, RunSettings> = {
  generic: { arm64: { kasan: "generic" } },
  sw_tags: { mode: "sw_tags", arm64: { kasan: "sw_tags" } },
  hw_tags: { mode: "hw_tags", arm64: { kasan: "hw_tags" } },
};

describe.each(Object.keys(MODES))("%s", (mode) => {
  // The bit of a TLB entry that diverts stores is one of the page offset bits of an address.
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

/** Allocates and frees one object of a cache repeatedly, and prints the tags of its pointers. */
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

describe.each(["sw_tags", "hw_tags"])("%s: objects get a tag", (mode) => {
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
    // Each object has its own tag.
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
    { ...MODES["sw_tags"], seed: 1 },
  );
  expect(ran.reports.map(({ bugType }) => bugType)).toHaveLength(2);
});

/** Ways to access the bytes behind `at`; the kernel's ways are compiled without their own look-up. */
const TOUCHES = {
  "a load": "(void)*at;",
  "a store": "*at = 1;",
  "an atomic addition": "__atomic_fetch_add(at, 1, __ATOMIC_SEQ_CST);",
  "an atomic load": "(void)__atomic_load_n(at, __ATOMIC_SEQ_CST);",
  "a fill": "memset((void *)at, 0, 24);",
  "a copy from there": "u8 here[24]; u8 *to = here; hide(to); memcpy(to, (void *)at, 24);",
  "a copy to there": "u8 here[24] = { 1 }; u8 *from = here; hide(from); memcpy((void *)at, from, 24);",
};

/** Memory in which all pages but the last have one tag. */
const AREAS = {
  "an object": ["__kmalloc_noprof(8192, 0xcc0)", "kfree(area)", "slab-use-after-free"],
  "an area": ["vmalloc_noprof(8192)", "vfree(area)", "invalid-access"],
} as const;

describe.each(Object.entries(TOUCHES))("hw_tags, pages of one tag: %s", (_, touch) => {
  it.each(Object.entries(AREAS))("of %s", async (_name, [allocate, release, bugType]) => {
    const ran = await runC(
      `void vfree(const void *area); void *vmalloc_to_page(const void *area); void *page_address(void *page);
       void *memset(void *to, int value, u64 bytes); void *memcpy(void *to, const void *from, u64 bytes);
       void kasan_enable_hw_tags(void);
       static noinline void touch(volatile u32 *at) { hide(at); ${touch} }
       int init_module(void) {
         u8 *area = ${allocate};
         // The page's address in the direct map, where it stays when the area goes.
         u8 *page = ${allocate.startsWith("v") ? "page_address(vmalloc_to_page(area))" : "area"};
         u8 *any = (u8 *)((u64)area | 0xffull << 56);
         for (int i = 0; i < 3; i++) {
           touch((u32 *)(area + 256)); touch((u32 *)(any + 2304)); touch((u32 *)(page + 1024));
         }
         _printk("good\\n");
         touch((u32 *)((u64)area ^ 1ull << 56));
         kasan_enable_hw_tags();
         touch((u32 *)(page + 64));
         _printk("still good\\n");
         ${release};
         touch((u32 *)(page + 2304));
         return 0;
       }`,
      { ...MODES["hw_tags"], multiShot: true },
    );
    const order = ran.lines.filter((line) => /^(good|still good)|^BUG/.test(line)).map((line) => line.slice(0, 4));
    expect(order).toEqual(["good", "BUG:", "stil", "BUG:"]);
    expect(ran.reports.map((report) => report.bugType)[1]).toBe(bugType);
  });
});
