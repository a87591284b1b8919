import { sealData, unsealData } from "iron-session";
import type { Eventually } from "./mac.ts";

/** A JSON object, as it goes into a seal and comes out of it. */
export type JsonObject = { readonly [key: string]: unknown };

/** Encrypts and authenticates a JSON object as a port: iron-session by default, synchronous in a simulation that must replay exactly. */
export interface Sealer {
  /**
   * @param secret 43 characters of base64url: 256 derived bits.
   * @param ttlSeconds For how long the seal must open at least; whoever opens it has deadlines of their own inside.
   */
  seal(value: JsonObject, secret: string, ttlSeconds: number): Eventually<string>;
  /** `undefined` for anything that doesn't open; never throws. */
  unseal(sealed: string, secret: string): Eventually<JsonObject | undefined>;
}

/**
 * Seals as iron-session does: AES-256-CBC, then HMAC-SHA-256, fresh salts and a fresh IV for each seal.
 *
 * The map of keys always holds one: iron-session seals with the highest number of a map, and our tag has already picked the key.
 */
export function createIronSealer(): Sealer {
  return {
    seal: (value, secret, ttlSeconds) => sealData(value, { password: { 1: secret }, ttl: ttlSeconds }),
    unseal: async (sealed, secret) => {
      let isOpen = true;
      const value = await unsealData<JsonObject>(sealed, {
        password: { 1: secret },
        onUnsealError: () => {
          isOpen = false;
        },
      });
      return isOpen ? value : undefined;
    },
  };
}
