import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";
import { afterAll, describe, expect, it } from "vitest";
import { kasan, publishedSchema, scratch } from "./harness.ts";

const schema = publishedSchema("layout");

const { folder, remove } = scratch();
afterAll(remove);
const json = async (...args: string[]) => JSON.parse((await kasan("layout", ...args, "--format", "json")).out);
const validate = new Ajv({ strict: false }).compile(schema);

describe("kasan layout", () => {
  it("prints the address space, the shadow and what it costs", async () => {
    const { code, out, err } = await kasan("layout", "--memory", "32M");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^x86-64, 4 levels, 32 MB of RAM, KASAN generic, vmalloc shadow: lazy, 1 CPU\n/);
    expect(out).toContain("ffffc90000000000  ffffe8ffffffffff    32 TB  vmalloc ");
    expect(out).toMatch(/^ffffed1000000000 {2}fffff50fffffffff +8 TB {2}direct map +4 MB of RAM set aside at boot$/m);
    expect(out).toMatch(/^shadow +4 MB {2}12\.5% +in RAM/m);
    expect(out).toMatch(/^kmalloc-64 +64 +128 +100% +64 {2}at 64 +in the object/m);
    expect(out).not.toContain("\u001b");
  });

  it("says what tables unused shadow would take, if it did not share them", async () => {
    const { out } = await kasan("layout", "--arch", "arm64", "--unshared");
    expect(out).toMatch(/^ +15\.7 TB {2}by scheme lazy, with each area +31\.6 GB$/m);
    const { unsharedTableBytes } = await json("--arch", "arm64", "--unshared");
    // 32 TB of shadow: an entry of 8 bytes for each of its pages, and for each table of those above.
    const entries = (2 ** 45 / 2 ** 12) * 8;
    expect(unsharedTableBytes).toBeGreaterThan(entries);
    expect(unsharedTableBytes).toBeLessThan(entries * 1.01);
    expect(await json("--arch", "arm64")).not.toHaveProperty("unsharedTableBytes");
  });

  it.each([
    ["--memory", "16M"],
    ["--unshared"],
    ["--memory", "64T"],
    ["--memory", "64T", "--levels", "5", "--vmalloc-shadow", "poison", "--cpus", "512"],
    ["--mode", "off"],
    ["--arch", "riscv64", "--memory", "1G", "--levels", "3"],
    ["--memory", "1G", "--shadow-scheme", "per-page"],
    ["--memory", "64T", "--shadow-scheme", "per-page-no-pshadow", "--kernel-share", "100"],
  ])("gives an object that fits the published schema: %s %s", async (...args) => {
    const planned = await json(...args);
    expect(validate(planned), JSON.stringify(validate.errors)).toBe(true);
  });

  it("is in JSON what a machine of that size then has", async () => {
    const planned = await json("--memory", "1G", "--vmalloc-shadow", "early");
    expect(planned).toMatchObject({
      arch: "x86_64",
      levels: 4,
      mode: "generic",
      memory: 2 ** 30,
      vmallocShadow: "early",
    });
    expect(planned.boot.shadow.bytes).toBe(2 ** 27);
    expect(
      planned.areas.every(({ together }: { together: { shadowPagesPeak: number } }) => together.shadowPagesPeak === 0),
    ).toBe(true);
  });

  it("says what shadow of RAM costs under a per-page scheme, and how much of memory it takes for the kernel's", async () => {
    const { out } = await kasan("layout", "--memory", "1G", "--shadow-scheme", "per-page");
    expect(out).toMatch(/^x86-64, .* KASAN generic, shadow of RAM: per-page, vmalloc shadow: lazy/);
    expect(out).toMatch(/direct map +by scheme per-page: kernel memory page by page/);
    expect(out).toMatch(/^Shadow of RAM under scheme per-page, if 25% of memory is kernel memory \(--kernel-share\)$/m);
    expect(out).toMatch(/^pshadow +256 KB +0\.0244% +a byte for each page$/m);
    expect(out).toMatch(/^per-byte +128 MB +12\.5%/m);
    const least = async (share: string) =>
      (await json("--shadow-scheme", "per-page", "--kernel-share", share)).pageShadow;
    expect(await least("0")).toMatchObject({ kernelShare: 0, together: 0, scattered: 0, pshadow: 16384, black: 4096 });
    const whole = await least("100%");
    expect(whole.together).toBe(whole.scattered);
    expect(await json("--memory", "1G")).not.toHaveProperty("pageShadow");
  });

  it("refuses a share that is none, and tags", async () => {
    const refused = await kasan("layout", "--kernel-share", "101");
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('"101" is not a share; give 0 to 100') });
    const tags = await kasan("layout", "--arch", "arm64", "--mode", "sw_tags", "--shadow-scheme", "per-page");
    expect(tags).toMatchObject({ code: 2, err: expect.stringContaining("per-page shadow is of generic mode") });
  });

  it("counts in pages of the processor's size", async () => {
    const of = async (size: string) => (await kasan("layout", "--arch", "arm64", "--page-size", size)).out;
    expect(await of("4k")).toMatch(/^free +61\.8 MB +53\.8 MB$/m);
    expect(await of("64k")).toMatch(/^free +60\.3 MB +51\.4 MB$/m);
  });

  it("writes a picture and a page that need nothing else", async () => {
    const [svg, html] = [join(folder, "a.svg"), join(folder, "a.html")];
    expect((await kasan("layout", "--format", "svg", "-o", svg)).code).toBe(0);
    expect((await kasan("layout", "--format", "html", "-o", html)).code).toBe(0);
    const [picture, page] = [readFileSync(svg, "utf8"), readFileSync(html, "utf8")];
    expect(picture).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(picture).toContain("direct map, 64 TB");
    // The page has the title above the picture.
    const title = /<text [^>]*class="bold large">([^<]+)<\/text>\n/.exec(picture)!;
    expect(title[1]).toBe("x86-64, 4 levels, 64 MB of RAM, KASAN generic, vmalloc shadow: lazy, 1 CPU");
    const drawn = /<g [^>]*>\n([\s\S]*)<\/g>/.exec(picture)!;
    expect(page).toContain(drawn[1]);
    expect(page).not.toContain(title[0]);
    expect(page).toContain('<td class="number">8 TB</td>');
    for (const text of [picture, page]) expect(text.match(/(?:src|href)="(?!#)/g)).toBeNull();
  });

  it.each([
    [["--memory", "lots"], /"lots" is not a size/],
    [["--memory", "15M"], /15M of memory; give whole megabytes, 16M to 64T/],
    [["--memory", "128T"], /16M to 64T on x86-64, 4 levels/],
    [["--arch", "arm64", "--levels", "4"], /--levels belongs to x86_64/],
    [["--va-bits", "48"], /--va-bits belongs to arm64; give --arch arm64 with it/],
    [["--arch", "mips"], /no architecture is called mips; there are x86_64, arm64/],
    [["--mode", "sw_tags"], /which x86-64, 4 levels does not ignore/],
    [["--mode", "hw_tags"], /which x86-64, 4 levels does not ignore/],
    [["--vmalloc-shadow", "eager"], /no scheme is called eager; there are early, keep, lazy/],
    [["--cpus", "0"], /"0" is not a number of CPUs/],
    [["file.c"], /too many arguments/],
  ])("refuses %s", async (args, message) => {
    const html = join(folder, "refused.html");
    const { code, out, err } = await kasan("layout", ...args, "--format", "html", "-o", html);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
    expect(existsSync(html)).toBe(false);
  });
});
