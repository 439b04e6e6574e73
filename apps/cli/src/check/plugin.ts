import { randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ExploredScheme, UserProperty } from "@kasan/explore";
import { KasanError } from "@kasan/shadow";

/** What a plugin of `kasan check` exports. */
export interface CheckPlugin {
  readonly schemes: readonly ExploredScheme[];
  readonly properties: readonly UserProperty[];
}

/** A mistake of a plugin's. */
export class PluginError extends KasanError {
  constructor(path: string, why: string) {
    super("PLUGIN", `${path}: ${why}`);
    this.name = "PluginError";
  }
}

/**
 * Loads a module that exports `schemes` or `properties`. A TypeScript file's types are left out, not checked; it may import
 * from packages that are installed where it lies, and from JavaScript files.
 */
export async function loadPlugin(path: string): Promise<CheckPlugin> {
  const url = pathToFileURL(resolve(path));
  let module: Partial<CheckPlugin>;
  try {
    module = /\.[cm]?ts$/.test(path) ? await importTypeScript(url) : await import(url.href);
  } catch (error) {
    throw new PluginError(path, `cannot be loaded: ${(error as Error).message}`);
  }
  const { schemes = [], properties = [] } = module;
  if (!Array.isArray(schemes) || !Array.isArray(properties) || schemes.length + properties.length === 0) {
    throw new PluginError(path, "exports neither schemes nor properties; see docs/exploring.md");
  }
  if (!schemes.every(isScheme))
    throw new PluginError(path, "a scheme has a name, and make() or pages(); see docs/exploring.md");
  if (!properties.every(isProperty)) throw new PluginError(path, "a property has a name, holds, a text, and check()");
  return { schemes, properties: properties.map((property) => guarded(path, property)) };
}

const isScheme = (one: Partial<ExploredScheme> | null): boolean =>
  typeof one?.name === "string" && typeof (one.make ?? one.pages) === "function";

const isProperty = (one: Partial<UserProperty> | null): boolean =>
  typeof one?.name === "string" && typeof one.holds === "string" && typeof one.check === "function";

/** The property; that its own code fails is no defect of kasan's. */
function guarded(path: string, property: UserProperty): UserProperty {
  const { name, holds } = property;
  const check: UserProperty["check"] = (state) => {
    try {
      return property.check(state);
    } catch (error) {
      throw new PluginError(
        path,
        `check() of the property ${name} failed: ${error instanceof Error ? error.message : error}`,
      );
    }
  };
  return { name, holds, check };
}

/** By way of a JavaScript file beside it, which is gone at once, so that its imports mean what they say. */
async function importTypeScript(url: URL): Promise<Partial<CheckPlugin>> {
  const { transform } = await import("sucrase");
  const { code } = transform(await readFile(url, "utf8"), { transforms: ["typescript"], disableESTransforms: true });
  const beside = new URL(`.${randomBytes(6).toString("hex")}.mjs`, url);
  await writeFile(beside, code, { flag: "wx" });
  try {
    return await import(beside.href);
  } finally {
    await rm(beside, { force: true });
  }
}
