/** What backs the shadow of a part of the address space. */
export type ShadowBacking =
  /** The read-only page of zeros. */
  | "early"
  /** Memory that boot sets aside: an eighth of RAM, or a sixteenth. */
  | "direct"
  /** What the scheme of vmalloc space says. */
  | "vmalloc"
  /** Pages that come when the kernel image is placed. */
  | "image"
  /** What the scheme of module space says. */
  | "modules";

/** Consecutive pages of shadow. Page numbers. */
export interface ShadowPart {
  /** First page of shadow. */
  readonly vpn: number;
  /** The page behind the last. */
  readonly end: number;
  /** What backs it. */
  readonly backing: ShadowBacking;
}
