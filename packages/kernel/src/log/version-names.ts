type Version = readonly [version: number, patchLevel: number];

/** Names in kernels before a version, or since one: by those of 6.12, or of the entries before. */
interface Names {
  readonly before?: Version;
  readonly since?: Version;
  readonly names: ReadonlyMap<string, string>;
  /** An ending that names do not have. */
  readonly without?: string;
}

const NEWER: readonly Names[] = [
  {
    since: [6, 16],
    names: new Map([
      ["init_timer_key", "timer_init_key"],
      ["alloc_workqueue", "alloc_workqueue_noprof"],
    ]),
  },
  {
    since: [7, 0],
    names: new Map([
      ["inode_add_lru", "inode_lru_list_add"],
      ["kill_litter_super", "kill_anon_super"],
    ]),
  },
  {
    since: [7, 3],
    names: new Map([
      ["init_srcu_struct", "init_srcu_struct_generic"],
      ["rcu_gp_oldstate", "rcu_gp_seq"],
      ["rgos_norm", "norm"],
      ["rgos_exp", "exp"],
    ]),
  },
];

/** Newest first: a name that changed more than once is looked up again. */
const OLDER: readonly Names[] = [
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
  // report.c was made one function of several.
  { before: [5, 19], names: new Map([["print_report", "print_address_description"]]) },
  { before: [6, 1], names: new Map([["kasan_save_free_info", "kasan_set_free_info"]]) },
  { before: [6, 3], names: new Map([["__kunit_do_failed_assertion", "kunit_do_failed_assertion"]]) },
  { before: [6, 8], names: new Map([["kasan_save_track", "kasan_set_track"]]) },
  {
    before: [6, 1],
    names: new Map([
      ["kmalloc_trace", "kmem_cache_alloc_trace"],
      ["kmalloc_node_trace", "kmem_cache_alloc_node_trace"],
    ]),
  },
  { before: [5, 16], names: new Map([["__folio_put", "__put_page"]]) },
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

/** Functions of 6.12 that kernels before a version do not have; what they call was called in their place. */
const LATER: Readonly<Record<string, Version>> = {
  check_page_allocation: [6, 12],
  check_slab_allocation: [6, 12],
  idempotent_init_module: [6, 5],
  init_module_from_file: [6, 4],
  ret_from_fork_asm: [6, 6],
};

const number = ([version, patchLevel]: Version): number => version * 1000 + patchLevel;

/**
 * The name that a function of 6.12 has in another version of the kernel, as far as the machine's functions, and the code that comes with
 * it, are concerned.
 *
 * @param release - the kernel's: `6.1.0-rc3`; a text that does not begin with a version is taken as 6.12
 */
export function nameIn(release: string, name: string): string {
  const own = numberOf(release);
  const applies = ({ before, since }: Names) =>
    (before === undefined || own < number(before)) && (since === undefined || own >= number(since));
  return [...NEWER, ...OLDER].filter(applies).reduce((known, { names, without }) => {
    const older = names.get(known) ?? known;
    return without !== undefined && older.endsWith(without) ? older.slice(0, -without.length) : older;
  }, name);
}

/** Whether a version of the kernel has a function of 6.12, by whatever name. `release`: as above. */
export function isIn(release: string, name: string): boolean {
  const since = LATER[name];
  return since === undefined || numberOf(release) >= number(since);
}

function numberOf(release: string): number {
  const [, version, patchLevel] = /^(\d+)\.(\d+)/.exec(release) ?? ["", "6", "12"];
  return number([Number(version), Number(patchLevel)]);
}
