import { prettifyError, type output } from "zod";
import { DevIdpError } from "../dev-idp-error.ts";
import { refuseProduction } from "../refuse-production.ts";
import type { SigningKeys } from "../signing-keys.ts";
import { DEMO_USERS } from "./demo-users.ts";
import { optionsSchema } from "./option-schemas.ts";
import { readJsonFile } from "./options-file.ts";

/** An application that may send people here. */
export interface DevIdpClient {
  readonly clientId: string;
  /** Needed unless it proves itself by its own keys. */
  readonly clientSecret?: string;
  /** Default `client_secret_basic`. */
  readonly tokenEndpointAuthMethod?:
    | "client_secret_basic"
    | "client_secret_post"
    | "client_secret_jwt"
    | "private_key_jwt"
    | "tls_client_auth"
    | "self_signed_tls_client_auth";
  /** By what its certificate is recognised (`tls_client_auth`): one of these. Default: `{ dn: "CN=<clientId>" }`. */
  readonly certificateSubject?: {
    readonly dn?: string;
    readonly dns?: string;
    readonly ip?: string;
    readonly uri?: string;
  };
  /** Default `false`; `true`: its access tokens are bound to its certificate. @see RFC 8705 section 3 */
  readonly certificateBoundTokens?: boolean;
  /** Its public keys, for `private_key_jwt`; its certificates (`x5c`), for `self_signed_tls_client_auth`. Default: fetched from `jwksUri`. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  /** Default: `/bff/jwks.json` below `appOrigin`. */
  readonly jwksUri?: string;
  /** Of its ID tokens, logout tokens and signed answers. Default `RS256`. */
  readonly idTokenSigningAlgorithm?: "RS256" | "PS256" | "ES256";
  /** Where an app with Coatcheck runs, such as `http://localhost:3000`: stands for the three addresses below. */
  readonly appOrigin?: string;
  readonly redirectUris?: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  readonly backchannelLogoutUri?: string;
  /** Default `true`; `false` issues none, as providers do that want to be asked for offline access. */
  readonly refreshTokens?: boolean;
  /** Default `false`; `true`: it gets tokens of its own, too, which nobody has signed in for. @see RFC 6749 section 4.4 */
  readonly clientCredentials?: boolean;
  /** Default `false`; `true`: it gets tokens for other APIs in exchange for people's opaque access tokens. @see RFC 8693 */
  readonly tokenExchange?: boolean;
  /** Default `true`: nobody is asked for consent, unless the request says `prompt=consent`. */
  readonly firstParty?: boolean;
}

/** An API for which JWT access tokens are minted when a refresh names it as `resource` (RFC 8707). */
export interface DevIdpResource {
  /** Absolute URI. */
  readonly indicator: string;
  readonly scopes: readonly string[];
  /** `aud` of its tokens; default: the indicator. */
  readonly audience?: string;
}

/** A person as one writes it. */
export interface DevIdpUserInput {
  readonly username: string;
  /** Default `ticket`. */
  readonly password?: string;
  /** The subject identifier. Default: the username. */
  readonly sub?: string;
  /** Default `true`; `false`: the sign-in page doesn't name them, as for people who only scripts play. */
  readonly isListed?: boolean;
  /** Any claims: the standard ones come with their scopes, others with each sign-in. Default: the username as `name`. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export interface DevIdpOptions {
  /** Default `127.0.0.1`; must be a loopback address. */
  readonly host?: string;
  /** Default `0`: a free one. */
  readonly port?: number;
  readonly clients: readonly DevIdpClient[];
  readonly resources?: readonly DevIdpResource[];
  /** A list, or the path of a JSON file with one. Default: {@link DEMO_USERS}. */
  readonly users?: readonly DevIdpUserInput[] | string;
  /** Lifetime of access tokens in seconds, default 30; the control API changes it. */
  readonly accessTokenSeconds?: number;
  /** Default `true`: each refresh token works once, and reuse revokes the whole grant. */
  readonly rotateRefreshToken?: boolean;
  /** Default `true`; `false`: only a sign-in yields one, and refreshes answer without. Not together with rotation. */
  readonly refreshTokenInRefreshes?: boolean;
  /** Pushed authorization requests (RFC 9126). Default `never`, so that what is asked for can be read in the browser's address. */
  readonly pushedRequests?: "never" | "offered" | "required";
  /** Authorization requests that the client signed (JAR, RFC 9101). Default `never`; `required`: no others. */
  readonly signedRequests?: "never" | "offered" | "required";
  /** Default `false`; `true`: answers at the callback are signed where the request asks for that (JARM). */
  readonly signedResponses?: boolean;
  /** Types of `authorization_details` (RFC 9396) that may be asked for. Default: none. */
  readonly authorizationDetailTypes?: readonly string[];
  /** Tokens that are bound to a key of the client (DPoP, RFC 9449). Default `never`; `required`: no others are given out. */
  readonly dpop?: "never" | "offered" | "required";
  /** Nonces in DPoP proofs. Default `never`; `by-time`: a new one each minute; `each-call`: each is good for one call. */
  readonly dpopNonces?: "never" | "by-time" | "each-call";
  /**
   * Default: none. A second way in, over TLS, for clients with certificates; the metadata names it (`mtls_endpoint_aliases`). Its
   * authority is made anew with each start. `folder`: its certificate, and one with its key for each client of `tls_client_auth`,
   * are written there. `port`: default `0`, a free one.
   *
   * @see RFC 8705
   */
  readonly mutualTls?: { readonly port?: number; readonly folder?: string };
  /** How long a spent refresh token works once more, as at providers that allow for lost answers. Default 0: not at all. */
  readonly refreshTokenGraceSeconds?: number;
  /** PEM texts, for clients that only speak to `https` issuers. Default: plain http. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Default: generated, so tokens of an earlier process are invalid. */
  readonly signingKeys?: SigningKeys;
  /** Keys that sign this server's own cookies; default: generated. */
  readonly cookieKeys?: readonly string[];
  /** The application's name as the pages show it. Default `Coatcheck`. */
  readonly appName?: string;
  /** This provider's name as the pages show it. Default `Demo ID`. */
  readonly providerName?: string;
  /** Notified of everything that should not happen, broken connections included. Default: nobody. */
  readonly onDefect?: (error: unknown) => void;
  /** Lets other machines reach a server whose passwords are public. */
  readonly dangerouslyListenBeyondLoopback?: boolean;
}

export type ResolvedOptions = output<typeof optionsSchema> & {
  readonly onDefect: (error: unknown) => void;
};

const LOOPBACK_HOST = /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/;

/**
 * Fills in the defaults.
 *
 * @throws {DevIdpError} `refuses_production`, `host_not_loopback`, `options_invalid`
 */
export function resolveOptions(options: DevIdpOptions): ResolvedOptions {
  const {
    users = DEMO_USERS,
    onDefect = () => undefined,
    dangerouslyListenBeyondLoopback = false,
    signingKeys: _keys,
    cookieKeys: _cookieKeys,
    ...rest
  } = options;
  refuseProduction();
  const given = { ...rest, users: typeof users === "string" ? readJsonFile(users) : users };
  const parsed = optionsSchema.safeParse(given);
  if (!parsed.success) throw new DevIdpError("options_invalid", prettifyError(parsed.error));
  const { host } = parsed.data;
  if (!LOOPBACK_HOST.test(host) && !dangerouslyListenBeyondLoopback) {
    throw new DevIdpError(
      "host_not_loopback",
      `Host ${host} is not a loopback address: other machines could sign in with public passwords.`,
    );
  }
  return { ...parsed.data, onDefect };
}
