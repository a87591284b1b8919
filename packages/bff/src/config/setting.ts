import { Secret } from "./secret.ts";

/**
 * One thing that can be configured. It must be given unless it has a default or is optional; `fix` says what to write instead
 * of what isn't accepted.
 */
export type Setting = {
  readonly meaning: string;
  /** Nothing need be given, and nothing stands in for it. */
  readonly isOptional?: true;
} & (
  | {
      readonly kind: "text";
      readonly fix: string;
      readonly like?: RegExp;
      readonly mayBeEmpty?: true;
      readonly default?: string;
    }
  /** `or`: a word that stands for no limit. */
  | {
      readonly kind: "number";
      readonly min: number;
      readonly max: number;
      readonly or?: "none";
      readonly default?: number | "none";
    }
  | { readonly kind: "flag"; readonly default?: boolean }
  | { readonly kind: "choice"; readonly choices: readonly string[]; readonly default?: string }
  /** Of texts; `like` is for each of them. */
  | {
      readonly kind: "list";
      readonly fix: string;
      readonly like?: RegExp;
      readonly default?: readonly string[];
    }
  /** Some of the choices, at least one. */
  | { readonly kind: "choices"; readonly choices: readonly string[]; readonly default?: readonly string[] }
  /** Texts by name. */
  | { readonly kind: "pairs"; readonly fix: string }
  | { readonly kind: "secret"; readonly fix: string }
  | { readonly kind: "secrets"; readonly fix: string }
);

/** Settings under names; `[Group]` stands for a list of such groups, and `{ "*": Group }` for such groups under any names. */
export interface Group {
  readonly [name: string]: Setting | Group | readonly [Group];
}

export function isListOfGroups(entry: Group[string]): entry is readonly [Group] {
  return Array.isArray(entry);
}

/** @returns the group that stands under any name, if `entry` is one of such groups */
export function groupOfAnyName(entry: Group): Group | undefined {
  return entry["*"] as Group | undefined;
}

export function isSetting(entry: Group[string]): entry is Setting {
  return "kind" in entry && typeof entry.kind === "string";
}

/** What to write instead of a value that isn't accepted. */
export function fixOf(setting: Setting): string {
  switch (setting.kind) {
    case "number":
      return `use a whole number from ${setting.min} to ${setting.max}${setting.or === undefined ? "" : `, or ${setting.or}`}`;
    case "flag":
      return "use true or false";
    case "choice":
      return `use ${setting.choices.join(" or ")}`;
    case "choices":
      return `list some of ${setting.choices.join(", ")}`;
    default:
      return setting.fix;
  }
}

export function accepts(setting: Setting, value: unknown): boolean {
  switch (setting.kind) {
    case "text":
      return (value === "" && setting.mayBeEmpty === true) || (isText(value) && isLike(setting, value));
    case "number":
      return isWithin(setting, value) || (value !== undefined && value === setting.or);
    case "flag":
      return typeof value === "boolean";
    case "choice":
      return setting.choices.includes(value as string);
    case "list":
      return isListOf(value, (item) => isText(item) && isLike(setting, item));
    case "choices":
      return isListOf(value, (item) => setting.choices.includes(item as string)) && value.length > 0;
    case "pairs":
      return isObject(value) && Object.values(value).every((item) => typeof item === "string");
    case "secret":
      return isSecret(value);
    default:
      return isListOf(value, isSecret);
  }
}

/** An object that isn't a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWithin({ min, max }: { readonly min: number; readonly max: number }, value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && min <= value && value <= max;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isLike(setting: { readonly like?: RegExp }, text: string): boolean {
  return setting.like === undefined || setting.like.test(text);
}

function isSecret(value: unknown): boolean {
  return value instanceof Secret || isText(value);
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.every(isItem);
}

/** Tells a setting from a group by type. */
interface Named {
  readonly kind: string;
  readonly meaning: string;
}

interface Kinds {
  readonly text: string;
  readonly number: number;
  readonly flag: boolean;
  readonly list: readonly string[];
  readonly pairs: Readonly<Record<string, string>>;
  readonly secret: string | Secret;
  readonly secrets: readonly (string | Secret)[];
}

type ValueOf<Entry> = Entry extends { readonly kind: infer Kind extends keyof Kinds }
  ? Kinds[Kind] | (Entry extends { readonly or: infer Word } ? Word : never)
  : Entry extends { readonly kind: "choice"; readonly choices: readonly (infer Choice)[] }
    ? Choice
    : Entry extends { readonly kind: "choices"; readonly choices: readonly (infer Choice)[] }
      ? readonly Choice[]
      : never;

/** `must`: has to be written. `may`: optional. `default`: may be written, and has a value in any case. */
type Presence<Entry> = Entry extends { readonly default: unknown }
  ? "default"
  : Entry extends { readonly isOptional: true }
    ? "may"
    : Entry extends Named | readonly [unknown]
      ? "must"
      : HasMust<Entry>;

/** Looks at a group's own settings; no group within a group has one that must be written. */
type HasMust<Entries> = "must" extends {
  [Name in keyof Entries]: Entries[Name] extends Named ? Presence<Entries[Name]> : never;
}[keyof Entries]
  ? "must"
  : "default";

/** A group's values, of which some may be left out. */
type Values<Entries, Optional> = Entries extends { readonly "*": infer Item }
  ? { readonly [name: string]: Values<Item, Optional> }
  : NamedValues<Entries, Optional>;

type NamedValues<Entries, Optional> = {
  readonly [Name in keyof Entries as Presence<Entries[Name]> extends Optional ? never : Name]: Value<
    Entries[Name],
    Optional
  >;
} & {
  readonly [Name in keyof Entries as Presence<Entries[Name]> extends Optional ? Name : never]?: Value<
    Entries[Name],
    Optional
  >;
};

type Value<Entry, Optional> = Entry extends Named
  ? ValueOf<Entry>
  : Entry extends readonly [infer Item]
    ? readonly Values<Item, Optional>[]
    : Values<Entry, Optional>;

/** What is written for a group of settings. */
export type ConfigOf<Entries> = Values<Entries, "may" | "default">;

/** The same with every default filled in. */
export type FilledOf<Entries> = Values<Entries, "may">;

/** Where a setting stands: `session.idleTimeoutSeconds`, `routes[].upstream`. */
export type PathOf<Entries> = {
  [Name in keyof Entries & string]: Entries[Name] extends Named
    ? Name
    : Entries[Name] extends readonly [infer Item]
      ? `${Name}[].${PathOf<Item>}`
      : `${Name}.${PathOf<Entries[Name]>}`;
}[keyof Entries & string];
