import { KasanError } from "@kasan/shadow";

/**
 * Thrown when this package is used incorrectly, and when {@link Mmu.read} or {@link Mmu.write} meets a fault.
 * Walks and hot accesses report faults as data instead.
 *
 * | code | meaning |
 * |---|---|
 * | `ALREADY_MAPPED` | `map` or `mapPage` met a mapping, and was not told to replace it |
 * | `ARENA_FULL` | no room behind RAM for another region |
 * | `BAD_TABLE` | a table to be changed lies outside RAM, or an entry on the way has reserved bits set |
 * | `BREAK_BEFORE_MAKE` | a live entry was to be changed in a way that the architecture allows only by way of an invalid one |
 * | `BUFFER_SIZE` | a buffer or RAM size that cannot hold what was asked for |
 * | `FAULT` | a checked access met a fault |
 * | `FLUSH_PENDING` | an earlier change's {@link Flush} has not been spent |
 * | `MISALIGNED` | an address, a size or a physical address is not a multiple of the page size |
 * | `NO_FRAMES` | no frame for a page table: none is left, or the address space was made without a source of frames |
 * | `RANGE` | a range that is empty, leaves the address space or crosses a hole; a physical address too large; a level or CPU that does not exist |
 */
export class MmuError extends KasanError {
  /** The class's name, for logs. */
  override name = "MmuError";
}
