import { generateKeyPairSync } from "node:crypto";
import {
  createDpopProofs,
  FAPI_PROVIDER,
  FAPI_SECURITY_MODULES,
  FAPI_SIGNING_MODULES,
  metadataMember,
  shownThumbprint,
  tokenResponseMember,
} from "@coatcheck/testkit";
import type { ConformanceModule, FapiSecurityModuleName, FapiSigningModuleName } from "@coatcheck/testkit";
import { describe, expect, it } from "vitest";
import { CERTIFICATE_THUMBPRINT, CLIENT_CERTIFICATE } from "../fixtures/client-certificate.ts";
import { confirmationIn } from "../fixtures/confirmation.ts";
import { createEvilWorld } from "../fixtures/evil-world.ts";
import type { EvilWorld } from "../fixtures/evil-world.ts";

type Ending = "passed" | { readonly at: "discovery" | "sign_in"; readonly reason: string };
type FapiModule = ConformanceModule & { readonly apiScheme?: string };

const signIn = (reason: string): Ending => ({ at: "sign_in", reason });

/** What each module is for: to go through, or to be refused for its own reason. */
const SECURITY: Readonly<Record<FapiSecurityModuleName, Ending>> = {
  "happy-path": "passed",
  "happy-path-no-dpop-nonce": "passed",
  "discovery-issuer-mismatch": { at: "discovery", reason: "issuer_mismatch" },
  // The state finds the sign-in; another one, or none, finds no sign-in at all.
  "ensure-authorization-response-with-invalid-state-fails": signIn("unknown_state"),
  "ensure-authorization-response-with-invalid-missing-state-fails": signIn("unknown_state"),
  "invalid-authorization-response-iss": signIn("response_iss_mismatch"),
  "remove-authorization-response-iss": signIn("response_iss_missing"),
  "invalid-iss": signIn("iss_mismatch"),
  "invalid-missing-iss": signIn("iss_missing"),
  "invalid-aud": signIn("aud_mismatch"),
  "invalid-missing-aud": signIn("aud_missing"),
  "invalid-secondary-aud": signIn("aud_untrusted"),
  "valid-aud-as-array": "passed",
  "invalid-missing-exp": signIn("exp_missing"),
  "invalid-expired-exp": signIn("expired"),
  "invalid-nonce": signIn("nonce_mismatch"),
  "invalid-missing-nonce": signIn("nonce_missing"),
  "invalid-null-alg": signIn("alg_not_allowed"),
  "invalid-alternate-alg": signIn("alg_not_allowed"),
  "token-endpoint-response-without-expires_in": "passed",
  "token-type-case-insensitivity": "passed",
  "rs-dpop-auth-scheme-case-insensitivity": "passed",
};

const SIGNING: Readonly<Record<FapiSigningModuleName, Ending>> = {
  "happy-path": "passed",
  "ensure-jarm-signature-is-not-none": signIn("alg_not_allowed"),
  "ensure-jarm-with-invalid-sig-fails": signIn("signature_invalid"),
  "ensure-jarm-with-invalid-iss-fails": signIn("response_iss_mismatch"),
  "ensure-jarm-without-iss-fails": signIn("response_iss_missing"),
  "ensure-jarm-with-invalid-aud-fails": signIn("response_aud_mismatch"),
  "ensure-jarm-without-aud-fails": signIn("response_aud_missing"),
  "ensure-jarm-with-expired-exp-fails": signIn("response_expired"),
  "ensure-jarm-without-exp-fails": signIn("response_exp_missing"),
};

const KINDS = { PS256: ["rsa", { modulusLength: 2_048 }], ES256: ["ec", { namedCurve: "P-256" }] } as const;

const made = new Map<keyof typeof KINDS, ReturnType<typeof generateKeys>>();

/** A client's keys; one pair will do for all modules, since making RSA's takes longer than playing one. */
function makeKeys(alg: keyof typeof KINDS) {
  const keys = made.get(alg) ?? generateKeys(alg);
  made.set(alg, keys);
  return keys;
}

function generateKeys(alg: keyof typeof KINDS) {
  const { publicKey, privateKey } =
    alg === "PS256" ? generateKeyPairSync(...KINDS.PS256) : generateKeyPairSync(...KINDS.ES256);
  const named = { kid: alg, alg, use: "sig" };
  return {
    clientKeys: JSON.stringify({ keys: [{ ...privateKey.export({ format: "jwk" }), ...named }] }),
    published: { keys: [{ ...publicKey.export({ format: "jwk" }), ...named }] },
  };
}

/** An API that takes bound tokens alone, each proof with a nonce of its own. */
function createApi(nowMs: () => number, scheme: string) {
  const proofs = createDpopProofs({ nonces: "once", nowMs });
  return async (request: Request): Promise<Response> => {
    const [presented = "", token = ""] = request.headers.get("authorization")?.split(" ") ?? [];
    const { method, headers } = request;
    const url = new URL(request.url);
    const verdict = await proofs.judge(
      { method, url, headers, body: "", form: new URLSearchParams() },
      token,
    );
    const nonce = proofs.nextNonce() ?? "";
    if (verdict.kind === "proven" && presented.toLowerCase() === "dpop")
      return Response.json({ ok: true }, { headers: { "dpop-nonce": nonce } });
    const error = verdict.kind === "nonce_wanted" ? "use_dpop_nonce" : "invalid_token";
    const challenge = `${scheme} error="${error}"`;
    return new Response(null, {
      status: 401,
      headers: { "dpop-nonce": nonce, "www-authenticate": challenge },
    });
  };
}

/** An API that takes only tokens that are bound to the certificate of their connection. */
async function certificateApi(request: Request): Promise<Response> {
  const token = request.headers.get("authorization")?.replace("Bearer ", "") ?? "";
  const shown = await shownThumbprint(request.headers);
  const isBound = shown !== undefined && confirmationIn(token)?.["x5t#S256"] === shown;
  return isBound ? Response.json({ ok: true }) : new Response(null, { status: 401 });
}

/** How the client proves who it is, and what its tokens are bound to. */
interface Variant {
  readonly clientAuth: "private_key_jwt" | "tls_client_auth" | "self_signed_tls_client_auth";
  readonly binding: "dpop" | "certificate";
}

async function stageFor(
  module: FapiModule,
  security: "fapi2" | "fapi2-message-signing",
  alg: keyof typeof KINDS,
  { clientAuth, binding }: Variant = { clientAuth: "private_key_jwt", binding: "dpop" },
): Promise<EvilWorld> {
  const { clientKeys, published } = makeKeys(alg);
  const isByCertificate = clientAuth !== "private_key_jwt";
  const isBoundToCertificate = binding === "certificate";
  const answer: { current: (request: Request) => Response | Promise<Response> } = {
    current: () => new Response(null, { status: 500 }),
  };
  const world = await createEvilWorld({
    security,
    provider: {
      scope: "openid profile",
      clientKeys,
      clientAuth,
      ...(isByCertificate || isBoundToCertificate ? CLIENT_CERTIFICATE : {}),
      ...(isBoundToCertificate ? { certificateBoundTokens: true } : {}),
    },
    withoutSecret: true,
    api: (request) => answer.current(request),
    idp: {
      ...FAPI_PROVIDER,
      clientKeys: () => published,
      requiresSignedRequests: security === "fapi2-message-signing",
      ...(isByCertificate || isBoundToCertificate ? { certificateThumbprint: CERTIFICATE_THUMBPRINT } : {}),
      provesItselfByCertificate: isByCertificate,
      ...(isBoundToCertificate ? ({ dpop: "none", bindsToCertificate: true } as const) : {}),
      ...module.provider,
    },
  });
  answer.current = isBoundToCertificate
    ? certificateApi
    : createApi(world.clock.nowMs, module.apiScheme ?? "DPoP");
  world.idp.lie(...(module.lies ?? []));
  return world;
}

async function play(world: EvilWorld): Promise<Ending> {
  const landed = await world.signIn();
  if (landed.headers.get("location") === "/") return useSession(world);
  const { log, sessions, idp } = world;
  // Nothing of a sign-in that failed is used.
  expect([sessions(), idp.requestsTo("userinfo")]).toEqual([[], []]);
  const refusal = log.findLast(
    ({ event }) => event === "sign_in_failed" || event === "oauth_metadata_failed",
  );
  const at = refusal?.event === "oauth_metadata_failed" ? "discovery" : "sign_in";
  return { at, reason: String(refusal?.["reason"]) };
}

/** The suite calls its resource server; ours refreshes, and calls it again. */
async function useSession({ browser }: EvilWorld): Promise<Ending> {
  for (let count = 0; count < 2; count += 1) {
    expect((await browser.fetch("/api/y/1")).status).toBe(200);
    expect((await browser.fetch("/bff/refresh", { method: "POST" })).status).toBe(200);
  }
  return "passed";
}

describe.each(["PS256", "ES256"] as const)(
  "the plan for clients of the FAPI 2.0 Security Profile, with private_key_jwt by %s and DPoP",
  (alg) => {
    it.each(Object.entries(FAPI_SECURITY_MODULES) as [FapiSecurityModuleName, FapiModule][])(
      "S-011 S-018 S-119: fapi2-security-profile-final-client-test-%s ends as it should, for its own reason",
      async (name, module) => {
        expect(await play(await stageFor(module, "fapi2", alg))).toEqual(SECURITY[name]);
      },
    );
  },
);

describe("the plan for clients of FAPI 2.0 Message Signing, with signed requests and answers", () => {
  it.each(Object.entries(FAPI_SIGNING_MODULES) as [FapiSigningModuleName, FapiModule][])(
    "S-024: fapi2-message-signing-final-client-test-%s ends as it should, for its own reason",
    async (name, module) => {
      expect(await play(await stageFor(module, "fapi2-message-signing", "PS256"))).toEqual(SIGNING[name]);
    },
  );
});

const VARIANTS: readonly (readonly [string, Variant])[] = [
  [
    "private_key_jwt, and tokens bound to a certificate",
    { clientAuth: "private_key_jwt", binding: "certificate" },
  ],
  ["tls_client_auth and DPoP", { clientAuth: "tls_client_auth", binding: "dpop" }],
  [
    "self_signed_tls_client_auth, and tokens bound to the certificate",
    { clientAuth: "self_signed_tls_client_auth", binding: "certificate" },
  ],
];

/** Modules about proofs and nonces. */
const ABOUT_DPOP: ReadonlySet<string> = new Set([
  "happy-path-no-dpop-nonce",
  "rs-dpop-auth-scheme-case-insensitivity",
]);

describe.each(VARIANTS)("both plans, with %s", (_name, variant) => {
  const isBoundToKey = variant.binding === "dpop";
  const ofBinding = Object.entries(FAPI_SECURITY_MODULES as Record<FapiSecurityModuleName, FapiModule>)
    .filter(([name]) => isBoundToKey || !ABOUT_DPOP.has(name))
    .map(([name, module]): [FapiSecurityModuleName, FapiModule] => [
      name as FapiSecurityModuleName,
      name === "token-type-case-insensitivity" && !isBoundToKey
        ? { lies: [tokenResponseMember("token_type", "bEaReR")] }
        : module,
    ]);

  it.each(ofBinding)(
    "S-011 S-018 S-119: fapi2-security-profile-final-client-test-%s ends as it should, for its own reason",
    async (name, module) => {
      expect(await play(await stageFor(module, "fapi2", "ES256", variant))).toEqual(SECURITY[name]);
    },
  );

  it.each(Object.entries(FAPI_SIGNING_MODULES) as [FapiSigningModuleName, FapiModule][])(
    "S-024: fapi2-message-signing-final-client-test-%s ends as it should, for its own reason",
    async (name, module) => {
      const world = await stageFor(module, "fapi2-message-signing", "ES256", variant);
      expect(await play(world)).toEqual(SIGNING[name]);
    },
  );
});

describe("a provider that takes certificates, and isn't as it should be", () => {
  const bound: Variant = { clientAuth: "tls_client_auth", binding: "certificate" };

  it.each<[string, FapiModule, Ending]>([
    [
      "binds nothing, and says so",
      { lies: [metadataMember("tls_client_certificate_bound_access_tokens", false)] },
      { at: "discovery", reason: "certificate_binding_missing" },
    ],
    [
      "gives a token that is bound to another certificate",
      { lies: [tokenResponseMember("access_token", "e30.eyJjbmYiOnsieDV0I1MyNTYiOiJvdGhlciJ9fQ.c2ln")] },
      signIn("access_token_not_bound"),
    ],
    [
      "doesn't know this certificate",
      { provider: { certificateThumbprint: "another" } },
      signIn("invalid_client"),
    ],
  ])("S-018 S-119: %s: refused for that reason", async (_name, module, ending) => {
    expect(await play(await stageFor(module, "fapi2", "ES256", bound))).toEqual(ending);
  });
});
