import { truncateAddress } from "@kasan/shadow";
import { ImageError } from "../error.ts";
import type { Kernel } from "./kernel.ts";
import { offsetOf, sizeOf } from "./layout.ts";

/** Bytes of a page, and of a page's descriptor where nothing says. */
const PAGE_BITS = 12;
const USUAL_BYTES = 64;

/** A kernel's descriptors of its pages: `struct page`. */
export class Pages {
  /** Bytes of a descriptor. */
  readonly bytes: number;
  /** Bytes of a page. */
  readonly pageBytes: number;
  private readonly first: bigint;
  private readonly pageBits: number;

  /** @throws {@link ImageError} `IMAGE_TYPES` if it is not known where they are */
  constructor(private readonly kernel: Kernel) {
    this.pageBits = kernel.image.architecture.pageShift ?? PAGE_BITS;
    this.pageBytes = 2 ** this.pageBits;
    this.bytes = sizeOf(kernel, "page") ?? USUAL_BYTES;
    this.first = this.firstDescriptor();
  }

  /** The descriptor of the page at a physical address. */
  descriptorOf(physical: number): bigint {
    return this.first + BigInt(this.pfnOf(physical)) * BigInt(this.bytes);
  }

  /** The frame number of a physical address. */
  pfnOf(physical: number): number {
    return Math.floor(physical / 2 ** this.pageBits);
  }

  /** The frame number that a descriptor is of. */
  pfn(descriptor: bigint): number {
    return Number((descriptor - this.first) / BigInt(this.bytes));
  }

  /** The first address of the page of descriptor `head`, where `address` is in the direct map, in the page of descriptor `page`. */
  startOf(address: bigint, page: bigint, head: bigint): bigint {
    const bytes = BigInt(this.pageBytes);
    return truncateAddress(address - (address % bytes) - BigInt(this.pfn(page) - this.pfn(head)) * bytes);
  }

  /** The first page's descriptor of the compound page that a page is part of; its own if it is none (`compound_head`). */
  headOf(descriptor: bigint): bigint {
    const word = this.kernel.memory.u64(descriptor + BigInt(offsetOf(this.kernel, "page", "compound_head") ?? 8));
    return word & 1n ? word - 1n : descriptor;
  }

  /**
   * The descriptor of frame 0, if there were one: `vmemmap`; where memory is one flat array (FLATMEM), that array's, less the
   * frames before RAM starts.
   */
  private firstDescriptor(): bigint {
    const { facts, memory, image } = this.kernel;
    const sparse = facts?.symbol("mem_section") !== undefined;
    const named = facts?.symbol("vmemmap");
    if (named !== undefined) return named;
    if (sparse) return image.architecture.layout.vmemmap;
    const map = facts?.symbol("mem_map") ?? this.kernel.symbol("mem_map");
    if (map === undefined) return image.architecture.layout.vmemmap;
    const ram = facts?.number("phys_ram_base") ?? 0n;
    const start = memory.u64(map);
    if (start === 0n) throw new ImageError("IMAGE_TYPES", "it is not known where the kernel's page descriptors are");
    return start - (ram >> BigInt(this.pageBits)) * BigInt(this.bytes);
  }
}
