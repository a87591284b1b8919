import { replacedReply } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { CONFIG, IDP_HOST, simulateSignIn } from "../simulated-sign-in.fixture.ts";

const TOKEN = {
  status: 200,
  body: JSON.stringify({ access_token: "ours", token_type: "Bearer", expires_in: 60 }),
  headers: { "content-type": "application/json" },
};

test("asks for a token of the application itself, with what is wanted and nothing else", async () => {
  const { provider, idp, clock } = await simulateSignIn({ clientAuth: "client_secret_post" });
  idp.lie(replacedReply("token", TOKEN));
  const outcome = await provider.clientGrant({ resource: "https://api.example/", scope: "read write" });
  await provider.clientGrant({ resource: "", scope: "" });
  const now = clock.nowMs();
  expect(outcome).toEqual({
    kind: "success",
    tokens: { accessToken: "ours", issuedAt: now, expiresAt: now + 60_000, scope: "read write" },
  });
  const sent = {
    client_id: CONFIG.clientId,
    client_secret: CONFIG.clientSecret,
    grant_type: "client_credentials",
  };
  expect(idp.requestsTo("token").map(({ form }) => Object.fromEntries(form))).toEqual([
    { ...sent, resource: "https://api.example/", scope: "read write" },
    sent,
  ]);
});

test("waits for it as long as for every other token", async () => {
  const { provider, idp, internet, clock } = await simulateSignIn();
  idp.lie(replacedReply("token", TOKEN));
  await provider.discover();
  const gate = Promise.withResolvers<undefined>();
  internet.fault(IDP_HOST, { kind: "delay", until: gate.promise });
  const asking = provider.clientGrant({ resource: "", scope: "" });
  await clock.advance(20_000);
  gate.resolve(undefined);
  expect(await asking).toMatchObject({ kind: "success" });
});

test.each([
  ["401 without a code", { status: 401, body: "" }, "client"],
  ["a scope that it may not have", { status: 400, body: '{"error":"invalid_scope"}' }, "refused"],
  ["503", { status: 503, body: "" }, "unsent"],
  ["500", { status: 500, body: "" }, "ambiguous"],
  ["a 200 without a token", { status: 200, body: "{}" }, "unreadable"],
])("S-141 S-142 ends in a typed outcome with %s", async (_name, reply, kind) => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(replacedReply("token", reply));
  expect(await provider.clientGrant({ resource: "", scope: "" })).toMatchObject({ kind });
});
