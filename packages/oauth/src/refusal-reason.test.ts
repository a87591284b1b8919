import {
  ABSENT,
  authorizationParameter,
  idTokenClaim,
  idTokenHeader,
  idTokenReplaced,
  idTokenTampered,
  idTokenUnsigned,
  metadataMember,
  onlyOnRefresh,
  publishedKeys,
  redirect,
  repeatedAuthorizationParameter,
  replacedReply,
  signedResponseClaim,
  tokenResponseMember,
  userinfoClaim,
  userinfoReplaced,
  userinfoSigned,
} from "@coatcheck/testkit";
import type { Lie, Members } from "@coatcheck/testkit";
import { createSelfSignedCertificate } from "@coatcheck/dev-idp";
import { expect, test } from "vitest";
import { REFUSAL_REASONS } from "./refusal-reason.ts";
import type { RefusalReason } from "./refusal-reason.ts";
import type { ProviderConfig } from "./setup/provider-config.ts";
import { CONFIG, ISSUER, PLAIN_OAUTH, simulateSignIn } from "./simulated-sign-in.fixture.ts";
import type { SimulatedSignIn } from "./simulated-sign-in.fixture.ts";

const NOW = Date.UTC(2026, 0, 1) / 1_000;
const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";
const UNBOUND_JWT = "e30.eyJjbmYiOnsieDV0I1MyNTYiOiJvdGhlciJ9fQ.c2ln";
const LONG = "x".repeat(256);
const TOO_LARGE = " ".repeat(200 * 1_024);
const NOT_UTF8 = new Uint8Array([0x22, 0xff]);

type Section = keyof typeof REFUSAL_REASONS;
/** For each reason of a section, what the provider has to do so that it is the one. */
type Lies<Name extends Section> = Readonly<Record<RefusalReason<Name>, readonly Lie[]>>;

const claim = (name: string, value: unknown): readonly Lie[] => [idTokenClaim(name, value)];
const parameter = (name: string, value: string | typeof ABSENT): readonly Lie[] => [
  authorizationParameter(name, value),
];
const token = (status: number, body: string): readonly Lie[] => [replacedReply("token", { status, body })];
const member = (name: string, value: unknown): readonly Lie[] => [tokenResponseMember(name, value)];

/** A provider that doesn't know signed answers. */
function unsignedResponse(): Lie {
  return {
    name: "unsigned-response",
    reply(endpoint, reply) {
      const location = new URL(reply.headers["location"] ?? "https://nowhere.invalid");
      const [, payload = ""] = (location.searchParams.get("response") ?? "").split(".");
      if (endpoint !== "authorization" || payload === "") return reply;
      const { code, state, iss } = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<
        string,
        string
      >;
      location.search = new URLSearchParams({
        code: code ?? "",
        state: state ?? "",
        iss: iss ?? "",
      }).toString();
      return { ...reply, headers: { location: location.href } };
    },
  };
}

/** Fails as a platform's `fetch` does for a body that isn't what its `Content-Encoding` says. */
function undecodable(endpoint: "token" | "userinfo"): Lie {
  const broken = Object.assign(new Error("incorrect header check"), { code: "Z_DATA_ERROR" });
  const body = (): ReadableStream<Uint8Array<ArrayBuffer>> =>
    new ReadableStream({ start: (controller) => controller.error(broken) });
  return {
    name: "undecodable",
    reply: (answered, normal) => (answered === endpoint ? { ...normal, body: body() } : normal),
  };
}

const SIGN_IN: Lies<"callback" | "code" | "tokenResponse" | "signature"> &
  Readonly<Record<Exclude<RefusalReason<"idToken">, "sub_mismatch" | "auth_time_mismatch">, readonly Lie[]>> =
  {
    response_too_long: parameter("padding", "x".repeat(20_000)),
    duplicate_parameter: [repeatedAuthorizationParameter("code", "b")],
    front_channel_token: parameter("id_token", "a.b.c"),
    code_with_error: parameter("error", "access_denied"),
    state_mismatch: parameter("state", "other"),
    transaction_of_another_provider: [],
    response_iss_missing: parameter("iss", ABSENT),
    response_iss_mismatch: parameter("iss", "https://evil.example"),
    code_missing: parameter("code", ABSENT),
    // Where answers are to be signed.
    response_not_signed: [unsignedResponse()],
    response_aud_missing: [signedResponseClaim("aud", ABSENT)],
    response_aud_mismatch: [signedResponseClaim("aud", "other")],
    response_exp_missing: [signedResponseClaim("exp", ABSENT)],
    response_expired: [signedResponseClaim("exp", NOW - 60)],

    client_refused: token(401, '{"error":"invalid_client"}'),
    code_refused: token(400, '{"error":"invalid_grant"}'),
    token_request_refused: token(400, '{"error":"invalid_request"}'),
    request_not_possible: [],

    token_response_redirects: [redirect("token", "https://elsewhere.example/")],
    token_endpoint_not_found: token(404, "default backend - 404"),
    token_response_too_large: token(200, TOO_LARGE),
    token_response_not_utf8: [replacedReply("token", { body: NOT_UTF8 })],
    token_response_undecodable: [undecodable("token")],
    token_response_malformed: token(200, "<html></html>"),
    access_token_missing: member("access_token", ABSENT),
    access_token_malformed: member("access_token", "a b"),
    token_type_missing: member("token_type", ABSENT),
    token_type_unknown: member("token_type", "mac"),
    token_type_not_dpop: member("token_type", "Bearer"),
    access_token_not_bound: [
      metadataMember("tls_client_certificate_bound_access_tokens", true),
      ...member("access_token", UNBOUND_JWT),
    ],
    id_token_missing: member("id_token", ABSENT),

    malformed: [idTokenReplaced("a.b.c")],
    encrypted: [idTokenReplaced("a.b.c.d.e")],
    alg_not_allowed: [idTokenUnsigned()],
    crit_unknown: [
      idTokenHeader("crit", ["https://coatcheck.example/crit"]),
      idTokenHeader("https://coatcheck.example/crit", 1),
    ],
    kid_unknown: [idTokenHeader("kid", "unknown")],
    key_unfit: [publishedKeys((keys) => keys.map((key) => ({ ...key, use: "enc" })))],
    signature_invalid: [idTokenTampered({ sub: "mallory" })],

    typ_mismatch: [idTokenHeader("typ", "at+jwt")],
    logout_token: claim("events", { [LOGOUT_EVENT]: {} }),
    iss_missing: claim("iss", ABSENT),
    iss_mismatch: claim("iss", "https://evil.example"),
    sub_missing: claim("sub", ABSENT),
    sub_malformed: claim("sub", LONG),
    aud_missing: claim("aud", ABSENT),
    aud_mismatch: claim("aud", "other"),
    aud_untrusted: claim("aud", [CONFIG.clientId, "other"]),
    azp_mismatch: claim("azp", "other"),
    exp_missing: claim("exp", ABSENT),
    exp_malformed: claim("exp", "soon"),
    expired: claim("exp", NOW - 60),
    iat_missing: claim("iat", ABSENT),
    iat_malformed: claim("iat", "now"),
    issued_in_future: claim("iat", NOW + 60),
    issued_too_long_ago: claim("iat", NOW - 900),
    nbf_malformed: claim("nbf", "now"),
    not_yet_valid: claim("nbf", NOW + 60),
    nonce_missing: claim("nonce", ABSENT),
    nonce_mismatch: claim("nonce", "other"),
    at_hash_mismatch: claim("at_hash", "other"),
    session_expired: claim("session_expiry", NOW),
    // At Auth0 alone, where configuration asks for one.
    organization_mismatch: [],
    auth_time_missing: claim("auth_time", ABSENT),
    auth_time_malformed: claim("auth_time", "now"),
    auth_time_too_old: claim("auth_time", NOW - 900),
    acr_missing: claim("acr", ABSENT),
    acr_mismatch: claim("acr", "bronze"),
  };

const SIGNED: ReadonlySet<string> = new Set([
  "response_not_signed",
  "response_aud_missing",
  "response_aud_mismatch",
  "response_exp_missing",
  "response_expired",
]);

/** Brought about by what we do, and not by what the provider says. */
const { cert: clientCertificate, key: clientCertificateKey } = await createSelfSignedCertificate({
  commonName: "coatcheck",
  notBefore: new Date("2025-01-01"),
});
/** What has to be configured so that it can be a reason. */
const NEEDED: Readonly<Record<string, Partial<ProviderConfig>>> = {
  token_type_not_dpop: { dpop: "required" },
  access_token_not_bound: { certificateBoundTokens: true, clientCertificate, clientCertificateKey },
};

const OTHERWISE = new Set([
  "transaction_of_another_provider",
  "request_not_possible",
  "organization_mismatch",
]);

test.each(Object.entries(SIGN_IN).filter(([reason]) => !OTHERWISE.has(reason)))(
  "a sign-in is refused for %s",
  async (reason, lies) => {
    const { provider, idp } = await simulateSignIn(NEEDED[reason] ?? { signedResponses: SIGNED.has(reason) });
    idp.lie(...lies);
    const isStepUp = /^(?:auth_time|acr)_/.test(reason);
    const { url, transaction } = await provider.beginLogin(isStepUp ? { maxAge: 60, acrValues: "gold" } : {});
    const outcome = await provider.finishLogin(await idp.signIn(url), transaction);
    expect(outcome).toMatchObject({ kind: "refused", reason });
  },
);

test("a sign-in is refused for transaction_of_another_provider", async () => {
  const { provider, idp } = await simulateSignIn();
  const { url, transaction } = await provider.beginLogin();
  const other = { ...transaction, clientId: "other" };
  expect(await provider.finishLogin(await idp.signIn(url), other)).toEqual({
    kind: "refused",
    reason: "transaction_of_another_provider",
  });
});

test("a sign-in is refused for request_not_possible, where a library takes offence at what we give it", async () => {
  const { provider, idp } = await simulateSignIn();
  const { url, transaction } = await provider.beginLogin();
  const empty = { ...transaction, codeVerifier: 7 as unknown as string };
  expect(await provider.finishLogin(await idp.signIn(url), empty)).toEqual({
    kind: "refused",
    reason: "request_not_possible",
  });
});

const LEFT_OUT: Readonly<Record<string, readonly Lie[]>> = {
  auth_time_mismatch: claim("auth_time", NOW - 5),
  at_hash_mismatch: claim("at_hash", "other"),
  issued_too_long_ago: claim("iat", NOW - 900),
  signature_invalid: [idTokenTampered({ sub: "mallory" })],
  keys_unavailable: [],
};

test.each(Object.entries(LEFT_OUT))(
  "a refreshed ID token is left out for %s, and the log says so",
  async (reason, lies) => {
    const { provider, idp, events, signInAndKeep } = await simulateSignIn();
    const kept = await signInAndKeep();
    idp.lie(...lies);
    if (reason === "keys_unavailable") {
      await idp.rotateKeys();
      idp.lie(replacedReply("jwks", { status: 503 }));
    }
    expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
    expect(events).toContainEqual({ event: "id_token_left_out", issuer: ISSUER, reason });
  },
);

test.each(["iss", "sub", "aud"])(
  "refreshed tokens belong to another identity, for %s_mismatch",
  async (name) => {
    const { provider, idp, signInAndKeep } = await simulateSignIn();
    const kept = await signInAndKeep();
    idp.lie(onlyOnRefresh(idTokenClaim(name, "https://other.example")));
    expect(await provider.refreshGrant(kept)).toMatchObject({
      kind: "other_identity",
      reason: `${name}_mismatch`,
    });
  },
);

const USERINFO: Lies<"userinfo"> = {
  userinfo_endpoint_missing: [metadataMember("userinfo_endpoint", ABSENT)],
  userinfo_too_large: [replacedReply("userinfo", { body: TOO_LARGE })],
  userinfo_not_utf8: [replacedReply("userinfo", { body: NOT_UTF8 })],
  userinfo_undecodable: [undecodable("userinfo")],
  userinfo_not_an_object: [replacedReply("userinfo", { body: "[]" })],
  userinfo_typ_mismatch: [userinfoSigned({ typ: "at+jwt" })],
  userinfo_iss_mismatch: [userinfoSigned({}, { iss: "https://evil.example" })],
  userinfo_aud_mismatch: [userinfoSigned({}, { aud: "other" })],
  userinfo_expired: [userinfoSigned({}, { exp: NOW - 60 })],
  userinfo_sub_missing: [userinfoClaim("sub", ABSENT)],
  userinfo_sub_mismatch: [userinfoClaim("sub", "mallory")],
};
const USERINFO_SIGNATURE: Readonly<Record<string, readonly Lie[]>> = {
  encrypted: [userinfoReplaced("e30.a.b.c.d")],
  kid_unknown: [userinfoSigned({ kid: "unknown" })],
  status_403: [replacedReply("userinfo", { status: 403 })],
};

test.each([...Object.entries(USERINFO), ...Object.entries(USERINFO_SIGNATURE)])(
  "UserInfo is refused for %s",
  async (reason, lies) => {
    const { provider, idp } = await simulateSignIn();
    idp.lie(...lies);
    const { url, transaction } = await provider.beginLogin();
    const outcome = await provider.finishLogin(await idp.signIn(url), transaction);
    if (outcome.kind !== "signed_in") throw new Error(outcome.kind);
    const { accessToken } = outcome.tokens;
    expect(await provider.userinfo({ accessToken, sub: "ada" })).toEqual({ kind: "refused", reason });
  },
);

const PROFILE: Lies<"profile"> = {
  profile_refused: [replacedReply("userinfo", { status: 403 })],
  profile_token_refused: [replacedReply("userinfo", { status: 401 })],
  profile_malformed: [replacedReply("userinfo", { body: "[]" })],
  profile_sub_missing: [userinfoClaim("sub", ABSENT)],
  profile_sub_malformed: [userinfoClaim("sub", 2 ** 53)],
  // Whoever signs in is whoever the profile names: only later another one can come.
  profile_sub_mismatch: [],
};

test.each(Object.entries(PROFILE).filter(([, lies]) => lies.length > 0))(
  "a sign-in by plain OAuth is refused for %s",
  async (reason, lies) => {
    const { idp, signIn } = await simulateSignIn(PLAIN_OAUTH);
    idp.lie(...lies);
    expect((await signIn()).outcome).toMatchObject({ kind: "refused", reason });
  },
);

test.each([
  [true, "profile_sub_malformed"],
  [1.5, "profile_sub_malformed"],
  [-(2 ** 53), "profile_sub_malformed"],
  [LONG, "profile_sub_malformed"],
  ["", "profile_sub_missing"],
  [null, "profile_sub_missing"],
  [{ id: 1 }, "profile_sub_missing"],
  [[7], "profile_sub_missing"],
])("a profile about %j is refused for %s", async (sub, reason) => {
  const { idp, signIn } = await simulateSignIn(PLAIN_OAUTH);
  idp.lie(userinfoClaim("sub", sub));
  expect((await signIn()).outcome).toEqual({ kind: "refused", reason });
});

const SOUND: Members = {
  iss: ISSUER,
  aud: CONFIG.clientId,
  iat: NOW,
  exp: NOW + 120,
  jti: "jti-1",
  events: { [LOGOUT_EVENT]: {} },
  sub: "ada",
};
const LOGOUT: Readonly<Record<RefusalReason<"logoutToken">, readonly [claims: Members, header?: Members]>> = {
  too_long: [{ padding: "x".repeat(9_000) }],
  typ_mismatch: [{}, { typ: "at+jwt" }],
  iss_missing: [{ iss: undefined }],
  iss_mismatch: [{ iss: "https://evil.example" }],
  aud_missing: [{ aud: undefined }],
  aud_mismatch: [{ aud: "other" }],
  events_missing: [{ events: undefined }],
  events_malformed: [{ events: [LOGOUT_EVENT] }],
  logout_event_missing: [{ events: {} }],
  logout_event_malformed: [{ events: { [LOGOUT_EVENT]: 1 } }],
  nonce_present: [{ nonce: "x" }],
  iat_missing: [{ iat: undefined }],
  iat_malformed: [{ iat: "now" }],
  issued_in_future: [{ iat: NOW + 60 }],
  issued_too_long_ago: [{ iat: NOW - 900 }],
  exp_missing: [{ exp: undefined }],
  exp_malformed: [{ exp: "soon" }],
  expired: [{ exp: NOW - 60 }],
  nbf_malformed: [{ nbf: "now" }],
  not_yet_valid: [{ nbf: NOW + 60 }],
  jti_missing: [{ jti: undefined }],
  jti_malformed: [{ jti: 7 }],
  sub_and_sid_missing: [{ sub: undefined }],
  sub_malformed: [{ sub: LONG }],
  sid_malformed: [{ sid: 7 }],
};

async function logoutRefusal(
  simulated: SimulatedSignIn,
  claims: Members,
  header: Members = {},
): Promise<unknown> {
  const jwt = await simulated.idp.signJwt({ typ: "logout+jwt", ...header }, { ...SOUND, ...claims });
  return simulated.provider.verifyLogoutToken(jwt);
}

test.each(Object.entries(LOGOUT))("a logout token is refused for %s", async (reason, [claims, header]) => {
  const simulated = await simulateSignIn({ logoutTokenStrict: true });
  expect(await logoutRefusal(simulated, claims, header)).toEqual({ kind: "refused", reason });
});

test("every reason of the table is produced by one of these tests", () => {
  const produced = new Set(
    [SIGN_IN, LEFT_OUT, USERINFO, PROFILE, LOGOUT, { sub_mismatch: [] }].flatMap(Object.keys),
  );
  const listed = Object.values(REFUSAL_REASONS).flat();
  expect(listed.filter((reason) => !produced.has(reason))).toEqual([]);
  expect(
    [...produced].filter(
      (reason) => reason !== "keys_unavailable" && !(listed as readonly string[]).includes(reason),
    ),
  ).toEqual([]);
});
