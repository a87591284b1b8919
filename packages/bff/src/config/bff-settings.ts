import type { ProviderConfig } from "@coatcheck/oauth";
import type { Target } from "@coatcheck/proxy";
import type { CookieNaming } from "@coatcheck/session";
import type { IpRange } from "../request/ip-address.ts";
import type { PageConfig } from "./bff-config.ts";

/** An API route with its defaults. */
export interface ApiRouteSettings {
  readonly target: Target;
  readonly methods: readonly string[];
  readonly resource: string;
  readonly tokenKind: "user" | "optional" | "none";
  readonly allowsDownloads: boolean;
}

/** A checked configuration, frozen, with every default filled in and secrets revealed. */
export interface BffSettings {
  readonly publicOrigin: string;
  readonly cookieKeys: readonly string[];
  readonly cookieNaming: CookieNaming;
  readonly provider: ProviderConfig;
  readonly routes: readonly ApiRouteSettings[];
  readonly idleTimeoutSeconds: number;
  readonly absoluteTimeoutSeconds: number;
  readonly persistent: boolean;
  readonly windowRefresh: boolean;
  readonly staleCookieSeconds: number;
  readonly onStaleCookie: "refuse" | "end";
  readonly ledgerDown: "refuse" | "refresh-locally";
  readonly userClaims: readonly string[];
  readonly page: PageConfig;
  readonly trustedProxies: readonly IpRange[];
}
