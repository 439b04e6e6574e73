/** Size of a machine. */
export interface MachineSize {
  /** Number of CPUs, 1 to 6. */
  readonly cpus: number;
  /** Entries per store buffer. */
  readonly buffer: number;
  /** Number of shadow pages. */
  readonly shadowPages: number;
  /** Number of distinct address prefixes above the last level of the tables. */
  readonly prefixes: number;
  readonly locks: number;
  /** Number of pages that operations allocate. */
  readonly frames: number;
  /** Number of pages of memory, for the properties. */
  readonly pages: number;
  readonly handles: number;
  readonly cells: number;
}

/** Layout of the state's words. A state is one row of signed 32-bit words. */
export class Layout {
  readonly size: MachineSize;
  /** Words per CPU. */
  readonly cpuWords: number;
  /** Offsets in a CPU's words: its current operation, and the node of that operation's tree. */
  readonly operation = 0;
  readonly node = 1;
  /** Number of entries in the store buffer. */
  readonly buffered = 2;
  /** The access in progress: its page * 4 + {@link Watch}; 0 if there is none. */
  readonly watch = 3;
  /** Shadow pages for which this CPU need not see its own new entry before an ISB. */
  readonly unsynced = 4;
  /** The store buffer, oldest first: the cell, or {@link MARKER}, and the value. */
  readonly buffer = 5;
  /** By sender: shadow pages that this CPU was asked to forget. */
  readonly asked: number;
  /** By shadow page: slots of the frames that its TLBs may hold. */
  readonly tlb: number;
  /** By prefix: slots of the tables that its walk caches may hold. */
  readonly walks: number;
  /** The data under each lock. */
  readonly lockData: number;
  /** {@link FrameState}s. */
  readonly frames: number;
  /** {@link Truth} for each page. */
  readonly truth: number;
  /** Areas of handles: page + 1 in the low byte, number of pages above, bit 30 after it was freed; 0: none. */
  readonly handles: number;
  readonly cells: number;
  /** The CPU that ran last, and the number of preemptions; used only for the preemption bound. */
  readonly lastCpu: number;
  readonly preemptions: number;
  /** Total number of words. */
  readonly words: number;

  constructor(size: MachineSize) {
    this.size = size;
    this.asked = this.buffer + 2 * size.buffer;
    this.tlb = this.asked + size.cpus;
    this.walks = this.tlb + size.shadowPages;
    this.cpuWords = this.walks + size.prefixes;
    let next = size.cpus * this.cpuWords;
    const take = (words: number) => {
      const at = next;
      next += words;
      return at;
    };
    this.lockData = take(size.locks);
    this.frames = take(size.frames);
    this.truth = take(size.pages);
    this.handles = take(size.handles);
    this.cells = take(size.cells);
    this.lastCpu = take(1);
    this.preemptions = take(1);
    this.words = next;
  }
}

/** Marks a barrier in place of a cell in a store buffer. */
export const MARKER = -1;

/** State of a page that operations allocate. Private pages hold 1 + the only CPU that knows them. */
export const FrameState = {
  FREE: 0,
  /** An entry points to it. */
  PUBLIC: 16,
} as const;

/** Whether accesses to a page are valid. */
export const Truth = {
  /** They are bugs. */
  DEAD: 0,
  /** Undecided: an allocation or a free is in progress. */
  OPEN: 1,
  /** They are valid. */
  LIVE: 2,
  /** They are valid, but for those to redzones: kernel memory. */
  KERNEL: 3,
} as const;

/** Validity of an access in progress, as long as it does not change. */
export const Watch = {
  /** It is valid. */
  GOOD: 1,
  /** It is a bug. */
  BAD: 2,
} as const;
