import { SIGN_IN_OUTCOMES } from "@coatcheck/contract";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createFakePage } from "../suite/fake-page.ts";
import { createScriptedBff, NOON, signedInView, type ScriptedBff } from "../suite/scripted-bff.ts";
import { createClient } from "./client.ts";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

let ticks = 0;
const clock = () => NOON + (ticks += 1);
const asAda = (ticket: string) => () => signedInView(NOON, { now: clock(), ticket });
const nobody =
  (reason: "none" | "revoked" = "none") =>
  () =>
    ({ state: "anonymous", reason, now: clock() }) as const;

/** A tab of one browser; `path` is where it was opened. */
async function openTab(bff: ScriptedBff, channelName: string, path = "/", isHidden = false) {
  const page = createFakePage(navigator.locks);
  page.goTo(path);
  if (isHidden) page.show(false);
  const client = createClient({ fetch: bff.fetch, page, channelName, now: clock });
  stops.push(client.start());
  await client.session.check();
  return { page, client };
}

async function endedPage() {
  const bff = createScriptedBff(asAda("0001"));
  const name = crypto.randomUUID();
  const tab = await openTab(bff, name);
  bff.session = nobody("revoked");
  await tab.client.session.check();
  return { bff, name, ...tab };
}

describe("signing in in a window", () => {
  it("opens the login with a way back that says it is a window, and ends when the server knows the person", async () => {
    const { bff, name, client, page } = await endedPage();
    const result = client.signIn({ loginHint: "ada" });
    expect(page.opened).toEqual(["/bff/login?returnTo=%2F%3Fsignin-window%3D1&login_hint=ada"]);
    expect(page.left).toEqual([]);
    bff.session = asAda("0002");
    const popup = await openTab(bff, name, "/?signin-window=1");
    expect(await result).toEqual({ kind: "signed_in" });
    expect(popup.client.arrival()).toEqual({ outcome: undefined, isWindow: true });
    expect(popup.page.isClosed).toBe(true);
    expect(popup.page.location.href).toBe("http://localhost:3000/");
    expect(client.session.get()).toMatchObject({ ticket: "0002" });
  });

  it("opens the login of the provider that the page names", async () => {
    const { client, page } = await endedPage();
    void client.signIn({ provider: "partner", loginHint: "ada" });
    expect(page.opened).toEqual(["/bff/login/partner?returnTo=%2F%3Fsignin-window%3D1&login_hint=ada"]);
  });

  it("ends when the page itself finds out, without a word from the window", async () => {
    const { bff, client } = await endedPage();
    const result = client.signIn();
    bff.session = asAda("0002");
    await client.session.check();
    expect(await result).toEqual({ kind: "signed_in" });
  });

  it("says that somebody else has signed in", async () => {
    const { bff, client } = await endedPage();
    const result = client.signIn();
    bff.session = () => signedInView(NOON, { now: clock(), userKey: "key-of-ines" });
    await client.session.check();
    expect(await result).toEqual({ kind: "other_person" });
  });

  it.each(SIGN_IN_OUTCOMES)("says how it failed, in the window and in the page: %s", async (outcome) => {
    const { bff, name, client } = await endedPage();
    const result = client.signIn();
    const popup = await openTab(bff, name, `/?signin-window=1&signin=${outcome}`);
    expect(await result).toEqual({ kind: "failed", outcome });
    expect(popup.client.arrival()).toEqual({ outcome, isWindow: true });
    expect(popup.page.isClosed).toBe(false);
  });

  it("hands out a link where the browser blocks windows", async () => {
    const { client, page } = await endedPage();
    page.blockWindows();
    expect(await client.signIn()).toEqual({
      kind: "blocked",
      href: "/bff/login?returnTo=%2F%3Fsignin-window%3D1",
    });
  });

  it("gives way to a second try", async () => {
    const { client } = await endedPage();
    const first = client.signIn();
    void client.signIn();
    expect(await first).toEqual({ kind: "superseded" });
  });
});

describe("the address of the page", () => {
  it.each([
    ["/?signin=declined", "declined", "/"],
    ["/notes/7?x=1&signin=expired#end", "expired", "/notes/7?x=1#end"],
    ["/?signin=hacked", undefined, "/"],
    ["/notes/7?x=1", undefined, "/notes/7?x=1"],
  ])("is read once and cleaned: %s", async (path, outcome, rest) => {
    const { client, page } = await openTab(createScriptedBff(nobody()), crypto.randomUUID(), path);
    expect(client.arrival()).toEqual({ outcome, isWindow: false });
    expect(page.location.href).toBe(`http://localhost:3000${rest}`);
    client.start()();
    expect(client.arrival().outcome).toBe(outcome);
  });
});

describe("requireSession", () => {
  it("gives the session where there is one, and stays", async () => {
    const { client, page } = await openTab(createScriptedBff(asAda("0001")), crypto.randomUUID());
    expect(await client.requireSession()).toMatchObject({ ticket: "0001" });
    expect(page.left).toEqual([]);
  });

  it("leaves for the sign-in where there is none", async () => {
    const { client, page } = await openTab(createScriptedBff(nobody()), crypto.randomUUID(), "/notes/7");
    void client.requireSession({ acrValues: "urn:mfa", maxAge: 60, uiLocales: "de" });
    await vi.waitFor(() => expect(page.left).toHaveLength(1));
    const { searchParams } = new URL(page.left[0] ?? "", page.location.href);
    expect(Object.fromEntries(searchParams)).toEqual({
      returnTo: "/notes/7",
      acr_values: "urn:mfa",
      max_age: "60",
      ui_locales: "de",
    });
  });

  it("leaves from one of ten restored tabs, and all ten have the session afterwards", async () => {
    const bff = createScriptedBff(nobody());
    const name = crypto.randomUUID();
    const opened = await Promise.all(Array.from({ length: 10 }, () => openTab(bff, name)));
    const required = opened.map(({ client }) => client.requireSession());
    await vi.waitFor(() => expect(opened.flatMap(({ page }) => page.left)).toHaveLength(1));
    bff.session = asAda("0002");
    await openTab(bff, name);
    const sessions = await Promise.all(required);
    expect(sessions.map(({ ticket }) => ticket)).toEqual(Array.from({ length: 10 }, () => "0002"));
    expect(opened.flatMap(({ page }) => page.left)).toHaveLength(1);
  });

  it("waits in a hidden tab until it is shown", async () => {
    const bff = createScriptedBff(nobody());
    const { client, page } = await openTab(bff, crypto.randomUUID(), "/", true);
    const session = client.requireSession();
    await client.session.check();
    expect(page.left).toEqual([]);
    bff.session = asAda("0001");
    page.show(true);
    expect(await session).toMatchObject({ ticket: "0001" });
    expect(page.left).toEqual([]);
  });
});
