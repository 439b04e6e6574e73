import type { PhysicalMemory } from "./memory.ts";

/** The source of pages for page tables. A machine passes its page allocator. {@link FramePool} serves tests and tools. */
export interface FrameSource {
  /**
   * The physical address of one page of the architecture's size, aligned to it and filled with zeros; -1 when none is left.
   */
  allocate(): number;
  /** Takes back a page that {@link allocate} gave. */
  free(physical: number): void;
}

/** Pages from a range of RAM: the lowest first, and what was freed last before that. */
export class FramePool implements FrameSource {
  private readonly memory: PhysicalMemory;
  private readonly end: number;
  private readonly frameBytes: number;
  private readonly freed: number[] = [];
  private next: number;

  /** Serves the frames between physical addresses `start` and `end` (exclusive), of `frameBytes` bytes each. */
  constructor(memory: PhysicalMemory, start: number, end: number, frameBytes = 4096) {
    this.memory = memory;
    this.next = Math.ceil(start / frameBytes) * frameBytes;
    this.end = Math.min(end, memory.size);
    this.frameBytes = frameBytes;
  }

  /** How many frames are in use. */
  used = 0;

  allocate(): number {
    const frame = this.freed.pop() ?? this.bump();
    if (frame < 0) return -1;
    this.memory.fill(0, frame, frame + this.frameBytes);
    this.used++;
    return frame;
  }

  free(physical: number): void {
    this.freed.push(physical);
    this.used--;
  }

  private bump(): number {
    if (this.next + this.frameBytes > this.end) return -1;
    const frame = this.next;
    this.next += this.frameBytes;
    return frame;
  }
}
