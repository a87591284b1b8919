import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { HOME, startTestParty, type TestParty } from "./relying-party.fixture.ts";
import { signOutByForm } from "./scripted/sign-in-by-form.ts";

let party: TestParty;
let listener: Server;
let answerStatus = 200;
const received: string[] = [];

beforeAll(async () => {
  listener = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      received.push(new URLSearchParams(body).get("logout_token") ?? "");
      response.writeHead(answerStatus).end();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  party = await startTestParty({}, { backchannelLogoutUri: `http://127.0.0.1:${port}/backchannel` });
});
afterAll(async () => {
  await party.idp.close();
  listener.closeAllConnections();
  listener.close();
});
beforeEach(() => {
  received.length = 0;
  answerStatus = 200;
});

async function verifyLogoutToken(token = "") {
  expect(decodeProtectedHeader(token).typ).toBe("logout+jwt");
  const jwks = createRemoteJWKSet(new URL("/jwks", party.idp.issuer));
  const { payload } = await jwtVerify(token, jwks, { issuer: party.idp.issuer, audience: "test-client" });
  expect(payload["events"]).toEqual({ "http://schemas.openid.net/event/backchannel-logout": {} });
  expect(payload.jti).toBeDefined();
  return payload;
}

describe("signing out at the provider", () => {
  it("comes back to the application, ends the session, and kills its refresh tokens", async () => {
    const { tokens, refreshToken, jar } = await party.signIn();
    const url = client.buildEndSessionUrl(party.config, {
      id_token_hint: tokens.id_token ?? "",
      post_logout_redirect_uri: HOME,
      state: "bye",
    });
    expect(await signOutByForm({ endSessionUrl: url.href, cookieJar: jar })).toBe(`${HOME}?state=bye`);
    const answer = await party.post("/token", { grant_type: "refresh_token", refresh_token: refreshToken });
    expect(answer.status).toBe(400);
    const silent = await party.authorizationUrl({ prompt: "none" });
    const next = await fetch(silent.url, {
      redirect: "manual",
      headers: { cookie: jar.headerFor(silent.url) },
    });
    expect(next.headers.get("location")).toContain("error=login_required");
  });

  it("tells the application by back-channel, naming session and person", async () => {
    const { tokens, jar } = await party.signIn();
    const url = client.buildEndSessionUrl(party.config, { id_token_hint: tokens.id_token ?? "" });
    const confirm = signOutByForm({ endSessionUrl: url.href, cookieJar: jar });
    // Without a post-logout URI the pages end at the provider.
    await expect(confirm).rejects.toMatchObject({ code: "sign_in_refused" });
    expect(received).toHaveLength(1);
    const payload = await verifyLogoutToken(received[0]);
    expect(payload).toMatchObject({ sid: tokens.claims()?.["sid"], sub: "ada" });
  });

  it("refuses a post-logout URI that nobody registered", async () => {
    const { tokens } = await party.signIn();
    const url = client.buildEndSessionUrl(party.config, {
      id_token_hint: tokens.id_token ?? "",
      post_logout_redirect_uri: "https://evil.example/",
    });
    const answer = await fetch(url, { redirect: "manual", headers: { accept: "text/html" } });
    expect(answer.status).toBe(400);
  });
});

describe("back-channel logout by the control API", () => {
  it.each([
    { by: "sid" as const, hasSid: true, hasSub: false },
    { by: "sub" as const, hasSid: false, hasSub: true },
    { by: "both" as const, hasSid: true, hasSub: true },
  ])("by $by names just that", async ({ by, hasSid, hasSub }) => {
    await party.control.endSession("ines");
    const { tokens } = await party.signIn("ines");
    const sid = tokens.claims()?.["sid"] as string;
    const sent = await party.control.sendBackchannelLogout({ user: "ines", by });
    expect(sent).toEqual([{ clientId: "test-client", status: 200, ...(hasSid ? { sid } : {}) }]);
    const payload = await verifyLogoutToken(received[0]);
    expect(payload["sid"]).toBe(hasSid ? sid : undefined);
    expect(payload.sub).toBe(hasSub ? "ines" : undefined);
  });

  it("repeats a token's id and names a given session on request", async () => {
    await party.control.sendBackchannelLogout({ user: "ada", by: "sid", sid: "gone", jti: "same" });
    await party.control.sendBackchannelLogout({ user: "ada", by: "sid", sid: "gone", jti: "same" });
    for (const token of received) {
      expect(await verifyLogoutToken(token)).toMatchObject({ sid: "gone", jti: "same" });
    }
    expect(received).toHaveLength(2);
  });

  it("reports what the application answered", async () => {
    answerStatus = 400;
    const sent = await party.control.sendBackchannelLogout({ user: "ada", by: "sub" });
    expect(sent).toEqual([{ clientId: "test-client", status: 400 }]);
  });

  it("ends nothing at the provider", async () => {
    const { refreshToken } = await party.signIn("ada");
    await party.control.sendBackchannelLogout({ user: "ada" });
    const answer = await party.post("/token", { grant_type: "refresh_token", refresh_token: refreshToken });
    expect(answer.status).toBe(200);
  });
});

describe.each(["RS256", "PS256", "ES256"] as const)(
  "a client whose ID tokens are signed by %s",
  (algorithm) => {
    it("gets its logout tokens signed by the same", async () => {
      const { port } = listener.address() as AddressInfo;
      const other = await startTestParty(
        {},
        { backchannelLogoutUri: `http://127.0.0.1:${port}/other`, idTokenSigningAlgorithm: algorithm },
      );
      await other.control.sendBackchannelLogout({ user: "ada", by: "sub" });
      const [token = ""] = received;
      expect(decodeProtectedHeader(token).alg).toBe(algorithm);
      const jwks = createRemoteJWKSet(new URL("/jwks", other.idp.issuer));
      expect((await jwtVerify(token, jwks)).payload.sub).toBe("ada");
      await other.idp.close();
    });
  },
);
