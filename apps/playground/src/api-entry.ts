/** A name of the kernel's API for guests. */
export interface ApiEntry {
  readonly name: string;
  readonly kind: "function" | "macro" | "constant" | "type";
  /** As it is declared: `void *kmalloc(size_t size, gfp_t flags)`. */
  readonly signature: string;
  /** The header: `linux/slab.h`. */
  readonly header: string;
  /** The comment above it, if there is one. */
  readonly comment?: string;
}

/** The file of the site that has all of them. */
export const API_FILE = "api.json";
