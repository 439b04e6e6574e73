import { PlatformError, type Platforms } from "@kasan/platform";
import { ExploreError } from "../error.ts";
import { CellKind } from "../machine/cells.ts";
import { PROPERTIES } from "../properties.ts";
import { exploredScheme, makeScenario, type ScenarioData } from "../registry.ts";
import type { UserProperty } from "../user-property.ts";
import type { ExploredScheme } from "../world/scenario.ts";
import { flag, list, notJudged, number, object, pair, printable, type Read, text, whole, wrong } from "./fields.ts";
import type { Trace, TraceStep } from "./trace.ts";

/** Names from a user's module that a trace may use in addition to the shipped ones. */
export interface OwnNames {
  /** The known architectures; by default, the built-in ones. */
  readonly platforms?: Platforms;
  /** The user's schemes. */
  readonly schemes?: readonly ExploredScheme[];
  /** The user's properties. */
  readonly properties?: readonly UserProperty[];
}

/** Maximum number of characters of a trace; the longest traces of shipped schemes have a few thousand. */
const MAX_CHARACTERS = 2 ** 24;
/** Maximum number of cells of a trace. */
const MAX_CELLS = 1024;

const operations = list(text);

const scenario: Read<ScenarioData> = object<ScenarioData>(
  {
    scheme: text,
    architecture: text,
    setup: operations,
    programs: list(operations),
    // makeScenario() checks the upper limits.
    pages: number,
    frames: number,
    buffer: number,
    cachesInvalid: flag,
    without: text,
  },
  "pages",
  "frames",
  "buffer",
  "cachesInvalid",
  "without",
);

const step: Read<TraceStep> = object<TraceStep>(
  { cpu: whole(0, 8), what: text, where: text, begins: text, transition: whole(0, MAX_CHARACTERS) },
  "begins",
);

/**
 * Parses a trace from a file's text.
 *
 * @param own - names from a user's module
 * @throws {@link ExploreError} `TRACE` if it is invalid; the message says what is wrong, and where in the file
 */
export function readTrace(file: string, own: OwnNames = {}): Trace {
  const value = parse(file);
  const version = (value as { version?: unknown } | null)?.version;
  if (version !== 1) {
    const what = version === undefined ? "is missing" : "should be 1; another kasan wrote this";
    throw wrong("version", `${what}; give a file that kasan check --trace wrote`);
  }
  const names = [...PROPERTIES, ...(own.properties ?? [])].map(({ name }) => name);
  const trace = object<Trace>({
    version: whole(1, 2) as Read<1>,
    scenario,
    property: (name, where) => {
      if (names.some((known) => known === name)) return name as string;
      throw wrong(where, notJudged(name, own.properties ?? []));
    },
    holds: text,
    cells: list(pair(whole(0, Object.keys(CellKind).length), whole(0, 2 ** 32)), MAX_CELLS),
    reduction: (value, where) => (value === "unwatched" ? value : flag(value, where)),
    codes: list(whole(0, 2 ** 31)),
    steps: list(step),
  })(value, "");
  check(trace, own);
  return trace;
}

function parse(file: string): unknown {
  if (file.length > MAX_CHARACTERS) throw wrong("", `no trace: more than ${MAX_CHARACTERS} characters`);
  try {
    return JSON.parse(file);
  } catch (error) {
    throw wrong("", `no JSON: ${printable((error as Error).message)}`);
  }
}

/** Checks that the parts of a trace are consistent. */
function check({ scenario, codes, steps }: Trace, own: OwnNames): void {
  try {
    makeScenario(scenario, exploredScheme(scenario.scheme, own.schemes), own.platforms);
  } catch (error) {
    if (error instanceof PlatformError) throw wrong("scenario.architecture", error.message);
    throw error instanceof ExploreError ? wrong("scenario", error.message) : error;
  }
  for (const [index, { cpu, transition }] of steps.entries()) {
    if (cpu >= scenario.programs.length) throw wrong(`steps[${index}].cpu`, `there is no CPU ${cpu}`);
    if (transition >= codes.length) throw wrong(`steps[${index}].transition`, `there is no codes[${transition}]`);
  }
}
