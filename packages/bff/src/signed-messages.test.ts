import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { listenOnLoopback, type ListeningServer } from "@coatcheck/testkit/node";
import { afterEach, describe, expect, it } from "vitest";
import { takeBoundTokensAlone } from "../fixtures/dpop-api.ts";
import { ORIGIN, startRig } from "../fixtures/rig.ts";
import type { Rig, RigOptions } from "../fixtures/rig.ts";

let rig: Rig;
const servers: ListeningServer[] = [];
afterEach(async () => {
  await rig.close();
  for (const server of servers.splice(0)) await server.close();
});

/** Hands what the provider sends to the BFF, which listens nowhere. @returns where the provider finds it */
async function startRelay(): Promise<string> {
  const relay = createServer((request, response) => {
    void (async () => {
      const answer = await rig.bff.app.request(`${ORIGIN}/bff/backchannel-logout`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", host: new URL(ORIGIN).host },
        body: await text(request),
      });
      response.writeHead(answer.status).end();
    })();
  });
  const server = await listenOnLoopback(relay);
  servers.push(server);
  return `${server.origin}/`;
}

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const kid = "signing";
const PUBLISHED = { keys: [{ ...publicKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" }] };
const CLIENT_KEYS = JSON.stringify({ keys: [{ ...privateKey.export({ format: "jwk" }), kid }] });

/** An application with keys, at a real provider that knows them. */
function startSigning(options: RigOptions): Promise<Rig> {
  return startRig({
    ...options,
    client: { tokenEndpointAuthMethod: "private_key_jwt", jwks: PUBLISHED, ...options.client },
    provider: { clientKeys: CLIENT_KEYS, ...options.provider },
  });
}

describe("signed messages, at a real provider", () => {
  it.each(["never", "required"] as const)(
    "S-024: requests and answers are signed, and pushed: %s",
    async (pushedRequests) => {
      rig = await startSigning({
        idp: { signedRequests: "required", signedResponses: true, pushedRequests },
        provider: { signedRequests: true, signedResponses: true, pushedRequests },
      });
      const browser = rig.browser();
      const callback = await rig.walkToCallback(browser, { returnTo: "/notes" });
      expect([...new URL(callback, "https://app.example").searchParams.keys()]).toEqual(["response"]);
      const landed = await browser.navigate(callback, "cross-site");
      expect(landed.headers.get("location")).toBe("/notes");
      expect((await browser.fetch("/api/notes/1")).status).toBe(200);
      // The same answer once more signs nobody in.
      expect((await rig.browser().navigate(callback, "cross-site")).headers.get("location")).toBe(
        "/?signin=expired",
      );
    },
  );

  it("a person who declines lands in the app, though the answer is signed", async () => {
    rig = await startSigning({ idp: { signedResponses: true }, provider: { signedResponses: true } });
    const browser = rig.browser();
    const begun = await browser.navigate("/bff/login?prompt=none");
    const answered = await fetch(begun.headers.get("location") ?? "", { redirect: "manual" });
    const { search } = new URL(answered.headers.get("location") ?? "");
    expect(search).toMatch(/^\?response=/u);
    const landed = await browser.navigate(`/bff/callback${search}`, "cross-site");
    expect(landed.headers.get("location")).toBe("/?signin=login_required");
  });

  it("what is asked for in detail is granted in the token, and refused where the provider doesn't know it", async () => {
    const detail = { type: "notes_export", actions: ["read"] };
    rig = await startSigning({
      idp: { authorizationDetailTypes: ["notes_export"] },
      provider: { authorizationDetails: JSON.stringify([detail]) },
    });
    const browser = rig.browser();
    await rig.signIn(browser);
    expect((await browser.fetch("/api/notes/1")).status).toBe(200);
    const token = String(rig.api.calls.at(-1)?.headers.authorization).replace("Bearer ", "");
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as object;
    expect(claims).toMatchObject({ authorization_details: [detail] });
    const session: unknown = await (await browser.fetch("/bff/session")).json();
    expect(session).toMatchObject({ state: "active", authorizationDetails: [detail] });
    expect(rig.log.map(({ event }) => event)).not.toContain("oauth_authorization_details_differ");

    const other = rig.instance({
      provider: { ...rig.config.provider, authorizationDetails: '[{"type":"unknown"}]' },
    });
    const asking = rig.browserOf(other, rig.browser());
    const begun = await asking.navigate("/bff/login");
    const answered = await fetch(begun.headers.get("location") ?? "", { redirect: "manual" });
    const { search } = new URL(answered.headers.get("location") ?? "");
    const landed = await asking.navigate(`/bff/callback${search}`, "cross-site");
    expect(landed.headers.get("location")).toBe("/?signin=misconfigured");
  });
});

describe('`security: "fapi2"`, at a real provider', () => {
  it.each([
    ["fapi2", "PS256"],
    ["fapi2-message-signing", "ES256"],
  ] as const)(
    "S-101: %s, with %s: signs in, refreshes, calls an API, and the provider signs people out",
    async (security, algorithm) => {
      const backchannelLogoutUri = await startRelay();
      const isSigned = security === "fapi2-message-signing";
      rig = await startSigning({
        config: { security },
        idp: {
          pushedRequests: "required",
          dpop: "required",
          dpopNonces: "each-call",
          signedRequests: isSigned ? "required" : "never",
          signedResponses: isSigned,
        },
        client: { idTokenSigningAlgorithm: algorithm, backchannelLogoutUri },
        // PS256 is what the profile takes by itself.
        provider: algorithm === "PS256" ? {} : { idTokenAlgorithms: [algorithm] },
      });
      takeBoundTokensAlone(rig.api, "once");
      const browser = rig.browser();
      expect((await rig.signIn(browser)).headers.get("location")).toBe("/");
      expect((await browser.fetch("/bff/refresh", { method: "POST" })).status).toBe(200);
      expect((await browser.fetch("/api/notes/1")).status).toBe(200);
      expect((await browser.fetch("/bff/userinfo")).status).toBe(200);
      const sent = await rig.control.sendBackchannelLogout({ user: "ada", by: "both" });
      expect(sent.map(({ status }) => status)).toEqual([200]);
      rig.advance(2_000);
      const session: unknown = await (await browser.fetch("/bff/session")).json();
      expect(session).toMatchObject({ state: "anonymous", reason: "revoked" });
      expect(rig.idp.counters()).toMatchObject({ reuseDetected: 0 });
    },
  );
});
