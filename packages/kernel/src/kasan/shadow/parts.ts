/** The kind of backing of a part of the shadow. */
export type ShadowBacking =
  /** The read-only page of zeros. */
  | "early"
  /** Memory reserved at boot: 1/8 or 1/16 of RAM. */
  | "direct"
  /** Decided by the scheme of vmalloc space. */
  | "vmalloc"
  /** Pages allocated when the kernel image is placed. */
  | "image"
  /** Decided by the scheme of module space. */
  | "modules";

/** A range of consecutive shadow pages, by page number. */
export interface ShadowPart {
  /** First shadow page. */
  readonly vpn: number;
  /** The page after the last. */
  readonly end: number;
  /** Its backing. */
  readonly backing: ShadowBacking;
}
