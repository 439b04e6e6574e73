import { expect, it } from "vitest";
import { isIn, nameIn } from "./version-names.ts";

it.each([
  ["6.12.0", "__kmalloc_cache_noprof", "__kmalloc_cache_noprof"],
  ["7.3.0-rc7", "kmem_cache_alloc_noprof", "kmem_cache_alloc_noprof"],
  ["6.12.0", "init_timer_key", "init_timer_key"],
  ["6.16.0", "init_timer_key", "timer_init_key"],
  ["7.3.0", "rgos_norm", "norm"],
  ["6.10.0", "vmalloc_noprof", "vmalloc_noprof"],
  ["6.9.12", "vmalloc_noprof", "vmalloc"],
  ["6.1.192", "__kmalloc_cache_noprof", "kmalloc_trace"],
  ["6.0.0", "__kmalloc_cache_noprof", "kmem_cache_alloc_trace"],
  ["5.10.262", "__kmalloc_cache_node_noprof", "kmem_cache_alloc_node_trace"],
  ["5.10.262", "__alloc_pages_noprof", "__alloc_pages_nodemask"],
  ["5.10.0", "__folio_put", "__put_page"],
  ["5.15.0", "_printk", "_printk"],
  ["5.14.0", "_printk", "printk"],
  ["5.10.0", "constructor", "constructor"],
  ["", "kmalloc_noprof", "kmalloc_noprof"],
])("in %s, %s is %s", (release, name, expected) => {
  expect(nameIn(release, name)).toBe(expected);
});

it.each([
  ["6.12.0", "check_slab_allocation", true],
  ["6.4.0", "idempotent_init_module", false],
  ["6.4.0", "init_module_from_file", true],
  ["5.10.0", "init_module_from_file", false],
  ["5.10.0", "do_init_module", true],
])("in %s, %s is there: %s", (release, name, expected) => {
  expect(isIn(release, name)).toBe(expected);
});
