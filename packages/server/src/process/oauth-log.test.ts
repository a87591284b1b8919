import type { OAuthEvent } from "@coatcheck/bff";
import { expect, it } from "vitest";
import { toLogLine } from "./oauth-log.ts";

const issuer = "https://idp.example";
const advice = "what to change";

it.each<[level: string, event: OAuthEvent]>([
  ["info", { event: "metadata_fetched", issuer }],
  ["info", { event: "keys_fetched", issuer, count: 1 }],
  ["info", { event: "refresh_ended", issuer, kind: "success", durationMs: 1 }],
  ["warn", { event: "refresh_ended", issuer, kind: "unsent", reason: "dns", durationMs: 1 }],
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
  [
    "error",
    { event: "refresh_ended", issuer, kind: "other_identity", reason: "sub_mismatch", durationMs: 1 },
  ],
  ["warn", { event: "id_token_left_out", issuer, reason: "auth_time_mismatch" }],
  ["warn", { event: "userinfo_left_out", issuer, reason: "userinfo_sub_mismatch" }],
])("writes at level %s: %j", (level, event) => {
  const { event: name, ...fields } = event;
  expect(toLogLine(event)).toEqual({ level, event: `oauth_${name}`, ...fields });
});
