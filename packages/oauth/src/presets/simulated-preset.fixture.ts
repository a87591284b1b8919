import {
  createFakeClock,
  createProviderStandIn,
  createSimulatedInternet,
  PROVIDER_SHAPES,
  TENANT,
} from "@coatcheck/testkit";
import type { FakeClock, ProviderShape, ProviderShapeName, ProviderStandIn } from "@coatcheck/testkit";
import { exportJWK, generateKeyPair } from "jose";
import type { OAuthEvent } from "../oauth-event.ts";
import { createProvider } from "../provider.ts";
import type { Provider } from "../provider.ts";
import type { ProviderConfig } from "../setup/provider-config.ts";
import type { LoginOutcome } from "../sign-in/finish-login.ts";
import type { RefreshGrantRequest } from "../token-endpoint/refresh-grant.ts";
import { USUAL_CLIENT } from "../simulated-sign-in.fixture.ts";
import { signedInAs } from "./signed-in.fixture.ts";

const COMMON = {
  clientId: "client",
  clientSecret: "secret-of-the-client-0123456789",
  ...USUAL_CLIENT,
} as const;

const { privateKey } = await generateKeyPair("ES256", { extractable: true });
const APPLE_KEY = await exportJWK(privateKey);
export const APPLE_IDS = { teamId: "TEAM012345", keyId: "KEY0123456" };
const { clientSecret: _made, ...WITHOUT_SECRET } = COMMON;

/** What an operator writes for each: no more than the documents say. */
export const PRESET_CONFIGS: Readonly<Record<ProviderShapeName, ProviderConfig>> = {
  entra: { ...COMMON, preset: "entra", issuer: PROVIDER_SHAPES.entra.issuer },
  "entra-organizations": {
    ...COMMON,
    preset: "entra",
    issuer: PROVIDER_SHAPES["entra-organizations"].issuer,
    allowedTenants: [TENANT],
  },
  auth0: { ...COMMON, preset: "auth0", issuer: PROVIDER_SHAPES.auth0.issuer },
  okta: { ...COMMON, preset: "okta", issuer: PROVIDER_SHAPES.okta.issuer },
  cognito: { ...COMMON, preset: "cognito", issuer: PROVIDER_SHAPES.cognito.issuer },
  keycloak: { ...COMMON, preset: "keycloak", issuer: PROVIDER_SHAPES.keycloak.issuer },
  zitadel: {
    ...COMMON,
    preset: "zitadel",
    issuer: PROVIDER_SHAPES.zitadel.issuer,
    trustedAudiences: ["123456789012345678"],
  },
  authentik: { ...COMMON, preset: "authentik", issuer: PROVIDER_SHAPES.authentik.issuer },
  linkedin: { ...COMMON, preset: "linkedin" },
  apple: { ...WITHOUT_SECRET, preset: "apple", clientKeys: JSON.stringify(APPLE_KEY), apple: APPLE_IDS },
  google: { ...COMMON, preset: "google" },
};

export interface SimulatedPreset {
  readonly standIn: ProviderStandIn;
  readonly provider: Provider;
  readonly clock: FakeClock;
  readonly events: readonly OAuthEvent[];
  readonly signIn: () => Promise<LoginOutcome>;
  readonly signInAndKeep: () => Promise<RefreshGrantRequest>;
}

/** The provider of one preset beside the stand-in that plays it. */
export async function simulatePreset(
  name: ProviderShapeName,
  config: Partial<ProviderConfig> = {},
  shape: Partial<ProviderShape> = {},
): Promise<SimulatedPreset> {
  const clock = createFakeClock();
  const internet = createSimulatedInternet();
  const { clientId, clientSecret } = COMMON;
  const { d: _, ...publicKey } = APPLE_KEY;
  const standIn = await createProviderStandIn(
    { ...PROVIDER_SHAPES[name], ...shape },
    { clientId, clientSecret, nowMs: clock.nowMs, signedSecret: { key: publicKey, ...APPLE_IDS } },
  );
  standIn.connectTo(internet);
  const events: OAuthEvent[] = [];
  const provider = createProvider(
    { ...PRESET_CONFIGS[name], ...config },
    { fetch: internet.fetch, nowMs: clock.nowMs, log: (event) => void events.push(event) },
  );
  async function signIn(): Promise<LoginOutcome> {
    const { url, transaction } = await provider.beginLogin();
    return provider.finishLogin(standIn.signIn(url), transaction);
  }
  return {
    standIn,
    provider,
    clock,
    events,
    signIn,
    async signInAndKeep() {
      const { claims, tokens } = signedInAs(await signIn());
      return { refreshToken: tokens.refreshToken ?? "", resource: "", iss: claims.iss, sub: claims.sub };
    },
  };
}
