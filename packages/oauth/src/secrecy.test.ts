import {
  authorizationError,
  idTokenClaim,
  metadataMember,
  replacedReply,
  tokenResponseMember,
} from "@coatcheck/testkit";
import type { Lie } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { CONFIG, simulateSignIn } from "./simulated-sign-in.fixture.ts";

const ECHO = "echoed-secret-0123456789";

/** A provider that writes secrets where logs and errors might pick them up. */
const LIES: Readonly<Record<string, readonly Lie[]>> = {
  "an error code": [replacedReply("token", { status: 400, body: JSON.stringify({ error: ECHO }) })],
  "an error description": [
    replacedReply("token", {
      status: 401,
      body: JSON.stringify({ error: "invalid_client", error_description: ECHO }),
    }),
  ],
  "an HTML page": [replacedReply("token", { status: 500, body: `<html>${ECHO}</html>` })],
  "a challenge": [
    replacedReply("token", { status: 401, headers: { "www-authenticate": `Bearer error="${ECHO}"` } }),
  ],
  "a claim": [idTokenClaim("iss", ECHO)],
  "a nonce": [idTokenClaim("nonce", ECHO)],
  "an audience": [idTokenClaim("aud", ECHO)],
  "a token type": [tokenResponseMember("token_type", ECHO)],
  "an authorization error": [authorizationError(ECHO, ECHO)],
};

test.each(Object.entries(LIES))(
  "S-068 repeats nothing that a provider wrote into %s, and no secret",
  async (_name, lies) => {
    const { provider, idp, events, signIn } = await simulateSignIn();
    idp.lie(...lies);
    const ends: unknown[] = [];
    try {
      ends.push((await signIn()).outcome);
    } catch (error) {
      ends.push(String(error), (error as Error).stack, JSON.stringify(error), String((error as Error).cause));
    }
    const request = { refreshToken: "refresh-secret", resource: "", iss: CONFIG.issuer ?? "", sub: "ada" };
    ends.push(await provider.refreshGrant(request));
    const reported = JSON.stringify([ends, events]);
    const secrets = [ECHO, "refresh-secret", CONFIG.clientSecret, ...idp.issuedSecrets()];
    expect(secrets.filter((secret) => secret !== "" && reported.includes(secret))).toEqual([]);
  },
);

test.each([
  ["issuer", ECHO],
  ["token_endpoint", `http://idp.example/${ECHO}`],
])(
  "S-068 names the metadata's %s in one line of the log, and in no error or outcome",
  async (member, value) => {
    const { provider, idp, events } = await simulateSignIn();
    idp.lie(metadataMember(member, value));
    const error = (await provider.beginLogin().catch((thrown: unknown) => thrown)) as Error;
    const request = { refreshToken: "refresh-secret", resource: "", iss: CONFIG.issuer ?? "", sub: "ada" };
    const ends = [
      String(error),
      error.stack,
      await provider.refreshGrant(request),
      await provider.revoke("a"),
    ];
    expect(JSON.stringify(ends)).not.toContain(ECHO);
    const naming = events.filter((event) => JSON.stringify(event).includes(ECHO));
    expect(naming.length).toBeGreaterThan(0);
    for (const { event, ...fields } of naming) {
      expect(event).toBe("metadata_failed");
      const { advice, ...others } = fields as { readonly advice?: string };
      expect(advice).toContain(ECHO);
      expect(JSON.stringify(others)).not.toContain(ECHO);
    }
  },
);

test("S-135 names no user, password or query of an address that the metadata holds", async () => {
  const { provider, idp, events } = await simulateSignIn();
  for (const member of ["issuer", "jwks_uri", "revocation_endpoint"]) {
    idp.stopLying();
    idp.lie(
      metadataMember(member, `https://${ECHO}:${ECHO}@idp.example/x?token=${ECHO}&a=${ECHO}#${member}`),
    );
    await provider.discover().catch(() => undefined);
  }
  expect(events.length).toBeGreaterThan(2);
  expect(JSON.stringify(events)).not.toContain(ECHO);
});

test("S-068 logs no secret of a life that goes well", async () => {
  const { provider, idp, events, signInAndKeep } = await simulateSignIn();
  const kept = await signInAndKeep();
  await provider.refreshGrant(kept);
  await provider.refreshGrant(kept);
  await provider.revoke(kept.refreshToken);
  expect(events.length).toBeGreaterThan(1);
  const logged = JSON.stringify(events);
  expect(idp.issuedSecrets().length).toBeGreaterThan(5);
  expect(idp.issuedSecrets().filter((secret) => logged.includes(secret))).toEqual([]);
});
