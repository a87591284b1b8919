import type { HeaderList } from "@coatcheck/proxy";

/** Reads Node's flat list of names and values. */
export function pairUp(flat: readonly string[]): HeaderList {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2)
    pairs.push([flat[index] ?? "", flat[index + 1] ?? ""]);
  return pairs;
}
