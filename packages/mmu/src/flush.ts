import { addressOf, formatAddress } from "@kasan/shadow";
import type { Architecture } from "./architecture.ts";
import { MmuError } from "./error.ts";
import type { Tlbs } from "./tlb.ts";

/** The target of a {@link Flush}: the TLBs of all CPUs, if there are any, and the number of the CPU that runs. */
export interface FlushTarget {
  /** The page-table format. */
  readonly architecture: Architecture;
  /** The TLBs; without them a flush does nothing, but must still be spent. */
  readonly tlbs: Tlbs | undefined;
  /** The CPU that changes the page tables. */
  readonly cpu: number;
}

/**
 * The TLB flush that a change of page tables owes. It must be spent: by {@link flush}, {@link flushAll} or
 * {@link ignore}. Until then the address space refuses further changes, and refuses to fill a TLB, so that a forgotten
 * flush is found where it is forgotten. An address space has one of these and opens it again for each change.
 */
export class Flush {
  /** The page number of the first page that the change touched. */
  vpn = 0;
  /** How many pages it touched, of 4096 bytes each. */
  pages = 0;
  /** Whether something was mapped there before, so that a TLB may hold it. If not, ignoring the flush is safe. */
  stale = false;
  /** Whether the flush has been spent. */
  spent = true;
  /** Why the last flush that was ignored was. */
  reason = "";
  private readonly target: FlushTarget;

  /** A flush, spent, that goes to `target`. */
  constructor(target: FlushTarget) {
    this.target = target;
  }

  /** Flushes the pages from the TLBs of the CPU that made the change. */
  flush(): void {
    this.spent = true;
    this.target.tlbs?.flushRange(this.target.cpu, this.vpn, this.pages);
  }

  /** Flushes the pages from every CPU's TLBs. */
  flushAll(): void {
    this.spent = true;
    this.target.tlbs?.shootDown(this.target.cpu, this.vpn, this.pages);
  }

  /** Leaves the TLBs as they are, because `reason`: `"nothing was mapped there"`, `"the purge will flush"`. */
  ignore(reason: string): void {
    this.spent = true;
    this.reason = reason;
  }

  /**
   * Nothing was mapped there, and no TLB holds it: ignores the flush, unless the architecture's TLBs may remember that
   * nothing was mapped ({@link Architecture.cachesInvalid}). Then every CPU's are flushed.
   */
  flushNew(): void {
    if (this.target.architecture.cachesInvalid) this.flushAll();
    else this.ignore("nothing was mapped there, and TLBs remember valid entries alone");
  }

  /**
   * Opens the flush for a change; for the address space that owns it.
   *
   * @throws {@link MmuError} `FLUSH_PENDING` if the last one has not been spent.
   */
  open(vpn: number, pages: number, stale: boolean): this {
    this.check();
    this.spent = false;
    this.vpn = vpn;
    this.pages = pages;
    this.stale = stale;
    return this;
  }

  /** @throws {@link MmuError} `FLUSH_PENDING` if the flush has not been spent. */
  check(): void {
    if (this.spent) return;
    const from = formatAddress(addressOf(this.vpn, 0));
    const to = formatAddress(addressOf(this.vpn + this.pages - 1, 4095));
    throw new MmuError(
      "FLUSH_PENDING",
      `the mapping of ${from}-${to} was changed and its flush not spent; call flush(), flushAll() or ignore(reason)`,
    );
  }
}
