/** Parameters of a kernel's command line that fill memory with zeros (Documentation/admin-guide/kernel-parameters.txt). */
export interface Zeroing {
  /** `init_on_alloc`: whether pages and objects are zeroed when they are allocated, even if nobody asks for it. */
  readonly initOnAlloc: boolean;
  /** `init_on_free`: whether they are zeroed when they are freed. */
  readonly initOnFree: boolean;
}

/** Memory is zeroed only where it is asked for. */
export const NO_ZEROING: Zeroing = { initOnAlloc: false, initOnFree: false };
