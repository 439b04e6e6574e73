import { describe, expect, test } from "vitest";
import { type ContractException, pageSchemeContract } from "../contract/index.ts";
import { GROUP, PagedToy } from "../contract/paged-toy.ts";
import { NoPshadow, PAGE_SCHEMES, PerPageZeroShadow, SHOWS_BLACK } from "./index.ts";

const EXCEPTIONS: Readonly<Record<string, readonly ContractException[]>> = {
  "per-page-no-pshadow": [
    {
      reason: "memory without shadow of its own shows zeros, in use or free",
      tests: ["no access to free memory passes, whatever the TLBs remember"],
    },
    {
      reason: "nothing tells when the last page of kernel memory goes",
      tests: ["shadow goes with the last page of kernel memory"],
    },
  ],
};

for (const [name, make] of Object.entries(PAGE_SCHEMES)) {
  pageSchemeContract({ describe, test }, name, make, EXCEPTIONS[name]);
}

test("each scheme goes by its name, and says whether it marks pages", () => {
  for (const [name, make] of Object.entries(PAGE_SCHEMES)) {
    const { scheme } = new PagedToy(make, GROUP);
    expect(scheme.name).toBe(name);
    expect(scheme.marks).toBe(name !== "per-page-no-pshadow");
  }
});

describe("what is wrong without marks", () => {
  test("with zeros, a use-after-free of other memory passes", () => {
    const toy = new PagedToy((backend) => new NoPshadow(backend), GROUP);
    toy.scheme.allocated(0, 1, false);
    toy.scheme.freed(0, 1);
    expect(toy.judges(0, 0)).toBe(true);
  });

  test("with zeros, a CPU that was not flushed lets a bad access to kernel memory pass", () => {
    const toy = new PagedToy((backend) => new NoPshadow(backend), GROUP, 2);
    expect(toy.judges(1, 0)).toBe(true);
    toy.cpu = 0;
    toy.scheme.allocated(0, 1, true);
    toy.scheme.freed(0, 1);
    expect([toy.judges(0, 0), toy.judges(1, 0)]).toEqual([false, true]);
  });

  test("with black, every access to other memory is reported", () => {
    const toy = new PagedToy((backend) => new NoPshadow(backend, SHOWS_BLACK), GROUP);
    toy.scheme.allocated(0, 1, false);
    expect(toy.judges(0, 0)).toBe(false);
  });
});

test("per-page-zero asks for no second look at eight pages in use", () => {
  const toy = new PagedToy((backend) => new PerPageZeroShadow(backend), GROUP);
  let looks = 0;
  const { secondLook } = toy.scheme;
  toy.scheme.secondLook = (first, last) => {
    looks++;
    return secondLook.call(toy.scheme, first, last);
  };
  toy.scheme.allocated(0, GROUP, false);
  expect(toy.judges(0, 3)).toBe(true);
  expect(looks).toBe(0);
  toy.scheme.freed(0, GROUP);
  expect([toy.judges(0, 3), looks]).toEqual([false, 1]);
});
