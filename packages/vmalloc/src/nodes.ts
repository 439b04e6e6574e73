import { hex, PAGE_SHIFT } from "@kasan/shadow";
import type { Area } from "./areas.ts";
import { VmallocError } from "./error.ts";
import type { Vmalloc, VmallocCounts, VmallocRequest } from "./vmalloc.ts";

/** Alignment of the boundary between two nodes in bytes: no shadow page or page table serves both. */
const NODE_ALIGN = 2n ** 21n;

/** Address range of a node. */
export interface NodeRange {
  /** First address. */
  readonly start: bigint;
  /** Last address. */
  readonly end: bigint;
}

/**
 * Divides a part of the address space evenly among nodes, as {@link VmallocNodes} needs it.
 *
 * @param start - first address
 * @param end - last address
 * @throws {@link VmallocError} `VMALLOC_RANGE` if there is less than 2 MB for each
 */
export function divide(start: bigint, end: bigint, nodes: number): NodeRange[] {
  const each = (end + 1n - start) / BigInt(nodes);
  const from = (node: number): bigint =>
    node === 0 ? start : ((start + each * BigInt(node)) / NODE_ALIGN) * NODE_ALIGN;
  const ranges = Array.from({ length: nodes }, (_, node) => ({
    start: from(node),
    end: node === nodes - 1 ? end : from(node + 1) - 1n,
  }));
  if (nodes < 1 || ranges.some((range) => range.end + 1n - range.start < NODE_ALIGN)) {
    throw new VmallocError("VMALLOC_RANGE", `${hex(start)} to ${hex(end)} is too little for ${nodes} nodes of 2 MB`);
  }
  return ranges;
}

/**
 * vmalloc space in parts, one per CPU, each with its own lock, trees and lazy list, to reduce contention. This is the purpose of
 * `vmap_node`s (mm/vmalloc.c since 6.9; there, areas are distributed by hashes of their addresses). A CPU takes the lowest fit in
 * its own part, and uses the others' when that is full. Freeing an area finds its part by the address.
 */
export class VmallocNodes {
  private readonly nodes: readonly Vmalloc[];
  /** First page number of each node. */
  private readonly starts: readonly number[];
  private readonly own: number;

  /**
   * @param nodes - in ascending order of addresses
   * @param ranges - their addresses, from {@link divide}
   * @param own - the node of the CPU this view belongs to
   * @param pageShift - log2 of the page size; 12 by default
   */
  constructor(nodes: readonly Vmalloc[], ranges: readonly NodeRange[], own: number, pageShift: number = PAGE_SHIFT) {
    this.nodes = nodes;
    this.starts = ranges.map(({ start }) => Number(start >> BigInt(pageShift)));
    this.own = own;
  }

  private nodeOf(vpn: number): Vmalloc {
    const { nodes, starts } = this;
    let node = nodes.length - 1;
    while (node > 0 && vpn < starts[node]) node--;
    return nodes[node];
  }

  /** {@link Vmalloc.allocate}. */
  allocate(request: VmallocRequest): number {
    const vpn = this.nodes[this.own].allocate(request);
    return vpn < 0 ? this.elsewhere((node) => node.allocate(request)) : vpn;
  }

  /** {@link Vmalloc.map}. */
  map(frames: readonly number[], caller: number): number {
    const vpn = this.nodes[this.own].map(frames, caller);
    return vpn < 0 ? this.elsewhere((node) => node.map(frames, caller)) : vpn;
  }

  /** {@link Vmalloc.mapRam}: each node has its CPU's blocks. */
  mapRam(frames: readonly number[]): number {
    const vpn = this.nodes[this.own].mapRam(frames);
    return vpn < 0 ? this.elsewhere((node) => node.mapRam(frames)) : vpn;
  }

  /** {@link Vmalloc.unmapRam}. */
  unmapRam(vpn: number, pages: number): boolean {
    return this.nodeOf(vpn).unmapRam(vpn, pages);
  }

  /** Tries the other nodes when the CPU's own has no room. If memory is short, they fail soon as well. */
  private elsewhere(ask: (node: Vmalloc) => number): number {
    for (const [i, node] of this.nodes.entries()) {
      const vpn = i === this.own ? -1 : ask(node);
      if (vpn >= 0) return vpn;
    }
    return -1;
  }

  /** {@link Vmalloc.allocateAt}. */
  allocateAt(vpn: number, request: VmallocRequest): boolean {
    return this.nodeOf(vpn).allocateAt(vpn, request);
  }

  /** {@link Vmalloc.isFree}. */
  isFree(vpn: number, size: number): boolean {
    return this.nodeOf(vpn).isFree(vpn, size);
  }

  /** {@link Vmalloc.free}. */
  free(vpn: number): boolean {
    return this.nodeOf(vpn).free(vpn);
  }

  /** {@link Vmalloc.purge} for all nodes. */
  purge(): void {
    for (const node of this.nodes) node.purge();
  }

  /** {@link Vmalloc.unmapAliases} for all nodes. */
  unmapAliases(): void {
    for (const node of this.nodes) node.unmapAliases();
  }

  /** {@link Vmalloc.find}. */
  find(vpn: number): Area | undefined {
    return this.nodeOf(vpn).find(vpn);
  }

  /** All areas in use, in ascending order. */
  *list(): Generator<Area> {
    for (const node of this.nodes) yield* node.list();
  }

  /** Areas that were freed and wait for the purge: by node, newest first. */
  *unpurged(): Generator<Area> {
    for (const node of this.nodes) yield* node.unpurged();
  }

  /** Counts of areas in use and pages waiting for the purge. */
  get counts(): VmallocCounts {
    const counts = this.nodes.map((node) => node.counts);
    return {
      areas: counts.reduce((sum, { areas }) => sum + areas, 0),
      lazyPages: counts.reduce((sum, { lazyPages }) => sum + lazyPages, 0),
    };
  }
}
