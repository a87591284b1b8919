import type { BffProviderConfig } from "@coatcheck/bff";
import { checkUrl } from "./checked-url.ts";
import type { EnvironmentReader } from "./environment-reader.ts";
import { Secret } from "./secret.ts";
import type { VariableName } from "./variables.ts";

/** Endpoints written by hand, for providers without discovery. */
type EndpointSettings = NonNullable<BffProviderConfig["endpoints"]>;

/** The authorization server and our client there. */
export interface ProviderSettings {
  readonly preset: "oidc" | "google";
  /** Exactly as written: it is compared byte for byte. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Absent: the preset's own. */
  readonly clientAuth?: "client_secret_basic" | "client_secret_post";
  readonly scope: string;
  /** Without `authorization`, `token` and `jwks` metadata comes from discovery. */
  readonly endpoints: EndpointSettings;
}

const GOOGLE_ISSUER = "https://accounts.google.com";

const ENDPOINT_VARIABLES = {
  authorization: "OAUTH_AUTHORIZATION_ENDPOINT",
  token: "OAUTH_TOKEN_ENDPOINT",
  refresh: "OAUTH_REFRESH_ENDPOINT",
  userinfo: "OAUTH_USERINFO_ENDPOINT",
  jwks: "OAUTH_JWKS_URI",
  introspection: "OAUTH_INTROSPECTION_ENDPOINT",
  tokeninfo: "OAUTH_TOKENINFO_ENDPOINT",
  revocation: "OAUTH_REVOCATION_ENDPOINT",
  endSession: "OAUTH_END_SESSION_ENDPOINT",
} as const satisfies Record<keyof EndpointSettings, VariableName>;

/** Shorter secrets, and these words, are samples from a manual. */
const MIN_SECRET_LENGTH = 8;
const PLACEHOLDER = /^(change.?me|your.*|client.?secret|example.*|password|<.*>|x+|\*+)$/i;

/** Reads everything about the provider. */
export function readProvider(
  read: EnvironmentReader,
  options: { readonly allowHttpLoopback: boolean },
): ProviderSettings {
  const preset = read.choice("OAUTH_PROVIDER", ["oidc", "google"]) ?? "oidc";
  const clientAuth = read.choice("OAUTH_CLIENT_AUTH", ["client_secret_basic", "client_secret_post"]);
  return {
    preset,
    issuer: readIssuer(read, preset, options),
    clientId: read.required("OAUTH_CLIENT_ID") ?? "",
    clientSecret: readClientSecret(read),
    ...(clientAuth === undefined ? {} : { clientAuth }),
    scope: readScope(read),
    endpoints: readEndpoints(read, options),
  };
}

function readIssuer(
  read: EnvironmentReader,
  preset: ProviderSettings["preset"],
  options: { readonly allowHttpLoopback: boolean },
): string {
  if (preset === "google") {
    const issuer = read.text("OIDC_ISSUER") ?? GOOGLE_ISSUER;
    const isStandIn = options.allowHttpLoopback && checkUrl(issuer, options).kind === "ok";
    if (issuer !== GOOGLE_ISSUER && !isStandIn) {
      read.report(
        "OIDC_ISSUER",
        "contradicts OAUTH_PROVIDER=google",
        `Remove it: Google's issuer is ${GOOGLE_ISSUER}.`,
      );
    }
    return issuer;
  }
  const issuer = read.required("OIDC_ISSUER");
  if (issuer === undefined) return "";
  const checked = checkUrl(issuer, options);
  if (checked.kind === "flawed") read.report("OIDC_ISSUER", checked.problem, checked.fix);
  else if (issuer.endsWith("/.well-known/openid-configuration")) {
    read.report(
      "OIDC_ISSUER",
      "is the address of the metadata",
      "Write the issuer: what stands before /.well-known.",
    );
  }
  return issuer;
}

function readClientSecret(read: EnvironmentReader): Secret {
  const secret = read.secret("OAUTH_CLIENT_SECRET");
  if (secret === undefined) {
    if (!read.problems.some(({ variable }) => variable.startsWith("OAUTH_CLIENT_SECRET"))) {
      read.report(
        "OAUTH_CLIENT_SECRET",
        "is not set",
        "Write the secret that the provider gave to this application.",
      );
    }
    return new Secret("");
  }
  const value = secret.reveal();
  if (value.length < MIN_SECRET_LENGTH || PLACEHOLDER.test(value)) {
    read.report(
      "OAUTH_CLIENT_SECRET",
      "is a sample or too short to be a secret",
      "Write the one that the provider gave.",
    );
  }
  return secret;
}

function readScope(read: EnvironmentReader): string {
  const scope = read.text("OAUTH_SCOPE") ?? "";
  const tokens = scope.split(" ");
  if (!tokens.every((token) => /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(token))) {
    read.report("OAUTH_SCOPE", "isn't a list of scopes", "Write scopes with one space between them.");
  } else if (!tokens.includes("openid")) {
    read.report("OAUTH_SCOPE", "lacks openid", "Add openid: without an ID token nobody is signed in.");
  }
  return scope;
}

function readEndpoints(
  read: EnvironmentReader,
  options: { readonly allowHttpLoopback: boolean },
): EndpointSettings {
  const endpoints: { -readonly [Key in keyof EndpointSettings]: string } = {};
  for (const [key, variable] of Object.entries(ENDPOINT_VARIABLES)) {
    const raw = read.text(variable);
    if (raw === undefined) continue;
    const checked = checkUrl(raw, { ...options, mayHaveQuery: true });
    if (checked.kind === "flawed") read.report(variable, checked.problem, checked.fix);
    endpoints[key as keyof EndpointSettings] = raw;
  }
  const byHand = (["authorization", "token", "jwks"] as const).filter((key) => endpoints[key] !== undefined);
  const needsAll = byHand.length > 0 && byHand.length < 3;
  for (const key of ["authorization", "token", "jwks"] as const) {
    if (!needsAll || endpoints[key] !== undefined) continue;
    read.report(
      ENDPOINT_VARIABLES[key],
      "is not set",
      "Without discovery, authorization, token and keys are all needed.",
    );
  }
  return endpoints;
}
