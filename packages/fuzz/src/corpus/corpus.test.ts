import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FORMAT } from "../../test/targets.ts";
import { Coverage, FeatureList, featuresOf } from "../coverage.ts";
import { Random } from "../random.ts";
import { Corpus } from "./corpus.ts";
import { CorpusFolder, inputName } from "./folder.ts";
import { mergeInputs } from "./merge.ts";

describe("a corpus", () => {
  it("chooses inputs that pass rare edges more often", () => {
    const coverage = new Coverage(4);
    const corpus = new Corpus(coverage);
    const [common, rare] = [Uint8Array.of(1, 0, 0, 0), Uint8Array.of(1, 1, 0, 0)];
    const list = new FeatureList();
    for (let i = 0; i < 100; i++) coverage.add(list.read(common));
    coverage.add(list.read(rare));
    for (const counters of [common, rare]) {
      corpus.add({ bytes: counters, features: featuresOf(counters), first: featuresOf(counters) });
    }
    const random = new Random(1);
    const chosen = Array.from({ length: 1000 }, () => corpus.choose(random)?.bytes);
    expect(chosen.filter((bytes) => bytes === rare).length).toBeGreaterThan(900);
    expect(chosen.filter((bytes) => bytes === common).length).toBeGreaterThan(0);
  });
});

describe("a merge", () => {
  it("keeps the shortest inputs that reach what all do", () => {
    const magic = [0x4e, 0x53, 0x41, 0x4b];
    const inputs = [
      [],
      [1, 2, 3],
      magic,
      [...magic, 0x21, 0x43, 0],
      [...magic, 0x21, 0x43, 2, 0, 0],
      [...magic, 1, 1, 9],
    ];
    expect(
      mergeInputs(
        inputs.map((bytes) => Uint8Array.from(bytes)),
        FORMAT,
      ),
    ).toEqual([3]);
  });

  it("keeps no input that makes something go wrong", () => {
    expect(mergeInputs([Uint8Array.of(0x4e, 0x53, 0x41, 0x4b, 0x34, 0x12, 0), Uint8Array.of(1)], FORMAT)).toEqual([1]);
  });

  it("tells which input makes something go wrong", () => {
    const wrong: number[] = [];
    mergeInputs([Uint8Array.of(1), Uint8Array.of(0x4e, 0x53, 0x41, 0x4b, 0x34, 0x12, 0)], FORMAT, (index) => {
      wrong.push(index);
    });
    expect(wrong).toEqual([1]);
  });
});

describe("a folder of inputs", () => {
  const root = mkdtempSync(join(tmpdir(), "kasan-corpus-"));
  afterAll(() => rmSync(root, { recursive: true }));

  it("has each input in a file by its hash, and nothing else", () => {
    const folder = CorpusFolder.open(join(root, "new/deep"));
    folder.save(Uint8Array.of(1, 2));
    folder.save(Uint8Array.of(1, 2));
    writeFileSync(join(folder.path, ".hidden"), "x");
    mkdirSync(join(folder.path, "folder"));
    expect(inputName(new Uint8Array())).toBe("da39a3ee5e6b4b0d3255bfef95601890afd80709");
    expect(folder.inputs().inputs.map(({ name, bytes }) => [name, [...bytes]])).toEqual([
      [inputName(Uint8Array.of(1, 2)), [1, 2]],
    ]);
    folder.remove(inputName(Uint8Array.of(1, 2)));
    expect(folder.inputs()).toEqual({ inputs: [], long: 0, skipped: [] });
  });

  it("says why it cannot be used", () => {
    writeFileSync(join(root, "file"), "");
    expect(() => CorpusFolder.open(join(root, "file"))).toThrow("file cannot be made a folder: it is a file");
    expect(() => CorpusFolder.open(join(root, "file/x"))).toThrow("a part of the path is a file");
  });

  it.runIf(existsSync("/proc/self"))("says why it cannot be made where the system takes no folders", () => {
    expect(() => CorpusFolder.open("/proc/nope/x")).toThrow(
      /^\/proc\/nope\/x cannot be made a folder: no folder can be made in \/proc$/,
    );
  });

  it("has the inputs of the folders in it, and skips what cannot be read", () => {
    const folder = CorpusFolder.open(join(root, "odd"));
    mkdirSync(join(folder.path, "queue"));
    writeFileSync(join(folder.path, "queue/id:0"), "q");
    writeFileSync(join(folder.path, "long"), "12345");
    symlinkSync("nothing", join(folder.path, "link"));
    symlinkSync(".", join(folder.path, "queue/again"));
    writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.of(0xff)]), "");
    const { inputs, long, skipped } = folder.inputs(4);
    expect([inputs.map(({ name }) => name), long]).toEqual([["queue/id:0"], 1]);
    expect(skipped.map(({ why }) => why).sort()).toEqual(["its name is not UTF-8", "there is no such file or folder"]);
  });

  it("leaves nothing behind when an input cannot be written", () => {
    const folder = CorpusFolder.open(join(root, "gone"));
    rmSync(folder.path, { recursive: true });
    expect(() => folder.save(Uint8Array.of(1))).toThrow("cannot be written");
    mkdirSync(folder.path);
    mkdirSync(join(folder.path, "taken"));
    expect(() => folder.save(Uint8Array.of(1), "taken")).toThrow("cannot be written");
    chmodSync(folder.path, 0o755);
    expect(readdirSync(folder.path)).toEqual(["taken"]);
  });
});
