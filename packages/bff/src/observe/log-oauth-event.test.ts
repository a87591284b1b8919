import type { OAuthEvent } from "@coatcheck/oauth";
import { expect, it } from "vitest";
import { logOAuthEvent } from "./log-oauth-event.ts";
import type { LogEvent } from "./log.ts";

const issuer = "https://idp.example";
const advice = "what to change";

it.each<[level: string, event: OAuthEvent]>([
  ["info", { event: "metadata_fetched", issuer }],
  ["info", { event: "keys_fetched", issuer, count: 1 }],
  ["warn", { event: "metadata_failed", issuer, reason: "dns", usingStale: false }],
  ["warn", { event: "metadata_failed", issuer, reason: "issuer_mismatch", usingStale: true, advice }],
  ["error", { event: "metadata_failed", issuer, reason: "issuer_mismatch", usingStale: false, advice }],
  [
    "warn",
    { event: "metadata_endpoint_ignored", issuer, endpoint: "userinfo_endpoint", value: '""', advice },
  ],
  ["warn", { event: "client_auth_not_listed", issuer, advice }],
  ["warn", { event: "revocation_unsupported", issuer, advice }],
  ["error", { event: "client_refused", issuer, advice }],
  ["warn", { event: "id_token_left_out", issuer, reason: "auth_time_mismatch" }],
  ["warn", { event: "userinfo_left_out", issuer, reason: "userinfo_sub_mismatch" }],
])("writes at level %s: %j", (level, event) => {
  const lines: LogEvent[] = [];
  logOAuthEvent(event, (line) => void lines.push(line));
  const { event: name, ...fields } = event;
  expect(lines).toEqual([{ level, event: `oauth_${name}`, ...fields }]);
});

it("writes the scopes that are missing as one text", () => {
  const lines: LogEvent[] = [];
  logOAuthEvent(
    { event: "scope_reduced", issuer, missing: ["email", "profile"] },
    (line) => void lines.push(line),
  );
  expect(lines).toMatchObject([{ level: "warn", missing: "email profile" }]);
});
