import fc from "fast-check";
import { expect, test } from "vitest";
import { type GroupingDecision, groupReports, type Signature, whyGrouped, whyJoined } from "./index.ts";

/** A report of the function at the top of its stack. */
const report = (name: string, traits: Partial<Signature> & { title?: string } = {}) => {
  const { title = `KASAN: use-after-free Read in ${name}`, ...signature } = traits;
  const version = { major: 6, minor: 12 };
  return {
    title,
    name,
    signature: { family: "use-after-free", access: [name, "run"], allocated: [], freed: [], version, ...signature },
  };
};
type Report = ReturnType<typeof report>;
const merge = (...sides: Report[][]): GroupingDecision<Report> => ({ kind: "merge", sides });
const split = (...sides: Report[][]): GroupingDecision<Report> => ({ kind: "split", sides });
const named = (reports: Report[], ...decisions: GroupingDecision<Report>[]) =>
  groupReports(reports, decisions)
    .groups.map((group) => group.map(({ report: { name } }) => name))
    .sort();

test("each member but the first says by which rule it came, and to whom", () => {
  const [a, b] = [report("f"), report("f")];
  const objects = { title: "other", allocated: ["make"], access: ["g", "run"] };
  const others = [report("g", objects), report("g", { ...objects, title: "renamed" })];
  const { groups } = groupReports([a, others[0]!, b, others[1]!]);
  expect(groups).toEqual([
    [{ report: a }, { report: b, joined: { rule: "same-stack", to: a } }],
    [{ report: others[0] }, { report: others[1], joined: { rule: "same-places", to: others[0] } }],
  ]);
  expect(whyJoined(b, groups[0]![1]!.joined!, "a.log:1")).toBe("the same title and crash stack (f < run) as a.log:1");
  expect(whyGrouped(groups[0]!)).toBe(
    "2 reports are one bug: beside the first, 1 by the same title and like crash stacks. All have one title and crash in f < run.",
  );
  expect(whyGrouped(groups[1]!)).toContain("1 by stacks of access, allocation and free that begin alike");
  expect(whyGrouped(groups[1]!)).toContain("All crash in g < run.");
});

test("what is said of a member is true of it and the other", () => {
  const far = report("f", { access: ["f", "elsewhere"], version: { major: 6, minor: 13 } });
  const fault = report("f", { title: "fault in f", family: "bad-access" });
  const again = report("f", { title: "quoted", access: ["f"], address: "0xffff888000a59800", family: "x" });
  const quoted = report("f", {
    title: "original",
    access: ["f", "cut"],
    address: again.signature.address!,
    family: "y",
  });
  const why = (x: Report, y: Report) => {
    const [, second] = groupReports([x, y]).groups[0]!;
    return whyJoined(y, second!.joined!, "X");
  };
  expect(why(report("f"), far)).toBe("the same title as X, Linux 6.13 and 6.12");
  expect(why(report("f"), fault)).toBe("a fault where, in the same version, X uses a freed object");
  expect(why(fault, report("f"))).toBe("it uses a freed object where, in the same version, X faults");
  expect(why(again, quoted)).toBe("the same address and function as X");
});

test("a decision merges what no rule does", () => {
  const [f, g] = [report("f"), report("g")];
  expect(named([f, g])).toEqual([["f"], ["g"]]);
  expect(named([f, g], merge([f], [g]))).toEqual([["f", "g"]]);
  const [, second] = groupReports([f, g], [merge([f], [g])]).groups[0]!;
  expect(second!.joined).toEqual({ rule: "decision", to: f });
});

test("a decision splits what a rule merges, and a third goes where it is surer", () => {
  const title = "one title";
  const [a, b] = [report("f", { title }), report("g", { title })];
  const like = report("g", { title, access: ["g", "run", "more"] });
  expect(named([a, b, like])).toEqual([["f", "g", "g"]]);
  expect(named([a, b, like], split([a], [b]))).toEqual([["f"], ["g", "g"]]);
  const { keptApart } = groupReports([a, b, like], [split([a], [b])]);
  expect(keptApart).toHaveLength(1);
  expect(keptApart[0]).toMatchObject({ decision: 0, rule: "near-versions" });
});

test("reports that are equal in all can be split", () => {
  const [a, b, c] = [report("f"), report("f"), report("f")];
  expect(
    groupReports([a, b, c], [split([a, c], [b])]).groups.map((group) => group.map(({ report }) => report)),
  ).toEqual([[a, c], [b]]);
});

test("a decision that contradicts others has no effect, and is named", () => {
  const [f, g, h] = [report("f"), report("g"), report("h")];
  const decisions = [merge([f], [g]), merge([g], [h]), split([f], [h]), split([f], [f])];
  const { groups, contradictions } = groupReports([f, g, h], decisions);
  expect(groups).toHaveLength(1);
  expect(contradictions).toEqual([2, 3]);
  const other = groupReports([f, g, h], [split([f], [h]), merge([f], [g], [h]), merge([f], [g])]);
  expect(other.contradictions).toEqual([1]);
  expect(other.groups).toHaveLength(2);
});

test("groups have each report once, whatever the order and the decisions, and decisions hold", () => {
  const pool = ["f", "g", "h"].flatMap((name) => [
    report(name),
    report(name, { version: { major: 6, minor: 13 } }),
    report(name, { title: "shared", access: [name, "other"] }),
    report(name, { title: "shared", family: "bad-access" }),
  ]);
  const some = fc.uniqueArray(fc.nat(pool.length - 1), { minLength: 1, maxLength: 3 });
  const decision = fc.record({
    kind: fc.constantFrom("merge" as const, "split" as const),
    sides: fc.tuple(some, some),
  });
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...pool.keys()], { minLength: pool.length }),
      fc.array(decision),
      (order, made) => {
        const decisions = made.map(({ kind, sides }) => ({
          kind,
          sides: sides.map((side) => side.map((at) => pool[at]!)),
        }));
        const { groups, contradictions } = groupReports(
          order.map((at) => pool[at]!),
          decisions,
        );
        const places = new Map(
          groups.flatMap((group, number) => group.map(({ report: one }) => [one, number] as const)),
        );
        expect(groups.flat()).toHaveLength(pool.length);
        expect(places.size).toBe(pool.length);
        for (const [number, { kind, sides }] of decisions.entries()) {
          if (contradictions.includes(number)) continue;
          const [x, y] = sides.map((side) => new Set(side.map((one) => places.get(one)!)));
          if (kind === "merge") expect(new Set([...x!, ...y!]).size).toBe(1);
          else expect([...x!].filter((place) => y!.has(place))).toEqual([]);
        }
        const sets = (list: typeof groups) =>
          new Set(
            list.map((group) =>
              group
                .map(({ report: one }) => pool.indexOf(one))
                .sort()
                .join(),
            ),
          );
        expect(sets(groups)).toEqual(sets(groupReports(pool, decisions).groups));
      },
    ),
  );
});
