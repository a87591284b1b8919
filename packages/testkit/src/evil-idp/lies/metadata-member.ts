import type { Lie } from "../lie.ts";
import { setOrDelete } from "./absent.ts";

/** The metadata says something else about `name`, or nothing. */
export function metadataMember(name: string, value: unknown): Lie {
  return { name: "metadata-member", metadata: (document) => setOrDelete(document, name, value) };
}
