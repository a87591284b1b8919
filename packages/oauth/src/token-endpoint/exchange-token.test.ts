import { replacedReply } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { CONFIG, simulateSignIn } from "../simulated-sign-in.fixture.ts";

const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const GIVEN = {
  access_token: "theirs",
  issued_token_type: ACCESS_TOKEN,
  token_type: "Bearer",
  expires_in: 60,
};

test("hands over the person's token with what is wanted for it, and nothing else", async () => {
  const { provider, idp, clock } = await simulateSignIn({ clientAuth: "client_secret_post" });
  idp.lie(replacedReply("token", { status: 200, body: JSON.stringify(GIVEN) }));
  const target = { audience: "orders", resource: "https://orders.example/", scope: "read write" };
  const outcome = await provider.exchangeToken({ subjectToken: "the-person's", ...target });
  await provider.exchangeToken({ subjectToken: "the-person's" });
  const now = clock.nowMs();
  expect(outcome).toEqual({
    kind: "success",
    tokens: { accessToken: "theirs", issuedAt: now, expiresAt: now + 60_000, scope: "read write" },
    isBound: false,
  });
  const sent = {
    client_id: CONFIG.clientId,
    client_secret: CONFIG.clientSecret,
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: "the-person's",
    subject_token_type: ACCESS_TOKEN,
    requested_token_type: ACCESS_TOKEN,
  };
  expect(idp.requestsTo("token").map(({ form }) => Object.fromEntries(form))).toEqual([
    { ...sent, ...target },
    sent,
  ]);
});

test.each<readonly [string, number, string, string]>([
  ["no type of what was issued", 200, JSON.stringify({ ...GIVEN, issued_token_type: undefined }), "success"],
  [
    "a JWT",
    200,
    JSON.stringify({ ...GIVEN, issued_token_type: "urn:ietf:params:oauth:token-type:jwt" }),
    "success",
  ],
  [
    "a refresh token in its place",
    200,
    JSON.stringify({ ...GIVEN, issued_token_type: "urn:ietf:params:oauth:token-type:refresh_token" }),
    "unreadable",
  ],
  ["a token that opens nothing", 200, JSON.stringify({ ...GIVEN, token_type: "N_A" }), "unreadable"],
  ["a token for a key that isn't ours", 200, JSON.stringify({ ...GIVEN, token_type: "DPoP" }), "unreadable"],
  ["no type of token", 200, JSON.stringify({ ...GIVEN, token_type: undefined }), "unreadable"],
  ["a 200 without a token", 200, "{}", "unreadable"],
  ["a target that isn't allowed", 400, '{"error":"invalid_target"}', "refused"],
  ["a person's token that is over", 400, '{"error":"invalid_grant"}', "terminal"],
  ["a grant that this client hasn't", 400, '{"error":"unauthorized_client"}', "refused"],
  ["a wrong secret", 401, '{"error":"invalid_client"}', "client"],
  ["503", 503, "", "unsent"],
  ["500", 500, "", "ambiguous"],
])("S-141 S-142 ends in a typed outcome with %s", async (_name, status, body, kind) => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(replacedReply("token", { status, body }));
  expect(await provider.exchangeToken({ subjectToken: "the-person's" })).toMatchObject({ kind });
});
