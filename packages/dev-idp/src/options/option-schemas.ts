import * as z from "zod";
import { DEFAULT_PASSWORD, type DevIdpUser } from "./demo-users.ts";

const text = z.string().min(1);
const uri = text.refine((value) => URL.canParse(value), "an absolute URI is needed");
const origin = text.refine(
  (value) => URL.canParse(value) && new URL(value).origin === value,
  "write scheme, host and, if needed, port, and nothing else: http://localhost:3000",
);

/** A person as one writes it: a `username` is enough. */
export const userSchema = z
  .strictObject({
    username: text,
    password: text.default(DEFAULT_PASSWORD),
    sub: text.optional(),
    isListed: z.boolean().optional(),
    claims: z.record(z.string(), z.unknown()).default({}),
  })
  .transform(({ username, password, sub = username, isListed, claims }): DevIdpUser => ({
    sub,
    username,
    password,
    ...(isListed === undefined ? {} : { isListed }),
    claims: { name: username, preferred_username: username, ...claims },
  }));

function needsKeys({ tokenEndpointAuthMethod }: { readonly tokenEndpointAuthMethod: string }): boolean {
  return ["private_key_jwt", "self_signed_tls_client_auth"].includes(tokenEndpointAuthMethod);
}

function needsCertificate({
  tokenEndpointAuthMethod: method,
  certificateBoundTokens,
}: {
  readonly tokenEndpointAuthMethod: string;
  readonly certificateBoundTokens: boolean;
}): boolean {
  return certificateBoundTokens || method.endsWith("tls_client_auth");
}

function isGiven(value: unknown): boolean {
  return value !== undefined;
}

const clientSchema = z
  .strictObject({
    clientId: text,
    clientSecret: text.optional(),
    tokenEndpointAuthMethod: z
      .enum([
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
      ])
      .default("client_secret_basic"),
    jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1) }).optional(),
    jwksUri: uri.optional(),
    certificateSubject: z
      .union([
        z.strictObject({ dn: text }),
        z.strictObject({ dns: text }),
        z.strictObject({ ip: text }),
        z.strictObject({ uri: text }),
      ])
      .optional(),
    certificateBoundTokens: z.boolean().default(false),
    idTokenSigningAlgorithm: z.enum(["RS256", "PS256", "ES256"]).default("RS256"),
    appOrigin: origin.optional(),
    redirectUris: z.array(uri).optional(),
    postLogoutRedirectUris: z.array(uri).optional(),
    backchannelLogoutUri: uri.optional(),
    refreshTokens: z.boolean().default(true),
    clientCredentials: z.boolean().default(false),
    tokenExchange: z.boolean().default(false),
    firstParty: z.boolean().default(true),
  })
  .transform(({ appOrigin, ...client }) => {
    const { redirectUris, postLogoutRedirectUris, backchannelLogoutUri, jwks } = client;
    const ofApp = (path: string): string[] => (appOrigin === undefined ? [] : [`${appOrigin}${path}`]);
    return {
      ...client,
      redirectUris: redirectUris ?? ofApp("/bff/callback"),
      postLogoutRedirectUris: postLogoutRedirectUris ?? ofApp("/"),
      backchannelLogoutUri: backchannelLogoutUri ?? ofApp("/bff/backchannel-logout")[0],
      jwksUri:
        client.jwksUri ?? (needsKeys(client) && jwks === undefined ? ofApp("/bff/jwks.json")[0] : undefined),
    };
  })
  .refine(
    (client) =>
      client.tokenEndpointAuthMethod === "tls_client_auth" ||
      (needsKeys(client) ? [client.jwks, client.jwksUri] : [client.clientSecret]).some(isGiven),
    "clientSecret is needed; for private_key_jwt and self_signed_tls_client_auth: jwks, jwksUri or appOrigin",
  )
  .refine(({ redirectUris }) => redirectUris.length > 0, "appOrigin or redirectUris is needed");

/** An application with its addresses worked out. */
export type ResolvedClient = z.output<typeof clientSchema>;

const resourceSchema = z.strictObject({
  indicator: uri,
  scopes: z.array(text),
  audience: text.optional(),
});

export const usersSchema = z.array(userSchema).superRefine((users, context) => {
  for (const field of ["sub", "username"] as const) {
    if (new Set(users.map((user) => user[field])).size === users.length) continue;
    context.addIssue({ code: "custom", message: `two people have the same ${field}` });
  }
});

/** What a file may say, and a caller, too; the file names its users or where they stand. */
export const optionsSchema = z
  .strictObject({
    host: text.default("127.0.0.1"),
    port: z.int().min(0).max(65_535).default(0),
    clients: z.array(clientSchema).min(1, "at least one client is needed"),
    resources: z.array(resourceSchema).default([]),
    users: usersSchema,
    accessTokenSeconds: z.int().min(1).max(86_400).default(30),
    rotateRefreshToken: z.boolean().default(true),
    refreshTokenInRefreshes: z.boolean().default(true),
    pushedRequests: z.enum(["never", "offered", "required"]).default("never"),
    signedRequests: z.enum(["never", "offered", "required"]).default("never"),
    signedResponses: z.boolean().default(false),
    authorizationDetailTypes: z.array(text).default([]),
    dpop: z.enum(["never", "offered", "required"]).default("never"),
    dpopNonces: z.enum(["never", "by-time", "each-call"]).default("never"),
    mutualTls: z
      .strictObject({ port: z.int().min(0).max(65_535).default(0), folder: text.optional() })
      .optional(),
    refreshTokenGraceSeconds: z.int().min(0).max(86_400).default(0),
    tls: z.strictObject({ key: text, cert: text }).optional(),
    appName: text.default("Coatcheck"),
    providerName: text.default("Demo ID"),
  })
  .refine(({ mutualTls, clients }) => mutualTls !== undefined || !clients.some(needsCertificate), {
    path: ["mutualTls"],
    message: "a client proves itself by its certificate, or has tokens bound to it: write {}",
  })
  .refine((options) => !options.rotateRefreshToken || options.refreshTokenInRefreshes, {
    path: ["refreshTokenInRefreshes"],
    message: "with rotation, a refresh has to answer with the new refresh token",
  });
