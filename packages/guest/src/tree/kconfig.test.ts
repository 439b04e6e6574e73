import { describe, expect, it } from "vitest";
import { parseConfig } from "./config.ts";
import { completeConfig, holds, readKconfig } from "./kconfig.ts";

const files = new Map([
  [
    "Kconfig",
    `mainmenu "Kernel" # the first line
source "init/Kconfig"
source "arch/$(SRCARCH)/Kconfig"
if NET
source "net/Kconfig"
endif
`,
  ],
  [
    "init/Kconfig",
    `config BASE_SMALL
	int
	default 0 if BASE_FULL
	default 1 if !BASE_FULL
	help
	  A text that is no entry:

	  config FAKE
	  default y

config BASE_FULL
	bool "Full-sized structures" if EXPERT
	default y

config NAME
	string "A name" if \\
		EXPERT
	default "it's # no comment"

menu "Digests"
	depends on CRYPTO

config DIGEST
	tristate "Digest"
	select HASH
	select RARE if RARE_WANTED && !BASE_FULL
	select PROCESSORS

config HASH
	tristate
	select TABLE

config TABLE
	bool

config BITS
	int
	default LIMIT

config LIMIT
	int "Limit"
	default 64
	range 1 128
endmenu
`,
  ],
  ["net/Kconfig", 'config QUEUES\n\tint "Queues"\n\tdefault 4\n\nsource "init/Kconfig"\n'],
]);

const entries = readKconfig((path) => files.get(path));
const complete = (text: string) => {
  const config = completeConfig(parseConfig(text, "x"), entries, (name) => name !== "PROCESSORS");
  return Object.fromEntries([...config].sort());
};

describe("Kconfig files", () => {
  it("give entries with what they depend on outside; help texts have none, and a file counts once", () => {
    expect(entries.map(({ name }) => name)).toEqual([
      ...["BASE_SMALL", "BASE_FULL", "NAME", "DIGEST", "HASH", "TABLE", "BITS", "LIMIT"],
      "QUEUES",
    ]);
    const named = (name: string) => entries.find((entry) => entry.name === name);
    expect(named("DIGEST")).toMatchObject({ type: "tristate", depends: ["CRYPTO"] });
    expect(named("QUEUES")).toMatchObject({ type: "int", depends: ["NET"], defaults: [{ value: "4", when: "" }] });
    expect(named("NAME")?.defaults).toEqual([{ value: '"it\'s # no comment"', when: "" }]);
  });

  it("complete a configuration: numbers and texts have defaults, if what they depend on is on", () => {
    expect(complete("CONFIG_BASE_FULL=y\n")).toEqual({ BASE_FULL: "y", BASE_SMALL: "0", NAME: '"it\'s # no comment"' });
    expect(complete("CONFIG_NET=y\nCONFIG_BASE_SMALL=y\n")).toMatchObject({ BASE_SMALL: "1", QUEUES: "4" });
    expect(complete("CONFIG_BASE_SMALL=7\n")).toMatchObject({ BASE_SMALL: "7" });
    expect(complete("CONFIG_CRYPTO=y\nCONFIG_LIMIT=9\n")).toMatchObject({ BITS: "9" });
  });

  it("turn on what is selected: as a module by a module, unless it cannot be one", () => {
    const selected = complete("CONFIG_CRYPTO=y\nCONFIG_DIGEST=m\nCONFIG_RARE_WANTED=y\n");
    expect(selected).toMatchObject({ DIGEST: "m", HASH: "m", TABLE: "y", RARE: "y" });
    expect(selected).not.toHaveProperty("PROCESSORS");
    expect(complete("CONFIG_DIGEST=y\nCONFIG_RARE_WANTED=y\nCONFIG_BASE_FULL=y\n")).not.toHaveProperty("RARE");
  });
});

it.each([
  ["", true],
  ["A", true],
  ["B", false],
  ["!B && (A || C)", true],
  ["B || A && C", false],
  ['S = "text" && N > 9', true],
  ["N <= 9 || A != y", false],
  ["$(cc-option,-mfoo) && A", false],
  ["!$(success,test -f x)", true],
  ["(((", false],
  ["A &&", false],
])("%j holds: %s", (expression, expected) => {
  const config = parseConfig('CONFIG_A=y\nCONFIG_S="text"\nCONFIG_N=10\n', "x");
  expect(holds(expression, config)).toBe(expected);
});

it("nothing in a Kconfig file ends in an error or in a loop", () => {
  const hostile = [
    "config",
    "if",
    "endif\nendif\nendmenu",
    "source",
    'source "Kconfig"',
    "default y\nselect A",
    "config A\n\tint\n\tdefault A",
  ];
  for (const text of hostile) {
    const read = readKconfig((path) => (path === "Kconfig" ? `${text}\n` : undefined));
    expect(() => completeConfig(parseConfig("CONFIG_A=y\n", "x"), read, () => true)).not.toThrow();
  }
});

it("what is wrong in Kconfig files is said with its place, and the rest counts", () => {
  const broken = new Map([
    [
      "Kconfig",
      `comma := ,
$(warning-if,n,nothing)
source "init/Kconfig"
source "gone/Kconfig"
source "lost/Kconfig"
source "arch/$(SRCARCH)/Kconfig"
osource "may/be/Kconfig"
config
	bool
menu "Open"
config A
	bool "A" if \\
		B
	defualt y
	help
	  wrong words here are text
endif
`,
    ],
    ["init/Kconfig", "config C\n\tint\n\tdefault 3\n}\n"],
  ]);
  const said: string[] = [];
  const read = readKconfig(
    (path) => broken.get(path),
    "Kconfig",
    (what) => said.push(what),
  );
  expect(said).toEqual([
    'init/Kconfig:4: unknown statement "}"',
    "Kconfig:8: config without the name of an option",
    'Kconfig:14: unknown statement "defualt"',
    "Kconfig:17: endif ends no if",
    "Kconfig:4: gone/Kconfig is not there; of the files that are named, 2 are not",
  ]);
  expect(read.map(({ name }) => name)).toEqual(["C", "", "A"]);
  const open: string[] = [];
  readKconfig(
    () => 'menu "x"\nif A\nendif\n',
    "Kconfig",
    (what) => open.push(what),
  );
  expect(open).toEqual(["Kconfig:1: menu without endmenu"]);
});
