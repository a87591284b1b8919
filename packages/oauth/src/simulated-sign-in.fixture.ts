import { createEvilIdp, createFakeClock, createSimulatedInternet } from "@coatcheck/testkit";
import { expect } from "vitest";
import type { EvilIdp, EvilIdpOptions, FakeClock, SimulatedInternet } from "@coatcheck/testkit";
import type { ProviderFetch } from "./call/provider-fetch.ts";
import { readClientCertificate } from "./node/read-client-certificate.ts";
import { createProvider } from "./provider.ts";
import type { LoginTransaction } from "./sign-in/begin-login.ts";
import type { LoginOutcome } from "./sign-in/finish-login.ts";
import type { OAuthEvent } from "./oauth-event.ts";
import type { Provider } from "./provider.ts";
import type { ProviderConfig } from "./setup/provider-config.ts";
import type { RefreshGrantRequest } from "./token-endpoint/refresh-grant.ts";

export const ISSUER = "https://idp.example";
export const IDP_HOST = "idp.example";

/** This application, and what nobody sets otherwise. */
export const USUAL_CLIENT = {
  resources: [],
  redirectUri: "https://app.example/bff/callback",
  postLogoutRedirectUri: "https://app.example/",
  requestTimeoutMs: 5_000,
  tokenTimeoutMs: 30_000,
  clockToleranceSeconds: 30,
  trustedAudiences: [],
  logoutTokenStrict: false,
} as const;

/** What most providers need nothing else for. */
export const USUAL_SETTINGS = {
  ...USUAL_CLIENT,
  discovery: true,
  idTokenAlgorithms: ["RS256"],
  // Tests read the request off the browser's address, unless they are about pushing it.
  pushedRequests: "never",
} as const;

export const CONFIG = {
  preset: "oidc",
  issuer: ISSUER,
  clientId: "coatcheck:test+client",
  clientSecret: "s:%+ /é-_.~!*'()",
  scope: "openid profile email",
  ...USUAL_SETTINGS,
} as const satisfies ProviderConfig;

/** As Node's: it can show a certificate. */
export function presentingFetch({ fetch }: SimulatedInternet): ProviderFetch {
  return Object.assign(fetch.bind(undefined), { readCertificate: readClientCertificate });
}
/** The same provider, taken for one of plain OAuth: nobody reads its ID tokens. */
export const PLAIN_OAUTH = {
  preset: "oauth2",
  scope: "profile",
  discovery: false,
  idTokenAlgorithms: undefined as never,
  profileClaims: { sub: "sub" },
  endpoints: {
    authorization: `${ISSUER}/authorize`,
    token: `${ISSUER}/token`,
    userinfo: `${ISSUER}/userinfo`,
    revocation: `${ISSUER}/revoke`,
  },
} as const satisfies Partial<ProviderConfig>;

interface SignedIn {
  readonly outcome: LoginOutcome;
  readonly transaction: LoginTransaction;
  readonly rawQuery: string;
}

export interface SimulatedSignIn {
  readonly idp: EvilIdp;
  readonly internet: SimulatedInternet;
  readonly clock: FakeClock;
  readonly provider: Provider;
  readonly events: readonly OAuthEvent[];
  /** The whole way from the sign-in button to the callback. */
  readonly signIn: () => Promise<SignedIn>;
  /** As `signIn`, and what a refresh needs afterwards; fails unless it succeeds. */
  readonly signInAndKeep: () => Promise<RefreshGrantRequest>;
  /** Lets the deadline of a call pass, once it waits (by default: as soon as any call does). */
  readonly passDeadline: <T>(call: Promise<T>, isWaiting?: () => boolean) => Promise<T>;
}

/**
 * A provider of ours against the evil identity provider, over a simulated internet and with a fake clock.
 *
 * @param idpOptions or one that is there already, for another process of ours
 */
export async function simulateSignIn(
  config: Partial<ProviderConfig> = {},
  idpOptions: Partial<EvilIdpOptions> | { readonly idp: EvilIdp } = {},
): Promise<SimulatedSignIn> {
  const clock = createFakeClock();
  const internet = createSimulatedInternet();
  const idp =
    "idp" in idpOptions
      ? idpOptions.idp
      : await createEvilIdp({
          issuer: ISSUER,
          clientId: CONFIG.clientId,
          clientSecret: CONFIG.clientSecret,
          nowMs: clock.nowMs,
          ...idpOptions,
        });
  internet.connect(IDP_HOST, idp.app);
  internet.connect(`mtls.${IDP_HOST}`, idp.app);
  const events: OAuthEvent[] = [];
  const provider = createProvider(
    { ...CONFIG, ...config },
    {
      fetch: presentingFetch(internet),
      nowMs: clock.nowMs,
      timers: clock,
      log: (event) => void events.push(event),
    },
  );
  const signIn = async (): Promise<SignedIn> => {
    const { url, transaction } = await provider.beginLogin();
    const rawQuery = await idp.signIn(url);
    return { outcome: await provider.finishLogin(rawQuery, transaction), transaction, rawQuery };
  };
  return {
    idp,
    internet,
    clock,
    provider,
    events,
    signIn,
    async passDeadline(call, isWaiting = () => clock.pendingTimers() > 0) {
      await expect.poll(isWaiting, { timeout: 10_000 }).toBe(true);
      await clock.advance(30_000);
      return call;
    },
    async signInAndKeep() {
      const { outcome } = await signIn();
      if (outcome.kind !== "signed_in") throw new Error(`sign-in ended as ${outcome.kind}`);
      const { claims, tokens } = outcome;
      const authTime = claims.auth_time === undefined ? {} : { authTime: claims.auth_time };
      return {
        refreshToken: tokens.refreshToken ?? "",
        resource: "",
        iss: claims.iss,
        sub: claims.sub,
        ...authTime,
      };
    },
  };
}
