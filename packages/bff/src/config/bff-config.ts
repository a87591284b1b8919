import type { ProviderConfig } from "@coatcheck/oauth";
import type { OpenedCookiesConfig } from "@coatcheck/session";

/** The provider and our client there; what follows from `publicOrigin` and `routes` is filled in. */
export type BffProviderConfig = Omit<
  ProviderConfig,
  "redirectUri" | "postLogoutRedirectUri" | "resources" | "dangerouslyAllowHttp"
> & {
  /** More resource indicators (RFC 8707) than the routes name. */
  readonly extraResources?: readonly string[];
};

/** One place under which an API is offered to our page. What isn't listed doesn't exist. */
export interface ApiRoute {
  /** Path on our origin, without a trailing slash: `/api/notes`. Longer prefixes win. */
  readonly prefix: string;
  /** Absolute URL that replaces the prefix: `http://127.0.0.1:4100/v1` makes `/api/notes/7` its `/v1/7`. */
  readonly upstream: string;
  /** Default: GET, HEAD, POST, PUT, PATCH, DELETE. */
  readonly methods?: readonly string[];
  /** Resource indicator of its access token. Default `""`: the provider's own token. */
  readonly resource?: string;
  /** `user` (default): a session is needed. `optional`: with the token where there is a session. `none`: never a token; anonymous. */
  readonly tokenKind?: "user" | "optional" | "none";
  readonly exemptions?: {
    /** GETs without our header pass if our own page began them (`Sec-Fetch-Site: same-origin`): downloads, links, EventSource. */
    readonly downloads?: boolean;
  };
  /** Danger: calls travel unencrypted, access token included, to a host other than loopback. Default `false`. */
  readonly dangerouslyAllowHttp?: boolean;
  /** Paths with `%2F` and `%5C` pass, as they stand. Default `false`: they are refused as ambiguous. */
  readonly allowEncodedSlashes?: boolean;
  /** Default 32 MiB. */
  readonly maxBodyBytes?: number;
  /** Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** From sending to the upstream's headers. Default 30,000. */
  readonly headersTimeoutMs?: number;
  /** Without a byte in either direction. Default 60,000. */
  readonly idleTimeoutMs?: number;
  /** The same for the body of a `text/event-stream`. Default `none`: it lives as long as its upstream's connection. */
  readonly eventStreamIdleTimeoutMs?: number | "none";
  /** Further request headers that pass, lower case. */
  readonly extraRequestHeaders?: readonly string[];
  /** Further response headers that pass, lower case. */
  readonly extraResponseHeaders?: readonly string[];
}

export interface BffSessionConfig {
  /** Default 1,800. */
  readonly idleTimeoutSeconds?: number;
  /** Default 43,200. */
  readonly absoluteTimeoutSeconds?: number;
  /** `persistent` (default): the cookie survives the browser's closing, up to the deadlines. */
  readonly persistence?: "persistent" | "browser";
  /** What a process remembers of the cookies that it has opened. Default: 1,000 of them, for 60 s. */
  readonly openedCookies?: OpenedCookiesConfig;
}

export interface BffRefreshConfig {
  /** Refresh ahead of need, beside a call. Default `true`; off by preset where a refresh revokes the token in use. */
  readonly window?: boolean;
  /** How long a settled, older cookie still finds its successor. Default 600. */
  readonly staleCookieSeconds?: number;
  /** What a cookie beyond that time brings: a refusal (default), or the session's end. */
  readonly onStaleCookie?: "refuse" | "end";
  /** Danger with several processes: refresh without the ledger while it can't be reached. Default `refuse`. */
  readonly ledgerDown?: "refuse" | "refresh-locally";
}

/** Everything that `createBff` is told: a value, checked as a whole. */
export interface BffConfig {
  /** Scheme, host and port under which browsers see us: `https://app.example`. */
  readonly publicOrigin: string;
  /** 32 or more random bytes each, base64url. The first seals, all open. */
  readonly cookieKeys: readonly string[];
  readonly provider: BffProviderConfig;
  readonly routes: readonly ApiRoute[];
  readonly session?: BffSessionConfig;
  readonly refresh?: BffRefreshConfig;
  /** Claims of the ID token that the page may see. Default: see `DEFAULT_USER_CLAIMS`. */
  readonly userClaims?: readonly string[];
  /** Addresses or CIDR ranges of proxies whose `X-Forwarded-For` is believed. Default none. */
  readonly trustedProxies?: readonly string[];
  /** Danger: cookies without `Secure` and tokens over plain http. Loopback hosts only, for development. */
  readonly dangerouslyAllowHttp?: "loopback";
}
