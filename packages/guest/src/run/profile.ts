import { host } from "#host";
import { RUNTIME_NAME, SERVICE_NAME } from "../load/runtime-names.ts";
import { sourceName } from "../load/symbols.ts";
import type { Prepared } from "./prepare.ts";
import { ProfileSources } from "./profile-sources.ts";

/** A function in a profile (Runtime.CallFrame of the DevTools protocol). */
export interface CallFrame {
  /** Its name. */
  readonly functionName: string;
  /** The engine's number of the script that it is in. */
  readonly scriptId: string;
  /** Where its source is: a `file:` URL or a path; empty if that is not known. */
  readonly url: string;
  /** The line at which it begins, from 0 on; -1 if that is not known. */
  readonly lineNumber: number;
  /** The column, from 0 on; -1 if that is not known. */
  readonly columnNumber: number;
}

/** A function as it was called: a node of the tree of calls (Profiler.ProfileNode). */
export interface ProfileNode {
  /** Its number in this profile, from 1 on. */
  readonly id: number;
  /** The function. */
  readonly callFrame: CallFrame;
  /** How many samples were taken in it, and not in what it calls. */
  readonly hitCount: number;
  /** What it calls: numbers of nodes. */
  readonly children?: readonly number[];
}

/** A CPU profile as the DevTools protocol describes it (Profiler.Profile): as JSON, a `.cpuprofile` that Chromium and VS Code read. */
export interface CpuProfile {
  /** The tree of calls; the first node is its root. */
  readonly nodes: readonly ProfileNode[];
  /** When it was started, in microseconds of the engine's clock. */
  readonly startTime: number;
  /** When it was stopped, in microseconds of the engine's clock. */
  readonly endTime: number;
  /** The node in which each sample was taken. */
  readonly samples: readonly number[];
  /** Microseconds from each sample's predecessor, the first one's from the start. */
  readonly timeDeltas: readonly number[];
}

/** A function and how much time it took. */
export interface ProfiledFunction {
  /** Its name. */
  readonly name: string;
  /** Samples that were taken in it, or in what the machine did for it, but not in other functions that it calls, of the guest or of the kernel. */
  readonly samples: number;
}

/** Where the time of a guest went, in the thread that booted its machine. */
export interface GuestProfile {
  /**
   * The profile. Functions of the guest have their names in C, those of the kernel that are not in C the names by which C calls them, and
   * below these is what the machine's JavaScript does for them. What ran outside of the guest's code is one node, `(kasan)`.
   */
  readonly profile: CpuProfile;
  /** The functions of the guest and of the kernel that it calls, by the time that they took themselves, most first. */
  readonly functions: readonly ProfiledFunction[];
}

/** The least time between two samples, in microseconds. */
const INTERVAL = 200;
/** The most samples, so that the profile of a long run can be written. */
const MOST_SAMPLES = 1e6;

/**
 * Profiles this thread during `run`, which runs the guest of `prepared`.
 *
 * @throws {@link GuestError} `INTERRUPTED` if Ctrl-C ended it: then `run` has not cleaned up, and `onProfile` has the profile
 */
export function withProfile<T>(prepared: Prepared, onProfile: (profile: GuestProfile) => void, run: () => T): T {
  const interval = Math.max(INTERVAL, (prepared.options.run.timeout * 1e6) / MOST_SAMPLES);
  return host.profile(run, interval, (raw) => onProfile(new ProfileOfGuest(prepared, raw).result()));
}

/** What the first functions of the runtime module do, for people; its other functions are named as they are. */
const RUNTIME_WORDS: Readonly<Record<string, string>> = {
  translate: "(TLB miss)",
  translateShadow: "(TLB miss of the shadow)",
  check: "(KASAN check)",
};
/** Nodes of the engine itself: `(root)`, `(program)`, `(garbage collector)`, `(idle)`. */
const isOfEngine = ({ functionName, url }: CallFrame): boolean => url === "" && functionName.startsWith("(");
/** Adapters between JavaScript and WebAssembly, which the engine shows as functions. */
const isAdapter = ({ functionName }: CallFrame): boolean => /^(js-to-wasm|wasm-to-js)\b/.test(functionName);
const isWasm = ({ url }: CallFrame): boolean => url.startsWith("wasm:");
const isUnnamed = ({ functionName }: CallFrame): boolean => functionName.startsWith("wasm-function[");

/** What runs the machine, prints and finds lines: none of it is what the guest asked for. */
const KASAN: CallFrame = { functionName: "(kasan)", scriptId: "0", url: "", lineNumber: -1, columnNumber: -1 };

/** A node that is being made: several of the engine's may become one. */
interface Made {
  readonly id: number;
  readonly callFrame: CallFrame;
  /** The function whose time this is, if it is one's: see {@link ProfiledFunction.samples}. */
  readonly owner: string | undefined;
  /** Whether the guest's code runs in it, or below it. */
  readonly isInGuest: boolean;
  readonly children: Map<string, Made>;
  hits: number;
}

/** Makes the profile of a guest from the engine's. */
class ProfileOfGuest {
  private readonly made: Made[] = [];
  private readonly hasUnnamed: boolean;
  private readonly sources: ProfileSources;

  constructor(
    { loader: { modules }, places }: Prepared,
    private readonly raw: CpuProfile,
  ) {
    this.hasUnnamed = modules.some(({ wasm }) => wasm.functionNames.size === 0);
    const frames = raw.nodes.map(({ callFrame }) => callFrame).filter((frame) => this.isGuest(frame));
    this.sources = new ProfileSources(frames, modules, places);
  }

  result(): GuestProfile {
    const { raw } = this;
    const byId = this.fold(raw.nodes);
    const samples = raw.samples.map((id) => {
      const node = byId.get(id) as Made;
      node.hits++;
      return node.id;
    });
    const nodes = this.made.map(({ id, callFrame, hits, children }) => ({
      id,
      callFrame,
      hitCount: hits,
      ...(children.size > 0 && { children: [...children.values()].map((child) => child.id) }),
    }));
    const { startTime, endTime, timeDeltas } = raw;
    return { profile: { nodes, startTime, endTime, samples, timeDeltas }, functions: this.functions() };
  }

  /** Makes the nodes. @returns what became of each of the engine's */
  private fold(nodes: readonly ProfileNode[]): ReadonlyMap<number, Made> {
    const given = new Map(nodes.map((node) => [node.id, node]));
    const [root] = nodes;
    const top = this.node(undefined, root.callFrame, undefined, false);
    const became = new Map([[root.id, top]]);
    const left = [...(root.children ?? [])].map((id) => ({ id, under: top }));
    for (let next = left.pop(); next; next = left.pop()) {
      const { callFrame, children = [] } = given.get(next.id) as ProfileNode;
      const node = this.placed(callFrame, next.under, top);
      became.set(next.id, node);
      for (const id of children) left.push({ id, under: node });
    }
    return became;
  }

  /** The node for a function that is called in another. */
  private placed(frame: CallFrame, under: Made, root: Made): Made {
    const name = frame.functionName;
    if (isOfEngine(frame)) return this.node(under, frame, undefined, under.isInGuest);
    if (isAdapter(frame) && under !== root) return under;
    // What called the guest's first function is not of interest.
    const parent = under.isInGuest ? under : root;
    if (this.isGuest(frame)) return this.node(parent, this.inC(frame), sourceName(name), true);
    if (name.startsWith(SERVICE_NAME)) {
      const called = serviceName(name.slice(SERVICE_NAME.length));
      return this.node(parent, { ...KASAN, functionName: called }, called, true);
    }
    if (!name.startsWith(RUNTIME_NAME)) return this.inMachine(frame, parent);
    const word = name.slice(RUNTIME_NAME.length);
    return this.node(parent, { ...KASAN, functionName: RUNTIME_WORDS[word] ?? `(${word})` }, parent.owner, true);
  }

  /** The node for what is not the guest's: JavaScript, functions of the engine, and the little WebAssembly that `@kasan/mmu` has. */
  private inMachine(frame: CallFrame, under: Made): Made {
    const name = frame.functionName === "" ? "(anonymous)" : isWasm(frame) ? "(copy)" : frame.functionName;
    const home = homeOf(frame);
    if (under.callFrame === KASAN) return under;
    if (!under.isInGuest || NOT_OF_THE_MACHINE.has(home ?? ""))
      return this.node(under, KASAN, undefined, under.isInGuest);
    const functionName = home === undefined ? name : `${name} [${home}]`;
    return this.node(under, { ...frame, functionName }, under.owner, true);
  }

  private node(parent: Made | undefined, callFrame: CallFrame, owner: Made["owner"], isInGuest: boolean): Made {
    const { functionName, url, lineNumber, columnNumber } = callFrame;
    const key = [functionName, url, lineNumber, columnNumber].join("\n");
    const known = parent?.children.get(key);
    if (known) return known;
    const node = { id: this.made.length + 1, callFrame, owner, isInGuest, children: new Map(), hits: 0 };
    this.made.push(node);
    parent?.children.set(key, node);
    return node;
  }

  private isGuest(frame: CallFrame): boolean {
    if (!isWasm(frame) || isAdapter(frame) || frame.functionName.startsWith(RUNTIME_NAME)) return false;
    return !isUnnamed(frame) || this.hasUnnamed;
  }

  /** A function in C, with its source in place of its code's. */
  private inC(frame: CallFrame): CallFrame {
    const place = this.sources.of(frame);
    const functionName = sourceName(frame.functionName);
    if (!place) return { ...frame, functionName, url: "", lineNumber: -1 };
    return { ...frame, functionName, url: host.fileUrl(place.file), lineNumber: place.line - 1, columnNumber: -1 };
  }

  private functions(): ProfiledFunction[] {
    const samples = new Map<string, number>();
    for (const { owner, hits } of this.made)
      if (owner !== undefined && hits > 0) samples.set(owner, (samples.get(owner) ?? 0) + hits);
    return [...samples].map(([name, count]) => ({ name, samples: count })).sort((a, b) => b.samples - a.samples);
  }
}

/** The name by which C calls a function of the kernel: some are macros for a function with a name of its own. */
const serviceName = (name: string): string =>
  name
    .replace(/^kasan_guest_/, "")
    .replace(/_noprof$/, "")
    .replace(/^_*kmalloc(_cache)?/, "kmalloc");

/** Packages whose work is not the machine's. */
const NOT_OF_THE_MACHINE: ReadonlySet<string> = new Set(["cli", "guest", "node"]);

/** The package that some JavaScript is of; undefined for others' and for the engine's own. */
function homeOf({ url }: CallFrame): string | undefined {
  const [, own, node] = /\/(?:packages|apps|@kasan)\/([\w-]+)\/(?:dist|src)\/|^(node):/.exec(url) ?? [];
  return own ?? node;
}
