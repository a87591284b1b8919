import type { JWK } from "jose";
import type { Lie } from "../lie.ts";

/** The key set is another: more keys, fewer, without `kid`, with one `kid` twice. */
export function publishedKeys(change: (keys: JWK[]) => readonly JWK[] | Promise<readonly JWK[]>): Lie {
  return { name: "published-keys", publishedKeys: change };
}
