/** An address in JSON, where numbers end at 2^53: `0x` and 1 to 16 lower-case hex digits. */
export type HexJson = `0x${string}`;

/** A source position in JSON. What is unknown is absent. */
export interface SourceJson {
  /** Source file, as the debug information spells it. */
  file?: string;
  /** Line, from 1. */
  line?: number;
  /** Column, from 1. */
  column?: number;
}

/** A stack frame in JSON, or any other address with its symbol. What is unknown is absent. */
export interface FrameJson extends SourceJson {
  /** The frame's address. */
  address?: HexJson;
  /** The function's or variable's name. */
  function?: string;
  /** Bytes from the function's start. */
  offset?: number;
  /** The function's bytes. */
  size?: number;
  /** The module that holds it. */
  module?: string;
  /** Functions merged into this one here, innermost first. */
  inlined?: InlinedJson[];
  /** False if the log shows it after `? `. */
  reliable: boolean;
}

/** A merged function in JSON. */
export interface InlinedJson {
  /** Its name. */
  function: string;
  /** Source file. */
  file: string;
  /** Line, from 1. */
  line: number;
}

/** A task in JSON. */
export interface TaskJson {
  /** Its name. */
  comm: string;
  /** Its id. */
  pid: number;
}

/** An access or a free in JSON. */
export interface AccessJson {
  /** What was done. */
  kind: "Read" | "Write" | "Free";
  /** Bytes; in hex beyond 2^53, as C makes of negative sizes. */
  size?: number | HexJson;
  /** The pointer, tag included. */
  address: HexJson;
  /** Tag-based modes: the pointer's tag. */
  pointerTag?: number;
  /** Tag-based modes: the memory's tag. */
  memoryTag?: number;
}

/** An allocation or a free in JSON. */
export interface TrackJson {
  /** The task's id. */
  pid: number;
  /** Its CPU. */
  cpu?: number;
  /** Seconds since boot. */
  time?: number;
  /** The saved stack, innermost frame first. */
  stack?: FrameJson[];
}

/** A slab object in JSON. */
export interface ObjectJson {
  /** Its first address. */
  address: HexJson;
  /** Its cache. */
  cache: string;
  /** Bytes in every object of that cache. */
  size: number;
  /** Bytes that were asked for. */
  allocSize: number;
}

/** The bytes that were asked for, as a region, and where the address lies seen from it. */
export interface RegionJson {
  /** First address. */
  start: HexJson;
  /** The address after it. */
  end: HexJson;
  /** Bytes. */
  size: number;
  /** Before, inside or after. */
  side: "left" | "inside" | "right";
  /** Bytes: from the start, or from the end if right. */
  distance: number;
  /** What the log calls the region. */
  state?: "allocated" | "freed";
}

/** A stack, and the frame on it, in JSON. */
export interface StackLocationJson {
  /** Whose stack. */
  task: TaskJson;
  /** Bytes from the frame's start to the address. */
  offset?: number;
  /** The frame's function. */
  function?: string;
  /** The frame's variables. */
  objects?: FrameObjectJson[];
}

/** A variable on a stack, in JSON. */
export interface FrameObjectJson {
  /** Bytes from the frame's start to the variable. */
  start: number;
  /** Bytes from the frame's start to the byte after it. */
  end: number;
  /** Its name. */
  name: string;
  /** The line that declares it. */
  line?: number;
}

/** A vmalloc area in JSON; empty if only known to be in vmalloc space. */
export interface VmallocJson {
  /** Its pages. */
  pages?: number;
  /** Its first address. */
  start?: HexJson;
  /** Who made it. */
  caller?: FrameJson;
}

/** A page's descriptor in JSON. */
export interface PageJson {
  /** Page frame number. */
  pfn: number;
  /** References. */
  refcount: number;
  /** How often page tables map it. */
  mapcount: number;
  /** The `flags` word. */
  flags: HexJson;
  /** What the log puts in parentheses after it. */
  flagNames: string;
  /** log2 of the pages of the compound page that it belongs to. */
  order?: number;
  /** The name of its type. */
  type?: string;
  /** The descriptor's 64-bit words. */
  raw: HexJson[];
}

/** The shadow around the first bad address, in JSON. */
export interface ShadowJson {
  /** The first bad address. */
  firstBad: HexJson;
  /** Bytes of memory in a granule: 8 or 16. */
  granule: number;
  /** Five rows. */
  rows: ShadowRowJson[];
}

/** A row of shadow in JSON. */
export interface ShadowRowJson {
  /** The address of the memory. */
  address: HexJson;
  /** Its 16 shadow bytes. */
  bytes: number[];
}

/** Where something happened, in JSON: function, source, task and call trace. */
export interface PlaceJson extends SourceJson {
  /** The function, or its address if it has no name. */
  function: string;
  /** The module that holds it. */
  module?: string;
  /** The task. */
  task: TaskJson;
  /** The CPU. */
  cpu?: number;
  /** The call trace, innermost frame first. */
  callTrace: FrameJson[];
}

/** A report in JSON. What is unknown is absent. The schema `@kasan/report/run.schema.json` says the same. */
export interface ReportJson extends PlaceJson {
  /** The first line without `BUG: `, offset and size: `KASAN: slab-out-of-bounds in kmalloc_oob_right`. */
  title: string;
  /** `slab-out-of-bounds`. */
  bugType: string;
  /** True of hardware's tags: the access is past, and nothing is known of it; `access` and the place say nothing then. */
  asynchronous?: boolean;
  /** What was done. */
  access: AccessJson;
  /** Who allocated the object. */
  allocated?: TrackJson;
  /** Who freed it. */
  freed?: TrackJson;
  /** The stacks that last queued work for it. */
  aux?: FrameJson[][];
  /** The slab object. */
  object?: ObjectJson;
  /** What was allocated of it, and where the address lies. */
  region?: RegionJson;
  /** The global variable: its name is in `function`. */
  variable?: FrameJson;
  /** The stack that the address is on. */
  frame?: StackLocationJson;
  /** The vmalloc area. */
  vmalloc?: VmallocJson;
  /** The page. */
  page?: PageJson;
  /** The shadow. */
  shadow?: ShadowJson;
}

/** An oops in JSON. */
export interface OopsJson extends PlaceJson {
  /** The line that says what happened: `BUG: kernel NULL pointer dereference, address: 0000000000000000`. */
  title: string;
  /** Which kind of cause. */
  kind: "general-protection" | "page-fault" | "stack-guard" | "bug" | "exception";
  /** The address that could not be accessed. */
  address?: HexJson;
  /** What KASAN makes of it. */
  shadowFault?: ShadowFaultJson;
  /** The panic that followed. */
  panic?: string;
}

/** The addresses whose shadow was being read when it faulted, in JSON. */
export interface ShadowFaultJson {
  /** The kernel's words: `null-ptr-deref`. */
  type: string;
  /** First address. */
  first: HexJson;
  /** Last address. */
  last: HexJson;
}
