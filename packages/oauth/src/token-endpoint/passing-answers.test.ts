import { onlyOnRefresh, replacedReply } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { simulateSignIn } from "../simulated-sign-in.fixture.ts";

const JSON_TYPE = { "content-type": "application/json" };
const HTML = { "content-type": "text/html" };
const LATER = { ...JSON_TYPE, "retry-after": "7" };

const error = (code: string): string => JSON.stringify({ error: code });

async function outcomeOf(status: number, body: string, headers: Record<string, string>): Promise<unknown> {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  idp.lie(onlyOnRefresh(replacedReply("token", { status, body, headers })));
  return provider.refreshGrant(kept);
}

test.each([
  ["an overloaded provider", 400, error("temporarily_unavailable"), JSON_TYPE],
  ["one that says for how long", 400, error("temporarily_unavailable"), LATER],
  ["one with a fault of its own", 400, error("server_error"), JSON_TYPE],
  ["a limit, in the word of RFC 8628", 400, error("slow_down"), JSON_TYPE],
  ["a gateway's limit", 400, error("too_many_requests"), JSON_TYPE],
  ["a gateway's limit under 403", 403, error("rate_limit_exceeded"), JSON_TYPE],
  ["a 401", 401, error("temporarily_unavailable"), JSON_TYPE],
  ["a 404", 404, error("temporarily_unavailable"), JSON_TYPE],
  ["a 200", 200, error("temporarily_unavailable"), JSON_TYPE],
  ["an error object", 400, '{"error":{"code":"rate_limit_exceeded"}}', JSON_TYPE],
  ["a form", 400, "error=temporarily_unavailable", {}],
  ["a page that says when to come again", 403, "<html></html>", { ...HTML, "retry-after": "7" }],
  ["a code of its own that says when", 400, error("quota_used_up"), LATER],
  ["an empty answer that says when", 404, "", LATER],
])('S-089 unsent, it says "not now": %s (%i)', async (_who, status, body, headers) => {
  const wish = "retry-after" in headers ? { retryAfterSeconds: 7 } : {};
  expect(await outcomeOf(status, body, headers)).toEqual({
    kind: "unsent",
    reason: `status_${status}`,
    status,
    ...wish,
  });
});

test.each([
  ["terminal", 400, "invalid_grant", LATER],
  ["terminal", 403, "consent_required", LATER],
  ["client", 401, "invalid_client", LATER],
  ["refused", 400, "invalid_request", LATER],
  ["refused", 400, "bad_refresh_token", LATER],
  ["refused", 400, "token_gone", { ...JSON_TYPE, "retry-after": "soon" }],
  ["ambiguous", 500, "temporarily_unavailable", LATER],
])("S-089 %s: %i %s, whatever Retry-After says", async (kind, status, code, headers) => {
  expect(await outcomeOf(status, error(code), headers)).toMatchObject({ kind, status });
});

// As a refusal, it would end every session that is refreshed twice while an ingress has nobody behind it: 30 s against 10 min.
test.each([
  ["an ingress", 404, "default backend - 404", {}],
  ["a router", 404, '{"error":"not_found"}', JSON_TYPE],
  ["a framework", 404, '{"statusCode":404,"message":"Cannot POST /token","error":"Not Found"}', JSON_TYPE],
  ["a file server", 405, "<html></html>", HTML],
  ["a connection to another host", 421, "", {}],
])("S-089 unreadable, no token endpoint answers: %s (%i)", async (_who, status, body, headers) => {
  const reason = "token_endpoint_not_found";
  expect(await outcomeOf(status, body, headers)).toEqual({ kind: "unreadable", reason, status });
});

test.each([
  ["terminal", 404, "invalid_grant"],
  ["client", 404, "invalid_client"],
  ["refused", 404, "invalid_request"],
  ["refused", 405, "unauthorized_client"],
])("S-089 %s: a %i with %s is a token endpoint's", async (kind, status, code) => {
  expect(await outcomeOf(status, error(code), JSON_TYPE)).toEqual({ kind, reason: code, status });
});
