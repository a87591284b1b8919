import { SECURITY_PROFILES } from "@coatcheck/oauth";
import { PROVIDER } from "./provider-schema.ts";
import type { ConfigOf, Group, PathOf } from "./setting.ts";

/** Claims that the page may see unless configuration says otherwise. */
export const DEFAULT_USER_CLAIMS = [
  "sub",
  "name",
  "given_name",
  "family_name",
  "preferred_username",
  "email",
  "email_verified",
  "picture",
  "locale",
] as const;

const URL_FIX = "write an absolute https URL";
const OFF = { kind: "flag", default: false } as const;
const ON = { kind: "flag", default: true } as const;
const DEADLINE = { kind: "number", min: 1, max: 3_600_000 } as const;
const LIFETIME = { kind: "number", min: 60, max: 31_536_000 } as const;
const LIST = { kind: "list", default: [] } as const;
const HEADERS = { kind: "list", fix: "list names of headers", isOptional: true } as const;
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** One API route: what isn't listed doesn't exist. */
const API_ROUTE = {
  prefix: {
    kind: "text",
    meaning: "Path on our origin; longer ones win",
    fix: "write /api/<name>, without a slash at the end",
    like: /^\/api\/[^/]/u,
  },
  upstream: {
    kind: "text",
    meaning: "URL that replaces the prefix: with http://127.0.0.1:4100/v1, /api/notes/7 is its /v1/7",
    fix: URL_FIX,
  },
  methods: { kind: "choices", choices: METHODS, default: METHODS, meaning: "Methods that pass" },
  resource: {
    kind: "text",
    meaning: "Resource indicator (RFC 8707) that its access token is for; not set: the provider's own token",
    fix: "write a resource indicator, or leave it out",
    isOptional: true,
  },
  providers: {
    kind: "list",
    meaning:
      "Names of the providers whose sessions may call it, `default` for `provider`; a session of another one gets 403 `resource_unavailable`. Not set: all",
    fix: "list names of `providers`, or default",
    isOptional: true,
  },
  tokenKind: {
    kind: "choice",
    meaning:
      "`user`: a session is needed; `user-or-none`: with its token where there is one; `none`: never a token, anonymous; `client`: the application's own token (client credentials), for everybody who loads the page",
    choices: ["user", "user-or-none", "none", "client"],
    default: "user",
  },
  scopes: {
    ...LIST,
    meaning: "Scopes that the access token must have; else the page gets 403 `insufficient_scope`",
    fix: "list scopes, one a text",
    like: /^[\x21\x23-\x5b\x5d-\x7e]+$/u,
  },
  maxAgeSeconds: {
    kind: "number",
    min: 0,
    max: 31_536_000,
    isOptional: true,
    meaning:
      "How long ago the person may have signed in; else the page gets 401 `step_up_required` (RFC 9470)",
  },
  exchange: {
    audience: {
      kind: "text",
      meaning:
        "Token exchange (RFC 8693): the API gets a token that the provider gives for the person's own, for this audience; each of these fields turns it on",
      fix: "write the API's name at the provider, or leave it out",
      isOptional: true,
    },
    resource: {
      kind: "text",
      meaning: "The same, for this resource indicator",
      fix: "write an absolute URI without a fragment, or leave it out",
      like: /^[a-z][a-z\d+.-]*:[^\s#]+$/iu,
      isOptional: true,
    },
    scope: {
      kind: "text",
      meaning: "The same, with these scopes, one space between them",
      fix: "write scopes with one space between them",
      like: /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/u,
      isOptional: true,
    },
  },
  websocket: {
    ...OFF,
    meaning:
      "Our own page may open WebSockets here, with a session; on Node. Not set: handshakes are refused, before the API is contacted",
  },
  maxMessageBytes: {
    kind: "number",
    min: 1,
    max: 2 ** 30,
    default: 2 ** 20,
    meaning: "Largest message on a WebSocket, in either direction; a larger one closes it (1009)",
  },
  socketIdleTimeoutMs: {
    ...DEADLINE,
    max: 86_400_000,
    or: "none",
    default: "none",
    meaning:
      "A WebSocket without a message for this long is closed (1001); none: as long as its session lives",
  },
  socketPingMs: {
    kind: "number",
    min: 1_000,
    max: 3_600_000,
    default: 30_000,
    meaning:
      "How often both ends of a WebSocket are asked for a sign of life; proxies in between must wait longer",
  },
  tokenProof: {
    kind: "choice",
    meaning:
      "What the API wants beside the token: `as-issued`: a proof of what the token is bound to, if anything; `dpop`: only tokens that are bound to a key; `certificate`: only to the application's certificate, which it sees on the connection; `bearer`: never a proof",
    choices: ["as-issued", "dpop", "certificate", "bearer"],
    default: "as-issued",
  },
  exemptions: {
    downloads: {
      ...OFF,
      meaning: "GETs without our header pass if our own page began them: downloads, links, EventSource",
    },
  },
  dangerouslyAllowHttp: {
    ...OFF,
    meaning: "Danger: calls to other hosts than this machine travel unencrypted, token included",
  },
  allowEncodedSlashes: {
    ...OFF,
    meaning:
      "Paths with `%2F` and `%5C` pass, as they stand; else they are refused, since some servers decode them first",
  },
  maxBodyBytes: { kind: "number", min: 0, max: 2 ** 40, default: 2 ** 25, meaning: "Largest request body" },
  limits: {
    maxConcurrent: {
      kind: "number",
      min: 1,
      max: 100_000,
      default: 512,
      meaning:
        "Calls that an API works on at once: sent by this process, and its headers not there yet; counted for all routes to one origin, which say the same",
    },
    maxQueued: {
      kind: "number",
      min: 0,
      max: 100_000,
      default: 0,
      meaning: "Further calls that wait for their turn, in their order; more get 503 `overloaded`",
    },
    queueTimeoutMs: { ...DEADLINE, default: 2_000, meaning: "How long one waits before it gets 503, too" },
  },
  circuit: {
    failures: {
      kind: "number",
      min: 1,
      max: 100_000,
      or: "none",
      default: 10,
      meaning:
        "So many calls that can't reach an API or get no headers in time, or get 502 or 504 of a gateway, and at least half of all within the window: from then on calls get 503 `overloaded` at once; none: each call is tried. Routes to one origin say the same",
    },
    windowMs: { ...DEADLINE, min: 1_000, default: 30_000, meaning: "That window" },
    retryMs: {
      ...DEADLINE,
      default: 5_000,
      meaning: "After this long one call is let through, and then all if it is answered",
    },
  },
  connectTimeoutMs: { ...DEADLINE, default: 5_000, meaning: "Deadline to connect to an API" },
  headersTimeoutMs: { ...DEADLINE, default: 30_000, meaning: "Deadline for an API's first byte" },
  idleTimeoutMs: { ...DEADLINE, default: 60_000, meaning: "Longest silence within an API's answer" },
  eventStreamIdleTimeoutMs: {
    ...DEADLINE,
    or: "none",
    default: "none",
    meaning: "The same for the body of an event stream; none: as long as its connection lives",
  },
  extraRequestHeaders: { ...HEADERS, meaning: "Further request headers that pass, lower case" },
  extraResponseHeaders: { ...HEADERS, meaning: "Further response headers that pass, lower case" },
} as const satisfies Group;

/**
 * Everything that the BFF can be told: each setting once, with its type, its default, its bounds, what it means and what to
 * write instead of a value that isn't accepted. `BffConfig` and the table in the README are made from it.
 */
export const BFF_SCHEMA = {
  publicOrigin: {
    kind: "text",
    meaning: "Origin that browsers see: https://app.example.com",
    fix: "write scheme, host and, if needed, port, as browsers do and nothing else: https://app.example.com",
  },
  basePath: {
    kind: "text",
    meaning:
      "Path under which browsers see page, BFF and APIs, where another application has the rest of the origin: /admin. `coatcheck serve` takes it off what comes in; in a process of one's own, mounting does",
    fix: "write /name in lower case, without a slash at the end, and nothing that is the BFF's own (/bff, /api)",
    like: /^(?!\/(?:bff|api|healthz|readyz)(?:\/|$))(?:\/[a-z\d](?:-?[a-z\d])*){1,4}$/u,
    isOptional: true,
  },
  thirdPartyLogin: {
    returnPaths: {
      ...LIST,
      meaning:
        "Places of the page to which a link of the provider may lead after a sign-in (OpenID Connect Core, section 4): /courses, or /courses/* for all below; none: such links aren't offered",
      fix: "list paths of the page: /, /courses, /courses/*",
      like: /^\/(?!\/)[^\s?#\\*]*\*?$/u,
    },
  },
  cookieKeys: {
    kind: "secrets",
    meaning: "Keys that seal cookies: 32 or more random bytes each, base64url; the first seals, all open",
    fix: "run coatcheck keygen and keep what it prints as a secret",
  },
  security: {
    kind: "choice",
    meaning:
      "`fapi2`: what the FAPI 2.0 Security Profile requires is on, and what it forbids is refused; `fapi2-message-signing`: requests and answers are signed, too",
    choices: SECURITY_PROFILES,
    default: "standard",
  },
  provider: PROVIDER,
  providers: { "*": PROVIDER },
  chooseProvider: {
    kind: "choice",
    meaning:
      "What a sign-in does that names no provider: `default` begins at `provider`; `page` shows a page of ours with all of them",
    choices: ["default", "page"],
    default: "default",
  },
  routes: [API_ROUTE],
  session: {
    idleTimeoutSeconds: {
      ...LIFETIME,
      default: 1_800,
      meaning: "A session ends after this long without activity",
    },
    absoluteTimeoutSeconds: {
      ...LIFETIME,
      default: 43_200,
      meaning: "A session ends this long after sign-in, whatever happens",
    },
    persistent: { ...ON, meaning: "The session survives a restart of the browser, up to its deadlines" },
    isListed: {
      ...OFF,
      meaning:
        "People can see their sessions in all browsers, and end them; needs a ledger that outlives the process",
    },
  },
  refresh: {
    windowRefresh: {
      ...ON,
      meaning:
        "Tokens are refreshed ahead of need, beside a call; never where a refresh revokes the token in use",
    },
    staleCookieSeconds: {
      kind: "number",
      meaning: "How long a cookie of a spent and settled generation is still helped to its successor",
      min: 60,
      max: 86_400,
      default: 600,
    },
    onStaleCookie: {
      kind: "choice",
      meaning: "A cookie beyond that time: refuse the call, or end the session",
      choices: ["refuse", "end"],
      default: "refuse",
    },
    ledgerDown: {
      kind: "choice",
      meaning:
        "At real expiry with the ledger unreachable: 503, or a refresh that is unsafe with several processes",
      choices: ["refuse", "refresh-locally"],
      default: "refuse",
    },
  },
  limits: {
    callsPerSession: {
      kind: "number",
      min: 1,
      max: 100_000,
      default: 256,
      meaning:
        "API calls, open streams and WebSockets that one session may have under way in a process; one more gets 503 `overloaded`",
    },
    socketsPerSession: {
      kind: "number",
      min: 1,
      max: 100_000,
      default: 32,
      meaning: "WebSockets that one session may have open in a process; one more gets 503 `overloaded`",
    },
    sockets: {
      kind: "number",
      min: 1,
      max: 1_000_000,
      default: 10_000,
      meaning: "WebSockets that a process has open; one more gets 503 `overloaded`",
    },
  },
  page: {
    pictureHosts: {
      ...LIST,
      meaning: "Hosts that pictures may come from, beside our own: avatars.example, *.cdn.example",
      fix: "write hosts, with a port if needed: avatars.example, *.cdn.example, pictures.example:8443",
      like: /^(?:https:\/\/)?(?:\*\.)?(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+[a-z\d-]*[a-z\d](?::\d{1,5})?$/iu,
    },
    blobs: { ...OFF, meaning: "Pictures and media may be `blob:` addresses, which the page makes itself" },
    styleNonce: {
      ...OFF,
      meaning:
        "Styles that scripts write (CSS-in-JS) may run with the nonce that replaces `coatcheck-style-nonce` in the page",
    },
    features: {
      kind: "choices",
      meaning: "Features of the device that the page may ask for",
      choices: [
        "accelerometer",
        "camera",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "payment",
        "usb",
      ],
      default: [],
    },
    hsts: {
      kind: "choice",
      meaning:
        "https only, for two years: on this host, on its subdomains, too, or in browsers' preload lists",
      choices: ["host", "subdomains", "preload"],
      default: "subdomains",
    },
  },
  userClaims: {
    kind: "list",
    meaning: "Claims of the ID token that the page may see",
    fix: "list names of claims",
    default: DEFAULT_USER_CLAIMS,
  },
  trustedProxies: {
    ...LIST,
    meaning: "Addresses or networks of proxies whose forwarding headers are believed",
    fix: "list addresses or networks: 10.0.0.7, 10.1.0.0/16, fd00::/8",
  },
  dangerouslyAllowHttp: {
    kind: "choice",
    meaning: "Danger: http for this machine's addresses, and cookies without `Secure`; for development",
    choices: ["loopback"],
    isOptional: true,
  },
} as const satisfies Group;

/** Everything that `createBff` is told: a value, checked as a whole. `BFF_SCHEMA` says what each setting means. */
export interface BffConfig extends ConfigOf<typeof BFF_SCHEMA> {}

/** One place under which an API is offered to our page. */
export interface ApiRoute extends ConfigOf<typeof API_ROUTE> {}

/** What a page may open, and what browsers are told of the host. */
export interface PageConfig extends ConfigOf<(typeof BFF_SCHEMA)["page"]> {}

/** Where a setting stands: `session.idleTimeoutSeconds`. */
export type SettingPath = PathOf<typeof BFF_SCHEMA>;
