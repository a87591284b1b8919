import {
  brokenBody,
  hugeBody,
  onlyOnRefresh,
  replacedReply,
  slowDrip,
  tokenResponseMember,
} from "@coatcheck/testkit";
import type { NetworkFault } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { sortTokenAnswer } from "./token-answer.ts";
import { IDP_HOST, simulateSignIn } from "../simulated-sign-in.fixture.ts";

const JSON_TYPE = { "content-type": "application/json" };
const HTML = { "content-type": "text/html" };
const XML = { "content-type": "application/xml" };
const FORM = { "content-type": "application/x-www-form-urlencoded" };

const error = (code: unknown, description = "x"): string =>
  JSON.stringify({ error: code, error_description: description });

async function outcomeOf(
  status: number,
  body: string | null,
  headers: Record<string, string> = JSON_TYPE,
): Promise<unknown> {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  idp.lie(onlyOnRefresh(replacedReply("token", { status, body, headers })));
  return provider.refreshGrant(kept);
}

type Row = [who: string, status: number, body: string, headers?: Record<string, string>, reason?: string];

const ENTRA_REVOKED = JSON.stringify({
  error: "invalid_grant",
  error_description:
    "AADSTS50173: The provided grant has expired due to it being revoked. Trace ID: 0 Correlation ID: 0",
  error_codes: [50_173],
  suberror: "bad_token",
});
const ENTRA_MFA = JSON.stringify({
  error: "interaction_required",
  error_description:
    "AADSTS50076: Due to a configuration change made by your administrator, use multi-factor authentication.",
  error_codes: [50_076],
  suberror: "basic_action",
});

const TERMINAL: readonly Row[] = [
  ["RFC 6749", 400, error("invalid_grant")],
  ["Okta", 400, error("invalid_grant", "The refresh token is invalid or expired.")],
  ["Auth0", 403, error("invalid_grant", "Unknown or invalid refresh token.")],
  ["Google", 400, error("invalid_grant", "Token has been expired or revoked.")],
  ["Keycloak", 400, error("invalid_grant", "Session not active")],
  ["Salesforce", 400, error("invalid_grant", "expired access/refresh token")],
  ["Entra, revoked", 400, ENTRA_REVOKED],
  ["Entra, more factors needed", 400, ENTRA_MFA, JSON_TYPE, "interaction_required"],
  ["a session at the provider that ended", 400, error("login_required"), JSON_TYPE, "login_required"],
  ["consent taken back", 400, error("consent_required"), JSON_TYPE, "consent_required"],
  [
    "another account needed",
    403,
    error("account_selection_required"),
    JSON_TYPE,
    "account_selection_required",
  ],
  ["a 401", 401, error("invalid_grant")],
  ["a page's type", 403, error("invalid_grant"), HTML],
  ["a 200", 200, error("invalid_grant")],
  ["a redirect", 302, error("invalid_grant")],
  ["a 408", 408, error("invalid_grant")],
  ["a 425", 425, error("invalid_grant")],
  ["a 429", 429, error("invalid_grant")],
  ["a 500", 500, error("invalid_grant")],
  ["a gateway's 502", 502, error("invalid_grant"), HTML],
  ["a 503", 503, error("invalid_grant")],
  ["an error object", 400, '{"error":{"code":"invalid_grant","message":"x"}}'],
  ["a list of errors", 400, '{"errors":[{"code":"invalid_grant"}]}'],
  ["an array", 400, '[{"error":"invalid_grant"}]'],
  ["a list of codes", 400, '{"error":["invalid_grant"]}'],
  ["upper case", 400, error("INVALID_GRANT")],
  ["a number beside it", 400, '{"error":400,"error_code":"invalid_grant"}'],
  ["a gateway's quotation", 500, '{"statusCode":500,"body":{"error":"invalid_grant"}}'],
  [
    "a gateway that says something of its own first",
    502,
    '{"error":"bad_gateway","cause":{"error":"invalid_grant"}}',
  ],
  ["JSON in a string", 400, JSON.stringify(error("invalid_grant"))],
  ["JSON in the error", 500, JSON.stringify({ error: error("invalid_grant") })],
  ["a form", 400, "error=invalid_grant&error_description=x", FORM],
  ["a form in another order", 400, "error_description=x&error=invalid_grant", FORM],
  ["a form under 200", 200, "error=invalid_grant&error_description=x", FORM],
  ["HTML", 400, "<html><error>invalid_grant</error></html>", HTML],
  ["XML", 400, '<?xml version="1.0"?><OAuth><error>invalid_grant</error></OAuth>', XML],
  ["XML with an attribute", 400, '<error code="invalid_grant"/>', XML],
  ["a challenge", 401, "", { "www-authenticate": 'Bearer realm="x", error="invalid_grant"' }],
];

test.each(TERMINAL)(
  "S-089 terminal: %s (%i)",
  async (_who, status, body, headers = JSON_TYPE, reason = "invalid_grant") => {
    expect(await outcomeOf(status, body, headers)).toEqual({ kind: "terminal", reason, status });
  },
);

const CLIENT: readonly Row[] = [
  ["RFC 6749", 401, error("invalid_client"), { ...JSON_TYPE, "www-authenticate": 'Basic realm="x"' }],
  ["a 400", 400, error("invalid_client")],
  ["a 403", 403, error("invalid_client")],
  ["a 200", 200, error("invalid_client")],
  ["a 500", 500, error("invalid_client")],
  ["a 503", 503, error("invalid_client")],
  ["a challenge", 401, "", { "www-authenticate": 'Basic error="invalid_client"' }],
  ["an error object", 401, '{"error":{"code":"invalid_client"}}'],
  ["XML", 401, "<error>invalid_client</error>", XML],
  ["a gateway that quotes a dead grant", 400, '{"error":"invalid_client","cause":{"error":"invalid_grant"}}'],
  ["Okta", 401, '{"errorCode":"invalid_client","errorSummary":"Invalid value for client_id parameter."}'],
  ["Entra", 401, error("invalid_client", "AADSTS7000215: Invalid client secret provided.")],
  ["GitHub", 200, error("incorrect_client_credentials"), JSON_TYPE, "incorrect_client_credentials"],
  ["Google", 401, error("deleted_client", "The OAuth client was deleted."), JSON_TYPE, "deleted_client"],
  ["Slack", 200, '{"ok":false,"error":"bad_client_secret"}', JSON_TYPE, "bad_client_secret"],
  [
    "Keycloak",
    401,
    error("unauthorized_client", "Invalid client or Invalid client credentials"),
    JSON_TYPE,
    "unauthorized_client",
  ],
  ["an empty 401", 401, "", {}, "no_error_code"],
  ["a 401 that only asks for Basic", 401, "", { "www-authenticate": 'Basic realm="x"' }, "no_error_code"],
  [
    "Spring's own error page",
    401,
    '{"timestamp":"x","status":401,"error":"Unauthorized","path":"/token"}',
    JSON_TYPE,
    "no_error_code",
  ],
  ["a gateway's 401", 401, '{"message":"Unauthorized"}', JSON_TYPE, "no_error_code"],
  ["a page", 401, "<html><title>Error: Unauthorized</title></html>", HTML, "no_error_code"],
  ["an error that is a number", 401, '{"error":401}', JSON_TYPE, "no_error_code"],
];

test.each(CLIENT)(
  "S-089 client, nobody's session: %s (%i)",
  async (_who, status, body, headers = JSON_TYPE, reason = "invalid_client") => {
    expect(await outcomeOf(status, body, headers)).toEqual({ kind: "client", reason, status });
  },
);

const REFUSED: readonly Row[] = [
  [
    "GitHub",
    200,
    error("bad_refresh_token", "The refresh token passed is incorrect or expired."),
    JSON_TYPE,
    "bad_refresh_token",
  ],
  ["GitHub's form", 200, "error=bad_refresh_token&error_description=x", FORM, "bad_refresh_token"],
  [
    "Dex and LemonLDAP",
    400,
    error("invalid_request", "Refresh token is invalid or has already been claimed"),
    JSON_TYPE,
    "invalid_request",
  ],
  ["glewlwyd", 400, "", {}, "no_error_code"],
  ["a client that may not refresh", 403, error("unauthorized_client"), JSON_TYPE, "unauthorized_client"],
  ["a 400 that says so", 400, error("unauthorized_client"), JSON_TYPE, "unauthorized_client"],
  ["Spring Security OAuth, a dead refresh token", 401, error("invalid_token"), JSON_TYPE, "invalid_token"],
  ["a scope", 400, error("invalid_scope"), JSON_TYPE, "invalid_scope"],
  ["a word of its own", 400, error("something of its own"), JSON_TYPE, "no_error_code"],
  ["a code of its own", 400, error("token_gone"), JSON_TYPE, "unknown_error"],
  ["a 401 with a code of its own", 401, error("token_gone"), JSON_TYPE, "unknown_error"],
  ["an error that is a number", 400, error(17), JSON_TYPE, "no_error_code"],
  ["an error object of its own", 400, '{"error":{"code":"token_gone"}}', JSON_TYPE, "unknown_error"],
  ["broken JSON", 400, "{", JSON_TYPE, "no_error_code"],
  ["a page", 403, "<html></html>", HTML, "no_error_code"],
  ["XML", 400, "<error>token_gone</error>", XML, "unknown_error"],
  ["a form", 400, "error=token_gone", FORM, "unknown_error"],
  ["an array", 409, "[]", JSON_TYPE, "no_error_code"],
  ["null", 422, "null", JSON_TYPE, "no_error_code"],
  [
    "prose about invalid_grant",
    400,
    error("invalid_request", "not an invalid_grant"),
    JSON_TYPE,
    "invalid_request",
  ],
  ["a manual", 400, "The code invalid_grant is explained in our manual", HTML, "no_error_code"],
  ["a longer code", 400, error("invalid_grant_type"), JSON_TYPE, "unknown_error"],
  ["a 2xx with a code of its own", 202, error("token_gone"), JSON_TYPE, "unknown_error"],
  [
    "a 200 with an empty access token",
    200,
    '{"error":"token_gone","access_token":""}',
    JSON_TYPE,
    "unknown_error",
  ],
];

test.each(REFUSED)("S-089 refused: %s (%i)", async (_who, status, body, headers = JSON_TYPE, reason = "") => {
  expect(await outcomeOf(status, body, headers)).toEqual({ kind: "refused", reason, status });
});

test.each([
  ["429", 429, "", {}, undefined],
  ["503 with a page", 503, "<html></html>", HTML, undefined],
  ["429 with a code", 429, error("slow_down"), { "retry-after": "7" }, 7],
  ["503 until a date", 503, "", { "retry-after": "Thu, 01 Jan 2026 00:00:09 GMT" }, 9],
  ["503 until a date that is over", 503, "", { "retry-after": "Wed, 31 Dec 2025 23:00:00 GMT" }, 0],
  ["503 for days", 503, "", { "retry-after": "999999" }, 3_600],
  ["503 for a while", 503, "", { "retry-after": "soon" }, undefined],
  ["503 for less than nothing", 503, "", { "retry-after": "-1" }, undefined],
  [
    "503 that mentions invalid_grant",
    503,
    error("temporarily_unavailable", "error=invalid_grant"),
    {},
    undefined,
  ],
])("S-089 unsent: a complete %s", async (_name, status, body, headers, retryAfterSeconds) => {
  expect(await outcomeOf(status, body, headers)).toEqual({
    kind: "unsent",
    reason: `status_${status}`,
    status,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
});

test.each([
  [408, ""],
  [425, ""],
  [500, ""],
  [500, error("server_error")],
  [500, error("unauthorized_client")],
  [500, "<p>see invalid_grant</p>"],
  [502, "<html></html>"],
  [504, ""],
  [529, ""],
  [302, ""],
  [304, null],
])("S-089 ambiguous: %i with %s", async (status, body) => {
  expect(await outcomeOf(status, body)).toEqual({ kind: "ambiguous", reason: `status_${status}`, status });
});

test.each([
  [204, null, "token_response_malformed"],
  [200, "", "token_response_malformed"],
  [200, "{", "token_response_malformed"],
  [200, "null", "token_response_malformed"],
  [200, "[]", "token_response_malformed"],
  [200, "<html></html>", "token_response_malformed"],
  [200, '{"access_token":"a","access_token":"b"}', "token_response_malformed"],
  [200, "{}", "access_token_missing"],
  [201, "{}", "access_token_missing"],
  [200, '{"error":17}', "access_token_missing"],
  [200, '{"error":""}', "access_token_missing"],
  [200, '{"error":{"code":"x_y"}}', "access_token_missing"],
  [200, '{"access_token":7}', "access_token_missing"],
  [200, '{"access_token":"a\\nb"}', "access_token_malformed"],
])("S-089 unreadable: %i with %s, the provider has probably rotated", async (status, body, reason) => {
  expect(await outcomeOf(status, body)).toEqual({ kind: "unreadable", reason, status });
});

const TOKENS = { access_token: "next", token_type: "Bearer", expires_in: 60, refresh_token: "rotated" };

const AS_FORM = "access_token=next&token_type=Bearer&expires_in=60&refresh_token=rotated";

const SUCCESS: readonly Row[] = [
  ["a plain answer", 200, JSON.stringify(TOKENS)],
  ["201", 201, JSON.stringify(TOKENS)],
  ["202", 202, JSON.stringify(TOKENS)],
  ["203", 203, JSON.stringify(TOKENS)],
  ["206", 206, JSON.stringify(TOKENS)],
  ["a page's type", 200, JSON.stringify(TOKENS), HTML],
  ["no type at all", 200, JSON.stringify(TOKENS), {}],
  ["a form", 200, AS_FORM, FORM],
  ["a token type in other letters", 200, JSON.stringify({ ...TOKENS, token_type: "BEARER" })],
  ["another token type", 200, JSON.stringify({ ...TOKENS, token_type: "mac" })],
  ["no token type", 200, JSON.stringify({ ...TOKENS, token_type: undefined })],
  ["a scope list", 200, JSON.stringify({ ...TOKENS, scope: ["openid", "profile"] })],
  ["a scope that is a number", 200, JSON.stringify({ ...TOKENS, scope: 7 })],
  ["a lifetime that is a string", 200, JSON.stringify({ ...TOKENS, expires_in: "60" })],
  ["an error that is empty", 200, JSON.stringify({ ...TOKENS, error: "" })],
  ["an error beside the token", 200, JSON.stringify({ ...TOKENS, error: "invalid_grant" })],
  ["an ID token that is an object", 200, JSON.stringify({ ...TOKENS, id_token: {} })],
  ["an ID token that makes no sense", 200, JSON.stringify({ ...TOKENS, id_token: "a.b.c" })],
  ["a byte order mark", 200, `\ufeff${JSON.stringify(TOKENS)}`],
];

test.each(SUCCESS)("S-089 success: %s (%i)", async (_who, status, body, headers = JSON_TYPE) => {
  expect(await outcomeOf(status, body, headers)).toMatchObject({
    kind: "success",
    tokens: { accessToken: "next", refreshToken: "rotated" },
  });
});

test("S-089 success: a refresh token that isn't a text is none, and the one that was sent stays", async () => {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  idp.lie(onlyOnRefresh(tokenResponseMember("refresh_token", 7)));
  const outcome = await provider.refreshGrant(kept);
  expect(outcome).toMatchObject({ kind: "success" });
  expect(outcome).not.toHaveProperty("tokens.refreshToken");
});

test.each([
  [{ kind: "refused" }, "unsent", "connection_refused", 0],
  [{ kind: "dns" }, "unsent", "dns", 0],
  [{ kind: "certificate" }, "unsent", "tls_untrusted", 0],
  [{ kind: "reset_before" }, "ambiguous", "connection_lost", 0],
  [{ kind: "reset_after" }, "ambiguous", "connection_lost", 1],
  [{ kind: "hang" }, "ambiguous", "timeout", 0],
  [{ kind: "hang_after" }, "ambiguous", "timeout", 1],
] as const)(
  "S-089 S-141 a connection that is %j makes it %s",
  async (fault: NetworkFault, kind, reason, calls) => {
    const { provider, signInAndKeep, idp, internet, passDeadline, clock } = await simulateSignIn();
    const kept = await signInAndKeep();
    internet.fault(IDP_HOST, fault);
    const refreshing = provider.refreshGrant(kept);
    const isWaiting = (): boolean =>
      clock.pendingTimers() > 0 && idp.requestsTo("token").length === 1 + calls;
    expect(await (reason === "timeout" ? passDeadline(refreshing, isWaiting) : refreshing)).toEqual({
      kind,
      reason,
    });
    expect(idp.requestsTo("token")).toHaveLength(1 + calls);
  },
);

test.each([
  ["drips", slowDrip("token"), "body_timeout"],
  ["breaks", brokenBody("token"), "body_connection_lost"],
])("S-141 S-142 an answer that %s is ambiguous", async (_name, lie, reason) => {
  const { provider, signInAndKeep, idp, passDeadline } = await simulateSignIn();
  const kept = await signInAndKeep();
  idp.lie(onlyOnRefresh(lie));
  const refreshing = provider.refreshGrant(kept);
  const outcome = await (reason === "body_timeout"
    ? passDeadline(refreshing, () => idp.requestsTo("token").length === 2)
    : refreshing);
  expect(outcome).toEqual({ kind: "ambiguous", reason, status: 200 });
});

test.each([
  ["is 10 MB", hugeBody("token"), "token_response_too_large"],
  ["isn't UTF-8", replacedReply("token", { body: new Uint8Array([0x22, 0xff]) }), "token_response_not_utf8"],
])("S-142 an answer that %s is unreadable", async (_name, lie, reason) => {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  idp.lie(onlyOnRefresh(lie));
  expect(await provider.refreshGrant(kept)).toEqual({ kind: "unreadable", reason, status: 200 });
});

test.each([
  [400, "refused"],
  [401, "client"],
  [429, "ambiguous"],
  [503, "ambiguous"],
])("S-089 an answer of %i whose body breaks is %s", async (status, kind) => {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  idp.lie(
    onlyOnRefresh(replacedReply("token", { status, body: "xxxx" })),
    onlyOnRefresh(brokenBody("token")),
  );
  expect(await provider.refreshGrant(kept)).toEqual({ kind, reason: "body_connection_lost", status });
});

test("S-089 what a preset calls terminal is terminal", () => {
  const reply = {
    kind: "reply",
    status: 400,
    headers: new Headers(),
    body: { kind: "text", text: '{"error":"gone_for_good"}' },
    sentAtMs: 0,
  } as const;
  const isTerminal = (status: number, body: string): boolean =>
    status === 400 && body.includes("gone_for_good");
  expect(sortTokenAnswer(reply, isTerminal, 0)).toEqual({ kind: "terminal", reason: "preset", status: 400 });
});

test("S-089 the session goes on after every outcome but a terminal one", async () => {
  const { provider, signInAndKeep, idp, internet } = await simulateSignIn();
  const kept = await signInAndKeep();
  internet.fault(IDP_HOST, { kind: "refused" });
  await provider.refreshGrant(kept);
  internet.heal(IDP_HOST);
  for (const status of [401, 429, 503]) {
    internet.connect(IDP_HOST, () => new Response(null, { status }));
    await provider.refreshGrant(kept);
  }
  internet.connect(IDP_HOST, idp.app);
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
});
