import type { WorldSettings } from "./world-settings.ts";

export const ISSUER = "https://id.example";

/** What a person has allowed once: everything that came of it ends with it. */
export interface ProviderGrant {
  readonly person: string;
  readonly idpSid: string;
  /** Why it is over. */
  revoked?: "administrator" | "back-channel" | "reuse" | "revocation";
}

/** The refresh tokens of one sign-in. */
export interface Chain {
  readonly id: number;
  readonly grant: ProviderGrant;
  readonly live: Set<string>;
  readonly spentAt: Map<string, number>;
}

export interface MintedToken {
  readonly text: string;
  readonly chain: Chain;
  readonly resource: string;
  /** The true instant at which its life is over. */
  readonly expiresAt: number;
  /** The same by the provider's clock, as it was when it was issued: what counts wherever it is used. */
  readonly ends: number;
  isRevoked: boolean;
}

export interface Minted {
  readonly accessToken: MintedToken;
  readonly refreshToken?: string;
}

/** The authorization server: it follows its rules and never fails; failing is left to the network in front of it. */
export interface SimProvider {
  /** By its own clock, milliseconds. */
  now(): number;
  stepClock(byMs: number): void;
  /** A person signs in, and gets a code. */
  authorize(person: string, browser: number): string;
  redeem(code: string): (Minted & { readonly idTokenIat: number }) | undefined;
  refresh(refreshToken: string, resource: string): Minted | undefined;
  revoke(refreshToken: string): void;
  end(grant: ProviderGrant, why: "administrator" | "back-channel"): void;
  tokenOf(text: string): MintedToken | undefined;
  isAlive(text: string): boolean;
  chainOf(refreshToken: string): Chain | undefined;
  onReuse(listen: (refreshToken: string, chain: Chain) => void): void;
}

export function createSimProvider(settings: WorldSettings, trueNow: () => number): SimProvider {
  const codes = new Map<string, { readonly person: string; readonly browser: number }>();
  const chains = new Map<string, Chain>();
  const tokens = new Map<string, MintedToken>();
  const grants = new Map<string, ProviderGrant>();
  const reuseListeners: ((refreshToken: string, chain: Chain) => void)[] = [];
  let count = 0;
  let skewMs = 0;

  const now = (): number => trueNow() + skewMs;

  function mint(chain: Chain, resource: string): MintedToken {
    count += 1;
    const token: MintedToken = {
      text: `at-${count}`,
      chain,
      resource,
      expiresAt: trueNow() + settings.accessTokenSeconds * 1_000,
      ends: now() + settings.accessTokenSeconds * 1_000,
      isRevoked: false,
    };
    tokens.set(token.text, token);
    return token;
  }

  function mintRefreshToken(chain: Chain): string {
    count += 1;
    const refreshToken = `rt-${count}`;
    chain.live.add(refreshToken);
    chains.set(refreshToken, chain);
    return refreshToken;
  }

  function killOthers(chain: Chain, resource: string): void {
    if (!settings.refreshRevokesOthers && !settings.refreshRevokesAll) return;
    for (const token of tokens.values()) {
      if (token.chain !== chain) continue;
      if (settings.refreshRevokesAll || token.resource !== resource) token.isRevoked = true;
    }
  }

  function revokeGrant(grant: ProviderGrant, why: NonNullable<ProviderGrant["revoked"]>): void {
    grant.revoked ??= why;
    for (const token of tokens.values()) if (token.chain.grant === grant) token.isRevoked = true;
  }

  return {
    now,
    stepClock: (byMs) => void (skewMs += byMs),
    authorize(person, browser) {
      count += 1;
      codes.set(`code-${count}`, { person, browser });
      return `code-${count}`;
    },
    redeem(code) {
      const known = codes.get(code);
      if (known === undefined) return undefined;
      codes.delete(code);
      const { person, browser } = known;
      const key = `${person} ${browser}`;
      const running = grants.get(key);
      const isContinued = settings.sharedGrant && running !== undefined && running.revoked === undefined;
      count += 1;
      const grant = isContinued ? running : { person, idpSid: `sid-${count}` };
      grants.set(key, grant);
      const chain: Chain = { id: count, grant, live: new Set(), spentAt: new Map() };
      const accessToken = mint(chain, "");
      const idTokenIat = Math.floor(now() / 1_000);
      if (settings.rotation === "none") return { accessToken, idTokenIat };
      return { accessToken, idTokenIat, refreshToken: mintRefreshToken(chain) };
    },
    refresh(refreshToken, resource) {
      const chain = chains.get(refreshToken);
      if (chain === undefined || chain.grant.revoked !== undefined) return undefined;
      const spentAt = chain.spentAt.get(refreshToken);
      if (spentAt !== undefined && now() - spentAt > settings.graceSeconds * 1_000) {
        for (const listen of reuseListeners) listen(refreshToken, chain);
        revokeGrant(chain.grant, "reuse");
        return undefined;
      }
      killOthers(chain, resource);
      const accessToken = mint(chain, resource);
      if (settings.rotation === "same") return { accessToken, refreshToken };
      if (settings.rotation === "absent") return { accessToken };
      chain.live.delete(refreshToken);
      if (spentAt === undefined) chain.spentAt.set(refreshToken, now());
      return { accessToken, refreshToken: mintRefreshToken(chain) };
    },
    revoke(refreshToken) {
      const chain = chains.get(refreshToken);
      // A spent one is unknown here: the answer is 200 all the same, and nothing ends.
      if (chain?.live.has(refreshToken) === true) revokeGrant(chain.grant, "revocation");
    },
    end: revokeGrant,
    tokenOf: (text) => tokens.get(text),
    isAlive(text) {
      const token = tokens.get(text);
      return token !== undefined && !token.isRevoked && token.ends > now();
    },
    chainOf: (refreshToken) => chains.get(refreshToken),
    onReuse: (listen) => void reuseListeners.push(listen),
  };
}
