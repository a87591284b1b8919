/**
 * Every setting of a BFF: what it means, its default and its bounds; and the check of a whole configuration.
 *
 * @example
 * ```ts
 * const parsed = parseBffConfig(config);
 * if (parsed.kind === "ok") return [];
 * return parsed.problems.map(({ path, fix }) => `${path}: ${fix}`);
 * ```
 *
 * @module
 */
export { BFF_SCHEMA } from "./bff-config.ts";
export type { BffConfig, SettingPath } from "./bff-config.ts";
export type { ProviderPlan } from "./bff-settings.ts";
export { DEFAULT_PROVIDER } from "../providers/provider-path.ts";
export { parseBffConfig } from "./parse-bff-config.ts";
export type { ParsedBffConfig } from "./parse-bff-config.ts";
export { findSetting, readConfig } from "./read-config.ts";
export { revealSecret, Secret } from "./secret.ts";
export { accepts, fixOf, isObject, isSetting } from "./setting.ts";
export type { ConfigOf, FilledOf, Group, Setting } from "./setting.ts";
