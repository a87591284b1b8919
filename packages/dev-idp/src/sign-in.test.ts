import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCookieJar, type CookieJar } from "./scripted/cookie-jar.ts";
import { CALLBACK, startTestParty, type TestParty } from "./relying-party.fixture.ts";
import { signInByForm } from "./scripted/sign-in-by-form.ts";

let party: TestParty;
let strangers: TestParty;
beforeAll(async () => {
  party = await startTestParty();
  strangers = await startTestParty({ appName: `Tom & "Co" <b>` }, { firstParty: false });
});
afterAll(async () => {
  await party.idp.close();
  await strangers.idp.close();
});

async function visit(jar: CookieJar, url: URL, form?: Record<string, string>): Promise<Response> {
  const response = await fetch(url, {
    redirect: "manual",
    headers: { accept: "text/html", cookie: jar.headerFor(url) },
    ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
  });
  jar.accept(url, response.headers.getSetCookie());
  const location = response.headers.get("location");
  if (location === null || new URL(location, url).origin !== url.origin) return response;
  return visit(jar, new URL(location, url));
}

async function openSignInPage(at: TestParty = party, params: Record<string, string> = {}) {
  const jar = createCookieJar();
  const { url } = await at.authorizationUrl(params);
  const response = await visit(jar, url);
  const html = await response.text();
  const path = /action="(\/interaction\/[^/"]+)/.exec(html)?.[1] ?? "";
  return { jar, response, html, target: (name: string) => new URL(`${path}/${name}`, at.idp.issuer) };
}

describe("the sign-in page", () => {
  it("allows no script, no other origin, and forms that lead to itself or back to the client", async () => {
    const { response, html } = await openSignInPage();
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`form-action 'self' ${new URL(CALLBACK).origin}`);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    const [, style = ""] = /<style>(.*?)<\/style>/s.exec(html) ?? [];
    expect(policy).toContain(`'sha256-${createHash("sha256").update(style).digest("base64")}'`);
    expect(html).not.toMatch(/<script|https?:\/\/(?!127\.0\.0\.1)| style=| on[a-z]+=/i);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it("has a label for each field, its own address, and the people who exist", async () => {
    const { html } = await openSignInPage();
    for (const field of ["username", "password"]) {
      expect(html).toContain(`<label for="${field}">`);
      expect(html).toMatch(new RegExp(`id="${field}"\\s+name="${field}"`));
    }
    expect(html).toContain(`<b>${new URL(party.idp.issuer).host}</b>`);
    expect(html).toContain("Ada Lindqvist");
    expect(html).toContain("Ines Okafor");
  });

  it("comes back with an alert and the user name, not the password, when they do not match", async () => {
    const { jar, target } = await openSignInPage();
    const response = await visit(jar, target("sign-in"), { username: `ada"><i>`, password: "guess-me" });
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(html).toContain('role="alert"');
    expect(html).toContain('value="ada&quot;&gt;&lt;i&gt;"');
    expect(html).not.toContain("guess-me");
    const second = await visit(jar, target("sign-in"), { username: " ADA ", password: "ticket" });
    expect(second.headers.get("location")).toContain(`${CALLBACK}?code=`);
  });

  it("takes a person who cancels back to the application", async () => {
    const { jar, target } = await openSignInPage();
    const response = await visit(jar, target("cancel"), {});
    const location = new URL(response.headers.get("location") ?? "");
    expect(location.origin + location.pathname).toBe(CALLBACK);
    expect(location.searchParams.get("error")).toBe("access_denied");
    expect(location.searchParams.get("state")).toBe("test-state");
  });

  it("knows each person's own password", async () => {
    const jonas = { sub: "j1", username: "jonas", password: "umbrella", claims: { name: "Jonas Berg" } };
    const other = await startTestParty({ users: [jonas] });
    const signIn = async (password: string) => {
      const { url } = await other.authorizationUrl();
      return signInByForm({ authorizationUrl: url.href, username: "jonas", password });
    };
    await expect(signIn("ticket")).rejects.toMatchObject({ code: "sign_in_refused" });
    expect(await signIn("umbrella")).toContain("code=");
    await other.idp.close();
  });

  it("fills in the login hint", async () => {
    const { html } = await openSignInPage(party, { login_hint: "ines" });
    expect(html).toContain('value="ines"');
  });

  it("is no good to a browser that did not open it", async () => {
    const { target } = await openSignInPage();
    const response = await visit(createCookieJar(), target("sign-in"), {
      username: "ada",
      password: "ticket",
    });
    expect(response.status).toBe(400);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  it("serves two tabs of one browser that sign in at once", async () => {
    const jar = createCookieJar();
    const first = await party.authorizationUrl();
    const second = await party.authorizationUrl();
    const pages = [];
    for (const { url } of [first, second]) pages.push(await (await visit(jar, url)).text());
    for (const html of pages) {
      const action = /action="([^"]+)"/.exec(html)?.[1] ?? "";
      const response = await visit(jar, new URL(action, party.idp.issuer), {
        username: "ada",
        password: "ticket",
      });
      expect(response.headers.get("location")).toContain(`${CALLBACK}?code=`);
    }
  });

  it.each(["login", "select_account"])(
    "is shown again to a person who is signed in, for prompt=%s",
    async (prompt) => {
      const { jar } = await party.signIn("ada");
      const { url } = await party.authorizationUrl({ prompt });
      expect(await (await visit(jar, url)).text()).toContain('data-page="sign-in"');
      const { tokens } = await party.signIn("ada", jar, { prompt });
      expect(tokens.claims()?.sub).toBe("ada");
    },
  );

  it("lets another person sign in, and ends the first one's session and grant", async () => {
    const ada = await party.signIn("ada");
    const ines = await party.signIn("ines", ada.jar, { prompt: "login" });
    expect(ines.tokens.claims()?.sub).toBe("ines");
    const answer = await party.post("/token", {
      grant_type: "refresh_token",
      refresh_token: ada.refreshToken,
    });
    expect(answer.status).toBe(400);
  });

  it("is not shown to a person who is signed in here", async () => {
    const { jar } = await party.signIn("ada");
    const { url } = await party.authorizationUrl();
    expect((await visit(jar, url)).headers.get("location")).toContain(`${CALLBACK}?code=`);
  });

  it("fails for a wrong password with a typed error in scripted sign-ins", async () => {
    const { url } = await party.authorizationUrl();
    const attempt = signInByForm({ authorizationUrl: url.href, username: "ada", password: "wrong" });
    await expect(attempt).rejects.toMatchObject({ code: "sign_in_refused" });
  });
});

describe("the consent page", () => {
  it("is shown for prompt=consent, and allowing gives tokens", async () => {
    const { jar } = await party.signIn("ada");
    const { url } = await party.authorizationUrl({ prompt: "consent" });
    const html = await (await visit(jar, url)).text();
    expect(html).toContain('data-page="consent"');
    expect(html).toContain("Read your notes");
    const { tokens } = await party.signIn("ada", jar, { prompt: "consent" });
    expect(tokens.refresh_token).toBeDefined();
  });

  it("is shown once for a client that is not trusted from the start, with its name as text", async () => {
    const jar = createCookieJar();
    const { html, target } = await openSignInPage(strangers);
    expect(html).toContain("Tom &amp; &quot;Co&quot; &lt;b&gt;");
    expect(target("consent").pathname).toContain("/interaction/");
    const { tokens } = await strangers.signIn("ada", jar);
    expect(tokens.scope).toContain("openid");
    const again = await strangers.authorizationUrl();
    expect((await visit(jar, again.url)).headers.get("location")).toContain(`${CALLBACK}?code=`);
  });

  it("gives nothing to a person who cancels", async () => {
    const jar = createCookieJar();
    const { url } = await strangers.authorizationUrl();
    const signInHtml = await (await visit(jar, url)).text();
    const signIn = /action="([^"]+)"/.exec(signInHtml)?.[1] ?? "";
    const consent = await visit(jar, new URL(signIn, url), { username: "ines", password: "ticket" });
    const cancel = /formaction="([^"]+)"/.exec(await consent.text())?.[1] ?? "";
    const response = await visit(jar, new URL(cancel, url), {});
    expect(response.headers.get("location")).toContain("error=access_denied");
  });

  it("can't be answered in place of the sign-in page", async () => {
    const { jar, target } = await openSignInPage();
    expect((await visit(jar, target("consent"), {})).status).toBe(404);
  });
});

describe("the problem page", () => {
  it("names the error for a client that nobody registered, as text", async () => {
    const url = new URL(`/auth?client_id=%3Cscript%3E&response_type=code`, party.idp.issuer);
    const response = await visit(createCookieJar(), url);
    expect(response.status).toBe(400);
    const html = await response.text();
    expect(html).toContain("invalid_client");
    expect(html).not.toContain("<script>");
  });
});
