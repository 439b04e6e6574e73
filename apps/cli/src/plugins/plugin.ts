import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ExploredScheme, UserProperty } from "@kasan/explore";
import type { Platform, PlatformPlugin } from "@kasan/platform";
import { KasanError } from "@kasan/shadow";

/** The exports of a plugin. It has at least one of them. */
export interface KasanPlugin {
  /** Architectures. */
  readonly platforms: readonly PlatformPlugin[];
  /** Schemes that back vmalloc space with shadow (`make`), or the direct map (`pages`). */
  readonly schemes: readonly ExploredScheme[];
  /** Properties that `kasan check` looks at. */
  readonly properties: readonly UserProperty[];
}

/** The kinds of things that a plugin exports, and what is asked of one. */
const KINDS: Readonly<Record<keyof KasanPlugin, { wants: string; is: (one: Record<string, unknown>) => boolean }>> = {
  platforms: {
    wants: "a platform has a name, a title, options, modes and create()",
    is: ({ name, title, options, modes, create }) =>
      typeof name === "string" &&
      typeof title === "string" &&
      Array.isArray(options) &&
      Array.isArray(modes) &&
      typeof create === "function",
  },
  schemes: {
    wants: "a scheme has a name, and make() or pages()",
    is: ({ name, make, pages }) => typeof name === "string" && typeof (make ?? pages) === "function",
  },
  properties: {
    wants: "a property has a name, holds, a text, and check()",
    is: ({ name, holds, check }) =>
      typeof name === "string" && typeof holds === "string" && typeof check === "function",
  },
};

/** A mistake of a plugin's. */
export class PluginError extends KasanError {
  constructor(path: string, why: string) {
    super("PLUGIN", `${path}: ${why}`);
    this.name = "PluginError";
  }
}

/**
 * Loads a plugin: a file, or a package that is installed where the command runs. A TypeScript file's types are left out, not
 * checked; it may import from packages that are installed where it lies, and from JavaScript files.
 *
 * @throws {@link PluginError} `PLUGIN` if it cannot be loaded, or exports nothing of use
 */
export async function loadPlugin(path: string): Promise<KasanPlugin> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new PluginError(path, "is a folder; give a file in it");
  const url = locate(path);
  let module: Record<string, unknown>;
  try {
    module = /\.[cm]?ts$/.test(url.pathname) ? await importTypeScript(url) : await import(url.href);
  } catch (error) {
    throw new PluginError(path, `cannot be loaded: ${(error as Error).message}`);
  }
  const found = Object.keys(KINDS).map((kind) => [kind, listOf(path, module, kind as keyof KasanPlugin)] as const);
  if (found.every(([, list]) => list.length === 0)) {
    throw new PluginError(path, `exports none of ${Object.keys(KINDS).join(", ")}; see docs/plugins.md`);
  }
  const plugin = Object.fromEntries(found) as unknown as KasanPlugin;
  return {
    ...plugin,
    platforms: plugin.platforms.map((platform) => guardedPlatform(path, platform)),
    properties: plugin.properties.map((property) => guarded(path, property)),
  };
}

/** The file that a path or the name of a package means. */
function locate(path: string): URL {
  if (existsSync(path) || /^[./]|\.[cm]?[jt]s$/.test(path)) return pathToFileURL(resolve(path));
  try {
    return pathToFileURL(createRequire(join(process.cwd(), "kasan-plugin.js")).resolve(path));
  } catch {
    throw new PluginError(path, "is neither a file nor a package that is installed here");
  }
}

function listOf(path: string, module: Record<string, unknown>, kind: keyof KasanPlugin): readonly unknown[] {
  const list = module[kind] ?? [];
  const { wants, is } = KINDS[kind];
  if (!Array.isArray(list)) throw new PluginError(path, `${kind} is not a list; see docs/plugins.md`);
  if (list.every((one) => typeof one === "object" && one !== null && is(one))) return list;
  throw new PluginError(path, `${wants}; see docs/plugins.md`);
}

/** The platform; what its `create()` throws, or returns in the wrong shape, is not a bug in kasan. */
function guardedPlatform(path: string, platform: PlatformPlugin): PlatformPlugin {
  const create: PlatformPlugin["create"] = (...options) => {
    let made: unknown;
    try {
      made = platform.create(...options);
    } catch (error) {
      // A refusal of an option has words of its own.
      if (error instanceof KasanError) throw error;
      throw new PluginError(
        path,
        `create() of ${platform.name} failed: ${error instanceof Error ? error.message : error}`,
      );
    }
    const { levels, spans, roots, layout } = (made ?? {}) as Partial<Platform>;
    if (Array.isArray(levels) && Array.isArray(spans) && Array.isArray(roots) && layout) return made as Platform;
    throw new PluginError(
      path,
      `create() of ${platform.name} returns no Platform of @kasan/platform; see docs/plugins.md`,
    );
  };
  return Object.assign(Object.create(platform), { create });
}

/** The property; an error in its own code is not a bug in kasan. */
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
async function importTypeScript(url: URL): Promise<Record<string, unknown>> {
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
