import type { VirtualMemory } from "../virtual.ts";

/** Nodes of a list that are followed at most. */
const MOST_NODES = 2 ** 20;

/**
 * The nodes of a list (`struct list_head`), its head left out. Ends where the list does, returns to a node that was there, or leaves
 * memory.
 */
export function* listNodes(memory: VirtualMemory, head: bigint, most = MOST_NODES): Generator<bigint> {
  const seen = new Set<bigint>([head, 0n]);
  for (let node = next(memory, head); !seen.has(node) && seen.size <= most; node = next(memory, node)) {
    if (!memory.has(node)) return;
    seen.add(node);
    yield node;
  }
}

const next = (memory: VirtualMemory, node: bigint) => (memory.has(node) ? memory.u64(node) : 0n);
