import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const ROOT = join(import.meta.dirname, "..");
const OWN = join(ROOT, ".github");
/** The workflow that `kasan init` writes, too. */
const FOLDERS = [join(OWN, "workflows"), join(ROOT, "apps/cli/templates/init/.github/workflows")];

const read = (path: string) => parse(readFileSync(path, "utf8"), { strict: true, uniqueKeys: true });
const workflows = FOLDERS.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
const forms = readdirSync(join(OWN, "ISSUE_TEMPLATE")).filter((name) => name !== "config.yml");

/** A step of a job. */
interface Step {
  uses?: string;
  run?: string;
}

describe.each(workflows)("%s", (path) => {
  const { on, permissions, jobs } = read(path);
  const each = Object.values(jobs) as { "runs-on": string; permissions?: object; steps: Step[] }[];

  it("says when it runs, where, and what it may do", () => {
    expect(Object.keys(on).length).toBeGreaterThan(0);
    for (const job of each) {
      expect(job["runs-on"]).toBe("ubuntu-latest");
      expect(job.permissions ?? permissions).toBeTypeOf("object");
    }
  });

  it("has steps that use an action of a major version, or run something", () => {
    for (const { uses, run } of each.flatMap(({ steps }) => steps)) {
      if (uses === undefined) expect(run).toMatch(/\S/);
      else expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
    }
  });

  it("runs scripts that there are", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const text = readFileSync(path, "utf8");
    for (const [, name] of text.matchAll(/npm run ([\w-]+)/g)) expect(scripts).toHaveProperty(name!);
    for (const [, file] of text.matchAll(/bash (\S+)/g)) expect(readFileSync(join(ROOT, file!), "utf8")).toMatch(/^#!/);
  });
});

describe.each(forms)("the form %s", (name) => {
  const form = read(join(OWN, "ISSUE_TEMPLATE", name));

  it("has a name, a description, and fields as GitHub knows them", () => {
    expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String) });
    for (const { type, id, attributes } of form.body) {
      expect(type).toMatch(/^(?:input|textarea|dropdown|checkboxes)$/);
      expect(id).toMatch(/^[\w-]+$/);
      expect(attributes.label).toMatch(/\S/);
      if (type === "dropdown" || type === "checkboxes") expect(attributes.options.length).toBeGreaterThan(0);
    }
    const ids = form.body.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

it("issues begin with a form", () => {
  expect(forms.length).toBe(3);
  expect(read(join(OWN, "ISSUE_TEMPLATE/config.yml")).blank_issues_enabled).toBe(false);
});
