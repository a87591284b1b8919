import type { ExchangeTarget, ProviderConfig } from "@coatcheck/oauth";
import type { Target, UpstreamCertificate } from "@coatcheck/proxy";
import type { SessionDemands } from "../session/demands.ts";
import type { CookieNaming } from "@coatcheck/session";
import type { IpRange } from "../request/ip-address.ts";
import type { BFF_SCHEMA, PageConfig } from "./bff-config.ts";
import type { FilledOf } from "./setting.ts";

type Filled = FilledOf<typeof BFF_SCHEMA>;
type SessionSettings = Filled["session"];
type RefreshSettings = Filled["refresh"];

/** An API route with its defaults. */
export interface ApiRouteSettings extends Pick<
  Filled["routes"][number],
  "tokenKind" | "tokenProof" | "providers"
> {
  readonly target: Target;
  readonly methods: readonly string[];
  readonly resource: string;
  readonly allowsDownloads: boolean;
  /** The person's own token, the one for `resource`, is exchanged for one for this. */
  readonly exchange?: ExchangeTarget;
  /** Our page may open WebSockets here. */
  readonly socket?: SocketSettings;
  /** None for a route that needs nobody. */
  readonly demands: SessionDemands;
}

/** What becomes of an open WebSocket. */
export interface SocketSettings {
  readonly idleTimeoutMs: number | "none";
  readonly pingEveryMs: number;
  readonly maxMessageBytes: number;
}

/** One provider that people may sign in at. */
export interface ProviderPlan {
  /** `default`, or its name in `providers`. */
  readonly name: string;
  /** What people read where they choose. */
  readonly label: string;
  readonly config: ProviderConfig;
  /** What its access tokens are bound to, where they are bound to a certificate. */
  readonly boundCertificate: UpstreamCertificate | undefined;
  /** Names of parameters that a sign-in link may hand to the provider. */
  readonly loginParameters: readonly string[];
}

/** A checked configuration, frozen, with every default filled in and secrets revealed. */
export interface BffSettings extends SessionSettings, RefreshSettings {
  readonly publicOrigin: string;
  /** Before every path that browsers see; `""`: none. */
  readonly basePath: string;
  readonly cookieKeys: readonly string[];
  readonly cookieNaming: CookieNaming;
  /** The default one first. */
  readonly providers: readonly [ProviderPlan, ...ProviderPlan[]];
  readonly thirdPartyLogin: Filled["thirdPartyLogin"];
  readonly chooseProvider: Filled["chooseProvider"];
  readonly routes: readonly ApiRouteSettings[];
  readonly limits: Filled["limits"];
  readonly userClaims: readonly string[];
  readonly page: PageConfig;
  readonly trustedProxies: readonly IpRange[];
}
