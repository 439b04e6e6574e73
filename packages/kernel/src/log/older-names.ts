/** Names of functions in kernels before a version: those of 6.12 by those that they had. */
interface OlderNames {
  readonly before: readonly [version: number, patchLevel: number];
  readonly names: ReadonlyMap<string, string>;
  /** An ending that names did not have. */
  readonly without?: string;
}

/** Newest first: a name that changed more than once is looked up again. */
const OLDER: readonly OlderNames[] = [
  {
    // Memory allocation profiling gave all allocation functions a second name.
    before: [6, 10],
    names: new Map([
      ["__kmalloc_cache_noprof", "kmalloc_trace"],
      ["__kmalloc_cache_node_noprof", "kmalloc_node_trace"],
      ["__kmalloc_large_noprof", "kmalloc_large"],
      ["__kmalloc_large_node_noprof", "kmalloc_large_node"],
      ["__kvmalloc_node_noprof", "kvmalloc_node"],
      ["get_free_pages_noprof", "__get_free_pages"],
    ]),
    without: "_noprof",
  },
  { before: [6, 8], names: new Map([["kasan_save_track", "kasan_set_track"]]) },
  {
    before: [6, 1],
    names: new Map([
      ["kmalloc_trace", "kmem_cache_alloc_trace"],
      ["kmalloc_node_trace", "kmem_cache_alloc_node_trace"],
    ]),
  },
  {
    before: [5, 15],
    names: new Map([
      ["_printk", "printk"],
      ["_printk_deferred", "printk_deferred"],
      ["timer_delete", "del_timer"],
    ]),
  },
  {
    before: [5, 17],
    names: new Map([
      ["worker_private", "set_child_tid"],
      ["pde_data", "PDE_DATA"],
      ["kthread_complete_and_exit", "complete_and_exit"],
    ]),
  },
  { before: [5, 14], names: new Map([["__state", "state"]]) },
  { before: [5, 13], names: new Map([["__alloc_pages", "__alloc_pages_nodemask"]]) },
];

/**
 * The name that a function of 6.12 has in another version of the kernel, as far as the machine's functions are concerned.
 *
 * @param release - the kernel's: `6.1.0-rc3`; a text that does not begin with a version is taken as 6.12
 */
export function nameIn(release: string, name: string): string {
  const [, version, patchLevel] = /^(\d+)\.(\d+)/.exec(release) ?? ["", "6", "12"];
  const number = Number(version) * 1000 + Number(patchLevel);
  return OLDER.filter(({ before }) => number < before[0] * 1000 + before[1]).reduce((known, { names, without }) => {
    const older = names.get(known) ?? known;
    return without !== undefined && older.endsWith(without) ? older.slice(0, -without.length) : older;
  }, name);
}
