import { uint8ArrayToHex } from "uint8array-extras";
import type { Mac } from "./mac.ts";

/**
 * `host`: `__Host-` names for https. `loopback`: development over http, without `Secure`.
 *
 * `port` is the one that browsers see, and stands in the names: cookies ignore ports, and without it an application on
 * `:8443` would take the cookies of one on `:9443` for its own. A `host` without it is on https's own port.
 *
 * `basePath` is where the application lies on its origin: `/admin`; default: all of it. It stands in the names, too, since a
 * `__Host-` cookie goes to every path of its host.
 */
export type CookieNaming = (
  | { readonly kind: "host"; readonly port?: number }
  | { readonly kind: "loopback"; readonly port: number }
) & { readonly basePath?: string };

/** What one cookie name of ours says. `chunk` is 0 for a whole cookie. */
export type OurName =
  | { readonly kind: "session"; readonly base: string; readonly chunk: number }
  | { readonly kind: "transaction" }
  | { readonly kind: "logout" };

/** The names of our cookies. */
export interface CookieNames {
  /** How all of our names start. */
  readonly prefixes: readonly string[];
  readonly logout: string;
  readonly isSecure: boolean;
  session(sid: string): Promise<string>;
  /** `stateHash` is the whole hash, of which the name holds the first 8 digits. */
  transaction(state: string): Promise<{ readonly name: string; readonly stateHash: string }>;
  /** `undefined`: not ours. */
  parse(name: string): OurName | undefined;
}

const SHORT_HASH_DIGITS = 8;

/** Names of chunks: `.1` and up. A bare name is always a whole cookie, never the first chunk of one. */
export function chunkName(base: string, chunk: number): string {
  return `${base}.${chunk}`;
}

export function createCookieNames(naming: CookieNaming, mac: Mac): CookieNames {
  // A dot before and behind, where no other name has one: no name of one application begins as another one's.
  const place = naming.basePath === undefined ? "" : `${naming.basePath.replaceAll("/", ".")}.`;
  const stem = `coatcheck${place}-${naming.port === undefined ? "" : `${naming.port}-`}`;
  const prefix = naming.kind === "host" ? `__Host-${stem}` : stem;
  const logout = naming.kind === "host" ? `__Secure-${stem}logout` : `${stem}logout`;
  const sessionName = /^([0-9a-f]{8})(?:\.([1-9]))?$/u;
  const transactionName = /^tx-[0-9a-f]{8}$/u;
  return {
    prefixes: [prefix, logout],
    logout,
    isSecure: naming.kind === "host",
    session: async (sid) => prefix + uint8ArrayToHex(await mac.digest(sid)).slice(0, SHORT_HASH_DIGITS),
    transaction: async (state) => {
      const stateHash = uint8ArrayToHex(await mac.digest(state));
      return { name: `${prefix}tx-${stateHash.slice(0, SHORT_HASH_DIGITS)}`, stateHash };
    },
    parse: (name) => {
      if (name === logout) return { kind: "logout" };
      if (!name.startsWith(prefix)) return undefined;
      const rest = name.slice(prefix.length);
      if (transactionName.test(rest)) return { kind: "transaction" };
      const match = sessionName.exec(rest);
      if (match === null) return undefined;
      return { kind: "session", base: prefix + match[1], chunk: Number(match[2] ?? 0) };
    },
  };
}
