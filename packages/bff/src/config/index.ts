export { BFF_SCHEMA } from "./bff-config.ts";
export type { BffConfig, SettingPath } from "./bff-config.ts";
export { parseBffConfig } from "./parse-bff-config.ts";
export type { ParsedBffConfig } from "./parse-bff-config.ts";
export { findSetting, readConfig } from "./read-config.ts";
export { revealSecret, Secret } from "./secret.ts";
export { accepts, fixOf, isObject, isSetting } from "./setting.ts";
export type { ConfigOf, FilledOf, Group, Setting } from "./setting.ts";
