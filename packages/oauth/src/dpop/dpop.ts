import { base64url, calculateJwkThumbprint, SignJWT } from "jose";
import QuickLRU from "quick-lru";
import type { OAuthPorts } from "../oauth-ports.ts";
import { DPOP_ALGORITHM, importDpopKey } from "./dpop-key.ts";
import type { DpopKey, UsableDpopKey } from "./dpop-key.ts";

export interface DpopProofRequest {
  readonly key: DpopKey;
  readonly method: string;
  /** Where the request goes; query and fragment don't count. */
  readonly url: string;
  /** The token that goes with it, if any. */
  readonly accessToken?: string;
}

/** Proofs that this client holds the key to which tokens are bound, and what servers say of them. @see RFC 9449 */
export interface Dpop {
  /** What the key is called in an authorization request. @see RFC 9449 section 10 */
  thumbprint(key: DpopKey): Promise<string>;
  /** One proof for one request: with an id of its own, and the newest nonce of that server. @see RFC 9449 section 4.2 */
  prove(request: DpopProofRequest): Promise<string>;
  /** Keeps the nonce that a server wants from now on; `null`: it said nothing. @see RFC 9449 section 8.2 */
  noteNonce(origin: string, nonce: string | null | undefined): void;
  /**
   * Makes a call, and again while its server asks for another nonce, which means that it did nothing.
   *
   * Once is enough at most servers. Where every call changes the nonce, calls at the same time make one another's useless: from
   * the second repetition on they go one by one.
   *
   * @param challengedBy the origin of a server that asked for another nonce; `undefined`: it didn't
   */
  withNonce<Answer>(
    attempt: () => Promise<Answer>,
    challengedBy: (answer: Answer) => string | undefined,
  ): Promise<Answer>;
}

const MAX_KEYS = 1_000;
const MAX_ORIGINS = 100;
const MAX_NONCE_LENGTH = 1_024;
/** A nonce that never settles: what the server says last counts. */
const MAX_REPETITIONS = 7;
const ID_BYTES = 16;

export function createDpop({
  nowMs,
  randomBytes = platformBytes,
}: Pick<OAuthPorts, "nowMs" | "randomBytes">): Dpop {
  const keys = new QuickLRU<DpopKey, Promise<UsableDpopKey>>({ maxSize: MAX_KEYS });
  const nonces = new QuickLRU<string, string>({ maxSize: MAX_ORIGINS });
  const lines = new Map<string, Promise<unknown>>();

  function usable(key: DpopKey): Promise<UsableDpopKey> {
    let importing = keys.get(key);
    if (importing === undefined) {
      importing = importDpopKey(key);
      keys.set(key, importing);
    }
    return importing;
  }

  /** After whatever waits for this server already. */
  async function inLine<Answer>(origin: string, work: () => Promise<Answer>): Promise<Answer> {
    const before = lines.get(origin) ?? Promise.resolve();
    const mine = before.then(work, work);
    lines.set(origin, mine);
    try {
      return await mine;
    } finally {
      if (lines.get(origin) === mine) lines.delete(origin);
    }
  }

  return {
    thumbprint: async (key) => calculateJwkThumbprint((await usable(key)).publicJwk),
    async prove({ key, method, url, accessToken }) {
      const { privateKey, publicJwk } = await usable(key);
      const { origin, pathname } = new URL(url);
      const nonce = nonces.get(origin);
      const claims = {
        jti: base64url.encode(randomBytes(ID_BYTES)),
        htm: method,
        htu: origin + pathname,
        iat: Math.floor(nowMs() / 1_000),
        ...(accessToken === undefined ? {} : { ath: await sha256(accessToken) }),
        ...(nonce === undefined ? {} : { nonce }),
      };
      const header = { alg: DPOP_ALGORITHM, typ: "dpop+jwt", jwk: publicJwk };
      return new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
    },
    noteNonce(origin, nonce) {
      // RFC 9449 section 8.1: visible ASCII without quotes and backslashes.
      const isNonce = nonce && nonce.length <= MAX_NONCE_LENGTH && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(nonce);
      if (isNonce) nonces.set(origin, nonce);
    },
    async withNonce(attempt, challengedBy) {
      let answer = await attempt();
      let origin = challengedBy(answer);
      if (origin === undefined) return answer;
      answer = await attempt();
      origin = challengedBy(answer);
      if (origin === undefined) return answer;
      return inLine(origin, async () => {
        for (let count = 1; count < MAX_REPETITIONS; count += 1) {
          answer = await attempt();
          if (challengedBy(answer) === undefined) break;
        }
        return answer;
      });
    },
  };
}

async function sha256(text: string): Promise<string> {
  return base64url.encode(
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
  );
}

function platformBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}
