/** How large a machine is. */
export interface MachineSize {
  /** CPUs, 1 to 6. */
  readonly cpus: number;
  /** Entries of a store buffer. */
  readonly buffer: number;
  /** Pages of shadow. */
  readonly shadowPages: number;
  /** Different prefixes of addresses above the last level of the tables. */
  readonly prefixes: number;
  readonly locks: number;
  /** Pages that operations allocate. */
  readonly frames: number;
  /** Pages of memory, for the properties. */
  readonly pages: number;
  readonly handles: number;
  readonly cells: number;
}

/** Where in the state's words what is. A state is one row of signed 32-bit words. */
export class Layout {
  readonly size: MachineSize;
  /** Words of one CPU. */
  readonly cpuWords: number;
  /** Within a CPU's words: the operation that it is at, and the node of that operation's tree. */
  readonly operation = 0;
  readonly node = 1;
  /** Entries in the store buffer. */
  readonly buffered = 2;
  /** The access that is being made: its page * 4 + {@link Watch}; 0 if none is. */
  readonly watch = 3;
  /** Shadow pages whose own new entry this CPU need not see before an ISB. */
  readonly unsynced = 4;
  /** The store buffer, oldest first: the cell, or {@link MARKER}, and the value. */
  readonly buffer = 5;
  /** By sender: shadow pages that this CPU has been asked to forget. */
  readonly asked: number;
  /** By shadow page: slots of the frames that its TLBs may hold for it. */
  readonly tlb: number;
  /** By prefix: slots of the tables that its walk caches may hold for it. */
  readonly walks: number;
  /** What is under each lock. */
  readonly lockData: number;
  /** {@link FrameState}s. */
  readonly frames: number;
  /** {@link Truth} of pages. */
  readonly truth: number;
  /** Areas of handles: page + 1 in the low byte, pages above, bit 30 once it was freed; 0: none. */
  readonly handles: number;
  readonly cells: number;
  /** Who ran last, and how often a CPU was made to stop though it could go on: for the preemption bound alone. */
  readonly lastCpu: number;
  readonly preemptions: number;
  /** All words. */
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

/** In place of a cell in a store buffer: a barrier. */
export const MARKER = -1;

/** What has become of a page that operations allocate. Private ones hold 1 + the CPU that alone knows of them. */
export const FrameState = {
  FREE: 0,
  /** An entry leads to it. */
  PUBLIC: 16,
} as const;

/** Whether accesses to a page are right. */
export const Truth = {
  /** They are bugs. */
  DEAD: 0,
  /** An allocation or a free is under way. */
  OPEN: 1,
  /** They are right. */
  LIVE: 2,
} as const;

/** What an access under way is, as long as that does not change. */
export const Watch = {
  /** It is right. */
  GOOD: 1,
  /** It is a bug. */
  BAD: 2,
} as const;
