import { randomBytes } from "node:crypto";
import {
  ABSENT,
  authorizationError,
  authorizationParameter,
  hugeBody,
  idTokenClaim,
  idTokenSignedByStranger,
  metadataMember,
  redirect,
  replacedReply,
  tokenResponseMember,
  userinfoClaim,
} from "@coatcheck/testkit";
import type { Lie } from "@coatcheck/testkit";
import { describe, expect, it } from "vitest";
import { createEvilWorld, EVIL_ORIGIN } from "../fixtures/evil-world.ts";

const ORIGIN = EVIL_ORIGIN;

describe("over https", () => {
  it("S-055 S-121: cookies are __Host-, Secure, HttpOnly; every answer carries HSTS", async () => {
    const { signIn, browser } = await createEvilWorld();
    const landed = await signIn();
    for (const line of landed.headers.getSetCookie()) {
      const isHint = line.startsWith("__Secure-coatcheck-logout=");
      expect(isHint || line.startsWith("__Host-coatcheck-")).toBe(true);
      expect(line.split("; ")).toEqual(
        expect.arrayContaining(["Secure", "HttpOnly", isHint ? "Path=/bff/logout" : "Path=/"]),
      );
      expect(line).not.toMatch(/domain/iu);
    }
    for (const answer of [landed, await browser.fetch("/bff/session"), await browser.fetch("/bff/unknown")]) {
      expect(answer.headers.get("strict-transport-security")).toBe("max-age=63072000; includeSubDomains");
    }
  });
});

describe("over plain http", () => {
  it("S-073: nothing is set that a browser would send there, and a cookie by development's name is nobody's", async () => {
    const { signIn, browser, bff, sessions } = await createEvilWorld();
    const landed = await signIn();
    for (const line of landed.headers.getSetCookie()) expect(line).toMatch(/^__(?:Host|Secure)-.*; Secure;/u);
    const [name = ""] = sessions();
    const value = browser.cookies.get(name)?.value ?? "";
    const plain = await bff.app.request(`${ORIGIN}/bff/session`, {
      headers: {
        "x-coatcheck": "1",
        cookie: ["coatcheck-443-", "coatcheck-80-", "coatcheck-"]
          .map((prefix) => `${prefix}${name.slice(-8)}=${value}`)
          .join("; "),
      },
    });
    expect(await plain.json()).toMatchObject({ state: "anonymous", reason: "none" });
  });
});

describe("a provider that lies at sign-in", () => {
  it.each<readonly [string, readonly Lie[], string]>([
    ["S-039: an ID token signed by a stranger", [idTokenSignedByStranger()], "failed"],
    ["S-022: another iss", [authorizationParameter("iss", "https://evil.example")], "failed"],
    [
      "S-025: an error with a page in it",
      [authorizationError("access_denied", "<script>alert(1)</script>\r\nx: y")],
      "declined",
    ],
    ["S-025: a scope that isn't granted", [authorizationError("invalid_scope")], "invalid_scope"],
    ["S-025: a client that may not", [authorizationError("unauthorized_client")], "misconfigured"],
    ["S-025: a dialog that wasn't allowed", [authorizationError("login_required")], "login_required"],
    ["S-025: a policy", [authorizationError("admin_policy_enforced")], "not_allowed"],
    [
      "S-025: too weak a sign-in",
      [authorizationError("unmet_authentication_requirements")],
      "step_up_failed",
    ],
    ["a client secret that is refused", [replacedReply("token", { status: 401, body: "" })], "misconfigured"],
    ["S-025: a code that nobody defined", [authorizationError("<script>")], "failed"],
    ["S-027: a token endpoint that redirects", [redirect("token", "https://elsewhere.example/")], "failed"],
    [
      "S-142: a token endpoint that talks HTML",
      [replacedReply("token", { status: 200, headers: { "content-type": "text/html" }, body: "<p>" })],
      "failed",
    ],
    [
      "S-142: a token endpoint that is down",
      [replacedReply("token", { status: 503, body: null })],
      "unavailable",
    ],
  ])("%s ends with a fixed word, no session, and no use of its tokens", async (_, lies, outcome) => {
    const { idp, internet, browser, log, seen, sessions, signIn } = await createEvilWorld();
    idp.lie(...lies);
    const landed = await signIn();
    expect([landed.status, landed.headers.get("location")]).toEqual([303, `/?signin=${outcome}`]);
    expect(sessions()).toEqual([]);
    expect([...browser.cookies.keys()]).toEqual([]);
    expect(idp.requestsTo("userinfo")).toEqual([]);
    expect(internet.requestsTo("elsewhere.example")).toEqual([]);
    expect(log.filter(({ event }) => event === "sign_in_failed")).toHaveLength(1);
    const answered = seen.responses.slice(1).map(({ headers, body }) => [headers, body]);
    expect(JSON.stringify([log, answered])).not.toMatch(/script|alert/u);
  });

  it.each([
    ["invalid_scope", 400, "invalid_scope"],
    ["invalid_client", 401, "misconfigured"],
    ["<script>", 400, "failed"],
  ])(
    "S-025: a pushed request refused with %s leads back with a fixed word",
    async (error, status, outcome) => {
      const { idp, browser, log } = await createEvilWorld();
      const body = JSON.stringify({ error });
      idp.lie(
        metadataMember("require_pushed_authorization_requests", true),
        replacedReply("par", { status, body }),
      );
      const answer = await browser.navigate("/bff/login?returnTo=/notes");
      expect([answer.status, answer.headers.get("location")]).toEqual([303, `/notes?signin=${outcome}`]);
      expect([...browser.cookies.keys()]).toEqual([]);
      expect(log.at(-1)).toMatchObject({ level: "warn", event: "sign_in_failed" });
      expect(JSON.stringify(log)).not.toContain("script");
    },
  );

  it.each([
    ["invalid_client", 401, "client_refused"],
    ["invalid_grant", 400, "code_refused"],
  ])(
    "says in one line of the log that %s refused the code, with its status",
    async (error, status, reason) => {
      const { idp, log, signIn } = await createEvilWorld();
      idp.lie(replacedReply("token", { status, body: JSON.stringify({ error }) }));
      await signIn();
      expect(log.filter((line) => line["reason"] === reason || line["error"] === error)).toEqual([
        expect.objectContaining({ level: "warn", event: "sign_in_failed", reason, status, error }),
      ]);
    },
  );

  it("S-037: whose metadata names another issuer isn't used at all", async () => {
    const { idp, browser } = await createEvilWorld();
    idp.lie(metadataMember("issuer", "https://idp.example/"));
    const page = await browser.navigate("/bff/login");
    expect(page.status).toBe(503);
    expect(idp.requests.map(({ url }) => url.pathname)).not.toContain("/authorize");
  });

  it("S-067 S-146: whose answer doesn't fit into a cookie gets a word for it, once, and a log line that names the claim", async () => {
    const { idp, browser, log, sessions, signIn } = await createEvilWorld();
    idp.lie(idTokenClaim("name", randomBytes(6_000).toString("base64")));
    const landed = await signIn();
    expect(landed.headers.get("location")).toBe("/?signin=too_large");
    expect(sessions()).toEqual([]);
    expect([...browser.cookies.keys()]).toEqual([]);
    expect(log.find(({ event }) => event === "session_too_large")?.["largest"]).toMatch(/^user\.name \d+/u);
  });

  it("S-015 S-032: whose second answer doesn't fit costs the session that stays neither itself nor its grant", async () => {
    const { idp, bff, browser, signIn } = await createEvilWorld();
    await signIn();
    idp.lie(idTokenClaim("name", randomBytes(6_000).toString("base64")));
    expect((await signIn()).headers.get("location")).toBe("/?signin=too_large");
    await bff.drain();
    expect(idp.requestsTo("revocation")).toEqual([]);
    expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ state: "active" });
  });

  it.each([900, 1_100, 1_300, 1_500])(
    "S-147: whose tokens are large (access token %d bytes) never makes a browser's cookies outgrow a request, other sign-ins begun or not",
    async (bytes) => {
      const { idp, browser, sessions, signIn } = await createEvilWorld();
      idp.lie(idTokenClaim("name", randomBytes(660).toString("base64")));
      idp.lie(
        idTokenClaim("at_hash", ABSENT),
        tokenResponseMember("access_token", randomBytes(bytes).toString("hex").slice(bytes)),
      );
      await browser.navigate("/bff/login?returnTo=/a");
      await browser.navigate("/bff/login?returnTo=/b");
      await signIn();
      expect(sessions()).not.toEqual([]);
      const shown = [...browser.cookies.values()].map(({ name, value }) => name.length + value.length + 3);
      expect(shown.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(7_500);
    },
  );

  it("S-067: whose only answer doesn't fit has the refresh token revoked that nobody will ever spend", async () => {
    const { idp, bff, signIn } = await createEvilWorld();
    idp.lie(idTokenClaim("name", randomBytes(6_000).toString("base64")));
    await signIn();
    await bff.drain();
    expect(idp.requestsTo("revocation")).toHaveLength(1);
  });

  it("S-052: whose answers have no end are cut off", async () => {
    const { idp, signIn } = await createEvilWorld();
    idp.lie(hugeBody("token"));
    expect((await signIn()).headers.get("location")).toMatch(/^\/\?signin=(?:failed|unavailable)$/u);
  });

  it("without a refresh token signs in, says so, and logs what to change", async () => {
    const { idp, browser, log, signIn } = await createEvilWorld();
    idp.lie(tokenResponseMember("refresh_token", ABSENT));
    await signIn();
    expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({
      state: "active",
      refresh: "none",
    });
    const warnings = log.filter((line) => "advice" in line);
    expect(warnings).toMatchObject([
      { event: "no_refresh_token", advice: expect.stringContaining("OAUTH_SCOPE") },
    ]);
  });

  it("without a refresh token, says of an API with a resource of its own that it can't be called, now or later", async () => {
    const { idp, browser, log, signIn } = await createEvilWorld();
    idp.lie(tokenResponseMember("refresh_token", ABSENT));
    await signIn();
    const answer = await browser.fetch("/api/y/1");
    expect([answer.status, answer.headers.get("coatcheck-problem")]).toEqual([403, "resource_unavailable"]);
    expect(answer.headers.get("retry-after")).toBeNull();
    expect(log).toContainEqual(
      expect.objectContaining({ event: "resource_unavailable", resource: "https://api.example/" }),
    );
    expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ state: "active" });
  });

  it("S-069: the page sees allow-listed claims only, and of those no odd name", async () => {
    const { idp, browser, signIn } = await createEvilWorld();
    idp.lie(
      idTokenClaim("ssn", "078-05-1120"),
      idTokenClaim("groups", ["admin"]),
      idTokenClaim("name", { evil: true }),
      idTokenClaim("email", "ada@idp.example"),
    );
    await signIn();
    const view = (await (await browser.fetch("/bff/session")).json()) as { user: object };
    expect(view.user).toEqual({ sub: "ada", email: "ada@idp.example" });
  });
});

describe("a provider that hands out tokens in UserInfo", () => {
  it("S-053 S-068: none of them reaches the page, whatever they look like; the rest does", async () => {
    const { idp, browser, seen, signIn } = await createEvilWorld();
    await signIn();
    const tokens = idp.issuedSecrets().filter((secret) => /^(?:access|refresh)_|^eyJ/u.test(secret));
    expect(tokens).toHaveLength(3);
    idp.lie(
      ...tokens.map((token, index) =>
        userinfoClaim(`echo_${index}`, { note: `it is ${token}`, list: [token] }),
      ),
      userinfoClaim("_claim_names", { address: "src1" }),
      userinfoClaim("_claim_sources", {
        src1: { endpoint: "https://x.example/", access_token: "ksj3n283dke" },
      }),
      userinfoClaim("locale", "en"),
    );
    const answer = await browser.fetch("/bff/userinfo");
    expect([answer.status, await answer.json()]).toMatchObject([200, { sub: "ada", locale: "en" }]);
    const page = seen.responses.at(-1)?.body ?? "";
    expect([...tokens, "ksj3n283dke", "_claim"].filter((text) => page.includes(text))).toEqual([]);
  });
});

describe("secrets", () => {
  it("S-068 S-135: none that existed is in anything that the page or a log could see", async () => {
    const { idp, bff, browser, clock, clientSecret, cookieKey, log, seen, signIn } = await createEvilWorld();
    await signIn();
    for (let round = 0; round < 2; round += 1) {
      await clock.advance(301_000);
      await browser.fetch("/api/x/1");
      await browser.fetch("/bff/userinfo");
      await browser.fetch("/bff/validate", { method: "POST" });
      await browser.fetch("/bff/refresh", { method: "POST" });
      await browser.fetch("/bff/session");
    }
    idp.lie(replacedReply("token", { status: 400, body: '{"error":"invalid_grant"}' }));
    await clock.advance(301_000);
    await browser.fetch("/api/x/1");
    await browser.navigate("/bff/login");
    await browser.fetch("/bff/logout", { method: "POST" });
    await bff.drain();
    const secrets = [...idp.issuedSecrets(), clientSecret, cookieKey].filter((secret) => secret.length > 8);
    expect(secrets.length).toBeGreaterThan(8);
    // The callback's own address carries the code; everything after it must not.
    const visible = seen.responses.map(({ url, status, headers, body }) => [
      url.startsWith("/bff/callback") ? "" : url,
      status,
      headers,
      body,
    ]);
    const haystack = JSON.stringify([visible, log]);
    for (const secret of secrets) expect(haystack.includes(secret)).toBe(false);
    expect(JSON.stringify([visible, log, secrets[0]]).includes(secrets[0] ?? "")).toBe(true);
  });

  it("S-136 S-137: what happens is logged with a request id, hashed session and reason, one clean line each", async () => {
    const { browser, idp, log, signIn } = await createEvilWorld();
    await signIn();
    await browser.raw("/bff/session\u0000\n", {}).catch(() => undefined);
    await browser.raw("/api/x/%1b[31m", { headers: { "user-agent": "\u001b[31m" } });
    await browser.raw("/api/x/1", { headers: { "user-agent": "evil" } });
    await browser.navigate("/bff/callback?state=%0d%0aforged", "cross-site");
    await browser.fetch("/bff/logout", { method: "POST" });
    expect(idp.requests.length).toBeGreaterThan(0);
    const names = log.map(({ event }) => event);
    expect(names).toEqual(
      expect.arrayContaining([
        "sign_in_started",
        "sign_in",
        "guard_refused",
        "sign_in_failed",
        "session_ended",
        "sign_out",
      ]),
    );
    expect(log.find(({ event }) => event === "sign_in")).toMatchObject({
      requestId: expect.stringMatching(/^[\da-f]{16}$/u),
      session: expect.stringMatching(/^[\w-]{16}$/u),
    });
    expect(log.filter(({ event }) => event === "guard_refused")).toContainEqual(
      expect.objectContaining({ reason: "header_missing", route: "/api/x" }),
    );
    for (const line of log) {
      for (const value of Object.values(line)) expect(String(value)).toMatch(/^[\x20-\x7e]*$/u);
    }
    expect(JSON.stringify(log)).not.toMatch(/forged|31m|evil/u);
  });
});
