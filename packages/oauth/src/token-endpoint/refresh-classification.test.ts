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
import { classifyRefresh } from "./refresh-classification.ts";
import { IDP_HOST, simulateSignIn } from "../simulated-sign-in.fixture.ts";

const error = (code: string): string => JSON.stringify({ error: code, error_description: "x" });
const JSON_TYPE = { "content-type": "application/json" };
const HTML = { "content-type": "text/html" };

async function outcomeOf(
  status: number,
  body: string,
  headers: Record<string, string> = JSON_TYPE,
): Promise<unknown> {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  idp.lie(onlyOnRefresh(replacedReply("token", { status, body, headers })));
  return provider.refreshGrant(kept);
}

test.each([
  [400, error("invalid_grant"), JSON_TYPE],
  [401, error("invalid_grant"), JSON_TYPE],
  [403, error("invalid_grant"), HTML],
  [200, error("invalid_grant"), JSON_TYPE],
  [302, error("invalid_grant"), JSON_TYPE],
  [408, error("invalid_grant"), JSON_TYPE],
  [429, error("invalid_grant"), JSON_TYPE],
  [500, error("invalid_grant"), JSON_TYPE],
  [502, error("invalid_grant"), HTML],
  [503, error("invalid_grant"), JSON_TYPE],
  [400, '{"error":{"code":"invalid_grant","message":"x"}}', JSON_TYPE],
  [400, '{"errors":[{"code":"invalid_grant"}]}', JSON_TYPE],
  [500, '{"statusCode":500,"body":{"error":"invalid_grant"}}', JSON_TYPE],
  [400, JSON.stringify(error("invalid_grant")), JSON_TYPE],
  [500, JSON.stringify({ error: error("invalid_grant") }), JSON_TYPE],
  [400, "error=invalid_grant&error_description=x", { "content-type": "application/x-www-form-urlencoded" }],
  [400, "error_description=x&error=invalid_grant", { "content-type": "application/x-www-form-urlencoded" }],
  [400, "<html><error>invalid_grant</error></html>", HTML],
  [401, "", { "www-authenticate": 'Bearer realm="x", error="invalid_grant"' }],
])("S-089 %i with %s is terminal", async (status, body, headers) => {
  expect(await outcomeOf(status, body, headers)).toEqual({
    kind: "terminal",
    reason: "invalid_grant",
    status,
  });
});

test.each([
  [400, '{"error":"invalid_request","error_description":"not an invalid_grant"}', "refused"],
  [400, '{"error":"invalid_grant_type"}', "refused"],
  [400, "The code invalid_grant is explained in our manual", "refused"],
  [503, '{"error":"temporarily_unavailable","error_description":"error=invalid_grant"}', "unsent"],
  [500, "<p>see invalid_grant</p>", "ambiguous"],
])("S-089 %i with %s isn't terminal, since it only mentions invalid_grant", async (status, body, kind) => {
  expect(await outcomeOf(status, body)).toMatchObject({ kind, status });
});

test.each([
  [400, error("invalid_request"), "invalid_request"],
  [400, error("unauthorized_client"), "unauthorized_client"],
  [400, error("invalid_scope"), "invalid_scope"],
  [400, error("something of its own"), "unknown_error"],
  [400, "", "unknown_error"],
  [400, "{", "unknown_error"],
  [401, "", "unknown_error"],
  [403, "<html></html>", "unknown_error"],
  [404, "not found", "unknown_error"],
  [409, "[]", "unknown_error"],
  [422, "null", "unknown_error"],
])("S-089 %i with %s is refused", async (status, body, reason) => {
  expect(await outcomeOf(status, body)).toEqual({ kind: "refused", reason, status });
});

test.each([
  [400, error("invalid_client"), JSON_TYPE],
  [401, error("invalid_client"), JSON_TYPE],
  [401, error("invalid_client"), { ...JSON_TYPE, "www-authenticate": 'Basic realm="x"' }],
  [401, "", { "www-authenticate": 'Basic error="invalid_client"' }],
])("S-089 %i with %s is unsent: the client's mistake, not the person's", async (status, body, headers) => {
  expect(await outcomeOf(status, body, headers)).toEqual({
    kind: "unsent",
    reason: "invalid_client",
    status,
  });
});

test.each([
  [429, "", {}, undefined],
  [503, "<html></html>", HTML, undefined],
  [429, error("slow_down"), { "retry-after": "7" }, 7],
  [503, "", { "retry-after": "Thu, 01 Jan 2026 00:00:09 GMT" }, 9],
  [503, "", { "retry-after": "Wed, 31 Dec 2025 23:00:00 GMT" }, 0],
  [503, "", { "retry-after": "999999" }, 3_600],
  [503, "", { "retry-after": "soon" }, undefined],
  [503, "", { "retry-after": "-1" }, undefined],
])("S-089 a complete %i is unsent", async (status, body, headers, retryAfterSeconds) => {
  expect(await outcomeOf(status, body, headers)).toEqual({
    kind: "unsent",
    reason: `status_${status}`,
    status,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
});

test.each([
  [408, ""],
  [500, ""],
  [500, error("server_error")],
  [502, "<html></html>"],
  [504, ""],
  [529, ""],
  [204, ""],
  [201, "{}"],
  [302, ""],
  [304, ""],
])("S-089 %i with %s is ambiguous", async (status, body) => {
  const outcome = await outcomeOf(
    status,
    status === 204 || status === 304 ? (null as unknown as string) : body,
  );
  expect(outcome).toEqual({ kind: "ambiguous", reason: `status_${status}`, status });
});

test.each(["", "{", "null", "[]", "<html></html>", "{}", error("invalid_request"), '{"access_token":"a"}'])(
  "S-089 200 with %s is ambiguous: the provider may have rotated",
  async (body) => {
    expect(await outcomeOf(200, body)).toMatchObject({ kind: "ambiguous", status: 200 });
  },
);

test.each([
  ["access_token", 7],
  ["access_token", "a\nb"],
  ["token_type", "dpop"],
  ["refresh_token", 7],
  ["scope", ["a"]],
  ["id_token", {}],
])("S-089 200 with %s = %j is ambiguous", async (name, value) => {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  idp.lie(onlyOnRefresh(tokenResponseMember(name, value)));
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "ambiguous", status: 200 });
});

test.each([
  [{ kind: "refused" }, "unsent", "connection_refused", 0],
  [{ kind: "dns" }, "unsent", "dns", 0],
  [{ kind: "certificate" }, "unsent", "tls", 0],
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
  ["is 10 MB", hugeBody("token"), "body_too_large"],
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
  [400, "refused"],
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
  expect(classifyRefresh(reply, isTerminal, 0)).toEqual({
    kind: "ended",
    outcome: { kind: "terminal", reason: "preset", status: 400 },
  });
});

test("S-089 the session goes on after every outcome but a terminal one", async () => {
  const { provider, signInAndKeep, idp, internet } = await simulateSignIn();
  const kept = await signInAndKeep();
  internet.fault(IDP_HOST, { kind: "refused" });
  await provider.refreshGrant(kept);
  internet.heal(IDP_HOST);
  for (const status of [429, 503]) {
    internet.connect(IDP_HOST, () => new Response(null, { status }));
    await provider.refreshGrant(kept);
  }
  internet.connect(IDP_HOST, idp.app);
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
});
