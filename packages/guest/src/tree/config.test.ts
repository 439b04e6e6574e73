import { describe, expect, it } from "vitest";
import { applyConfig, autoconf, compilerFlags, defaultConfig, parseConfig } from "./config.ts";

describe("a .config", () => {
  it("has values that are y, m, numbers and strings", () => {
    const config = parseConfig(
      '# CONFIG_OFF is not set\nCONFIG_A=y\r\nCONFIG_B=m\nCONFIG_C=0x10\nCONFIG_D="x y"\n',
      "x",
    );
    expect([...config]).toEqual([
      ["A", "y"],
      ["B", "m"],
      ["C", "0x10"],
      ["D", '"x y"'],
    ]);
    expect(autoconf(config)).toBe(
      '#define CONFIG_A 1\n#define CONFIG_B_MODULE 1\n#define CONFIG_C 0x10\n#define CONFIG_D "x y"\n',
    );
  });

  it("without an option is none", () => {
    expect(() => parseConfig("hello\n", "file.txt")).toThrow(
      "file.txt: no kernel configuration; no line sets CONFIG_…",
    );
  });

  it("of another architecture applies but for what is the processor's", () => {
    const given = parseConfig("CONFIG_ARM64=y\nCONFIG_ARM64_MTE=y\nCONFIG_CRC32=y\nCONFIG_HZ=1000\n", "x");
    const { config, ignored } = applyConfig(given, ["CONFIG_KASAN=1", "PAGE_SHIFT=12"]);
    expect(config.get("CRC32")).toBe("y");
    expect(config.has("ARM64")).toBe(false);
    expect(config.get("HZ")).toBe("250");
    expect(config.get("KASAN")).toBe("y");
    expect(config.get("PAGE_SHIFT")).toBe("12");
    expect(ignored).toEqual(["ARM64", "ARM64_MTE", "HZ"]);
  });
});

it("the default configuration has nothing that does not apply", () => {
  const given = defaultConfig();
  const { ignored } = applyConfig(given, ["KASAN_GENERIC"]);
  expect(given.size).toBeGreaterThan(500);
  expect(ignored).toEqual([]);
});

it("frees are not delayed for debugging where there is no shadow", () => {
  const given = parseConfig("CONFIG_SLUB_RCU_DEBUG=y\n", "x");
  expect(applyConfig(given, ["KASAN_SW_TAGS"]).config.get("SLUB_RCU_DEBUG")).toBe("y");
  expect(applyConfig(given, ["KASAN_HW_TAGS"]).config.has("SLUB_RCU_DEBUG")).toBe(false);
});

it("structures have Microsoft's members since a version, and no other has its keywords", () => {
  const version = { version: 6, patchLevel: 18, subLevel: 0, extra: "" };
  expect(compilerFlags(new Map(), version)).toEqual([]);
  expect(compilerFlags(new Map(), { ...version, patchLevel: 19 })).toEqual(["-fms-extensions"]);
  expect(compilerFlags(parseConfig("CONFIG_INIT_STACK_ALL_ZERO=y\n", "x"), version)).toEqual([
    "-ftrivial-auto-var-init=zero",
  ]);
});
