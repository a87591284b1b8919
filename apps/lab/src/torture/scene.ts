import { STAGE_LEDGERS } from "./stage/stage.ts";

/**
 * What one can set on the command line: a number (whole, unless `least` isn't) from the least that makes sense on, one of
 * some words, or a text.
 */
export type Option =
  | { readonly default: number; readonly least: number }
  | { readonly default: string; readonly oneOf?: readonly string[] };

/** By name: `pageEvery` is `--page-every`. */
export type Options = Readonly<Record<string, Option>>;

export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends { readonly oneOf: readonly (infer Word)[] }
    ? Word
    : O[Name]["default"] extends number
      ? number
      : string;
};

export type Say = (line: string) => void;

/** What one act has shown. */
export interface Outcome {
  /** As the JSON file lists it; not where the scene keeps its file itself. */
  readonly report?: object;
  readonly rows: readonly (readonly [what: string, value: unknown])[];
  /** Promises that it found broken, in words. */
  readonly broken: readonly string[];
}

/** One run against real processes. */
export interface Act {
  readonly title: string;
  /** Somebody else's BFF: what it breaks is shown, and is no failure of the command. */
  readonly isPeer?: boolean;
  play(this: void, say: Say): Promise<Outcome>;
}

/** A kind of trouble, and what must hold under it. */
export interface Scene<Given = Readonly<Record<string, unknown>>> {
  readonly about: string;
  readonly options: Options;
  acts(this: void, values: Given): readonly Act[] | Promise<readonly Act[]>;
}

/** Ties the values that a scene gets to the options that it names. */
export function defineScene<const O extends Options>(
  scene: Omit<Scene<Values<O>>, "options"> & { readonly options: O },
): Scene {
  return { ...scene, acts: (values) => scene.acts(values as Values<O>) };
}

/** What most scenes leave to the command line. */
export const STAGE_OPTIONS = {
  instances: { default: 1, least: 1 },
  workers: { default: 1, least: 1 },
  ledger: { default: "sqlite", oneOf: STAGE_LEDGERS },
  tokenSeconds: { default: 10, least: 2 },
} as const satisfies Options;

/** Says how far something has come, every few seconds while it runs. */
export async function reporting<T>(work: Promise<T>, report: () => void, everyMs = 5_000): Promise<T> {
  const timer = setInterval(report, everyMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/** The names of the promises that aren't kept. */
export function brokenOf(promises: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.keys(promises).filter((words) => promises[words] === false);
}
