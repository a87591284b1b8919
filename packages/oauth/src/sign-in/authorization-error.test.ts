import { authorizationError } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { simulateSignIn } from "../simulated-sign-in.fixture.ts";

const PAGE = "<script>alert(1)</script>\r\nSet-Cookie: a=b";

test.each([
  ["access_denied", "declined"],
  ["user_cancelled_login", "declined"],
  ["user_cancelled_authorize", "declined"],
  ["invalid_scope", "invalid_scope"],
  ["login_required", "login_required"],
  ["interaction_required", "login_required"],
  ["consent_required", "login_required"],
  ["account_selection_required", "login_required"],
  ["unmet_authentication_requirements", "step_up_failed"],
  ["insufficient_user_authentication", "step_up_failed"],
  ["admin_policy_enforced", "not_allowed"],
  ["org_internal", "not_allowed"],
  ["unauthorized", "not_allowed"],
  ["invalid_request", "misconfigured"],
  ["invalid_client", "misconfigured"],
  ["unauthorized_client", "misconfigured"],
  ["unsupported_response_type", "misconfigured"],
  ["invalid_request_object", "misconfigured"],
  ["invalid_request_uri", "misconfigured"],
  ["registration_not_supported", "misconfigured"],
  ["request_not_supported", "misconfigured"],
  ["request_uri_not_supported", "misconfigured"],
  ["invalid_target", "misconfigured"],
  ["invalid_resource", "misconfigured"],
  ["redirect_uri_mismatch", "misconfigured"],
  ["deleted_client", "misconfigured"],
  ["disabled_client", "misconfigured"],
])("S-025 takes %s for %s, and asks nobody for tokens", async (error, meaning) => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(authorizationError(error, PAGE));
  expect((await signIn()).outcome).toEqual({ kind: "not_authorized", meaning, error });
  expect(idp.requestsTo("token")).toEqual([]);
});

test.each(["server_error", "temporarily_unavailable"])("S-025 tells that %s may pass", async (reason) => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(authorizationError(reason, PAGE));
  expect((await signIn()).outcome).toEqual({ kind: "unavailable", reason });
});

test.each([
  "<script>alert(1)</script>",
  "Access_Denied",
  "constructor",
  "__proto__",
  "toString",
  "",
  "x".repeat(9_000),
])("S-025 never repeats the code %s, which nobody defined, nor calls it declined", async (error) => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(authorizationError(error));
  expect((await signIn()).outcome).toEqual({
    kind: "not_authorized",
    meaning: "failed",
    error: "unknown_error",
  });
});
