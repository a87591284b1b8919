import { generateKeyPairSync } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { takeBoundTokensAlone } from "../fixtures/dpop-api.ts";
import { startRig } from "../fixtures/rig.ts";
import type { Rig, RigOptions } from "../fixtures/rig.ts";

let rig: Rig;
afterEach(() => rig.close());

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
  it.each(["fapi2", "fapi2-message-signing"] as const)(
    "%s: signs in, refreshes, calls an API and signs out",
    async (security) => {
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
        // The development provider signs by RS256 unless its keys say otherwise.
        client: { idTokenSigningAlgorithm: "ES256" },
        provider: { idTokenAlgorithms: ["ES256"] },
      });
      takeBoundTokensAlone(rig.api, "once");
      const browser = rig.browser();
      expect((await rig.signIn(browser)).headers.get("location")).toBe("/");
      expect((await browser.fetch("/bff/refresh", { method: "POST" })).status).toBe(200);
      expect((await browser.fetch("/api/notes/1")).status).toBe(200);
      expect((await browser.fetch("/bff/userinfo")).status).toBe(200);
      expect((await browser.fetch("/bff/logout", { method: "POST" })).status).toBe(200);
      expect(rig.idp.counters()).toMatchObject({ reuseDetected: 0 });
    },
  );
});
