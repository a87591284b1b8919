import { tokenResponseMember } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { CONFIG, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";
import { compareDetails, readGrantedDetails } from "./granted-details.ts";

const READ = { type: "account", actions: ["read"] };
const BOTH = { type: "account", actions: ["read", "write"] };
const AMOUNT = { type: "payment", amount: { currency: "EUR", value: "12.50" } };

test.each([
  ["what was asked for", [READ, AMOUNT], [AMOUNT, READ]],
  ["a list in another order", [BOTH], [{ type: "account", actions: ["write", "read"] }]],
  ["what the provider adds by itself", [READ], [{ ...READ, account: "DE1" }]],
])("%s is no difference", (_name, asked, granted) => {
  expect(compareDetails(asked, granted)).toBeUndefined();
});

test.each([
  ["nothing", [READ, AMOUNT], [], ["account", "payment"], 0],
  ["one of two", [READ, AMOUNT], [READ], ["payment"], 0],
  ["a part of a list", [BOTH], [READ], ["account"], 0],
  ["more of a list", [READ], [BOTH], [], 1],
  ["without what limits it", [READ], [{ type: "account" }], ["account"], 1],
  ["another type", [READ], [{ ...READ, type: "other" }], ["account"], 1],
  [
    "another amount",
    [AMOUNT],
    [{ type: "payment", amount: { currency: "EUR", value: "1250" } }],
    ["payment"],
    1,
  ],
  ["a text for a list", [READ], [{ type: "account", actions: "read" }], ["account"], 1],
  ["one besides", [READ], [READ, AMOUNT], [], 1],
  ["two of a type less", [READ, { ...READ, actions: ["close"] }], [], ["account"], 0],
])("granted is %s: what is missing is named, what nobody asked for is counted", (...row) => {
  const [, asked, granted, missing, unasked] = row;
  expect(compareDetails(asked, granted)).toEqual({ missing, unasked });
});

test.each([undefined, null, "x", {}, [1, "x", {}, { type: 7 }]])("%j grants nothing in detail", (raw) => {
  expect(readGrantedDetails(raw, [])).toEqual([]);
});

test("S-024 a sign-in says what was granted in detail, without tokens, and the log where it differs", async () => {
  const authorizationDetails = JSON.stringify([BOTH]);
  const { signIn, idp, events } = await simulateSignIn({ authorizationDetails });
  idp.lie(tokenResponseMember("authorization_details", [{ ...READ, note: "kept", access_token: "secret" }]), {
    name: "own-token",
    tokenResponse: (body) => {
      const [detail] = body["authorization_details"] as Record<string, unknown>[];
      if (detail !== undefined) detail["own"] = `Bearer ${String(body["access_token"])}`;
    },
  });
  const { outcome } = await signIn();
  const granted = outcome.kind === "signed_in" ? outcome.authorizationDetails : outcome.kind;
  expect(granted).toEqual([{ ...READ, note: "kept" }]);
  expect(events).toContainEqual({
    event: "authorization_details_differ",
    issuer: ISSUER,
    missing: ["account"],
    unasked: 0,
  });
});

test("nothing is said of what nobody asked for", async () => {
  const { signIn, idp, events } = await simulateSignIn(CONFIG);
  idp.lie(tokenResponseMember("authorization_details", [READ]));
  const { outcome } = await signIn();
  expect(Object.keys(outcome)).not.toContain("authorizationDetails");
  expect(events.map(({ event }) => event)).not.toContain("authorization_details_differ");
});
