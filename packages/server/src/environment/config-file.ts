import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BffConfig } from "@coatcheck/bff";
import type { ConfigOf, Secret } from "@coatcheck/bff/config";
import { ServerError } from "../server-error.ts";
import type { PROCESS_SETTINGS } from "./variables.ts";

/** All of it may be left out: what isn't here comes from the environment. */
type Part<Value> = Value extends string | Secret
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly Item[]
    : Value extends object
      ? { readonly [Name in keyof Value]?: Part<Value[Name]> }
      : Value;

/**
 * What `coatcheck.config.ts` exports by default, or `coatcheck.config.json` holds: the settings of `createBff`, and those of the
 * process under `server`. A variable of the environment wins over it; keep secrets there.
 */
export type ServerConfig = Part<BffConfig> & {
  /** Several applications in one server, by name: each says what differs from the settings that all of them share. */
  readonly frontends?: Readonly<Record<string, Part<BffConfig> & { readonly webRoot?: string }>>;
  readonly server?: Omit<ConfigOf<typeof PROCESS_SETTINGS>, "apiRoutes" | "apiRoutesFile">;
};

/** Gives a configuration file its type: `export default defineConfig({ ... })`. */
export function defineConfig(config: ServerConfig): ServerConfig {
  return config;
}

/** A configuration that a file held, unchecked. */
export interface ConfigFile {
  readonly name: string;
  readonly value: unknown;
}

/** Reads a configuration file: JSON, or a module. @throws {ServerError} `config_unreadable` */
export async function loadConfigFile(name: string): Promise<ConfigFile> {
  const path = resolve(name);
  try {
    if (name.endsWith(".json")) return { name, value: JSON.parse(await readFile(path, "utf8")) };
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    if (module.default !== undefined) return { name, value: module.default };
  } catch (cause) {
    const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : "unknown error";
    throw new ServerError("config_unreadable", `The configuration file ${name} can't be read`, what, {
      cause,
    });
  }
  throw new ServerError(
    "config_unreadable",
    `The configuration file ${name} exports nothing`,
    "write `export default defineConfig({ ... })`.",
  );
}
