import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sessionListSchema } from "@coatcheck/contract";
import type { SessionListView, SessionView } from "@coatcheck/contract";
import { createMemoryLedger, TokensError } from "@coatcheck/tokens";
import type { Ledger } from "@coatcheck/tokens";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Browser } from "../fixtures/browser.ts";
import { startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import type { Bff } from "./create-bff.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

let folder: string;
let rig: Rig;
let bff: Bff;
let ledger: Ledger;
let isBroken = false;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coatcheck-sessions-"));
  ledger = createSqliteLedger({ file: join(folder, "ledger.db") });
  const breaking: Ledger = {
    ...ledger,
    entomb: (request) =>
      isBroken ? Promise.reject(new TokensError("ledger_unreachable", "in trouble")) : ledger.entomb(request),
  };
  rig = await startRig({ config: { session: { isListed: true } }, ledger: () => breaking });
  bff = rig.bff;
});
afterAll(async () => {
  await rig.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  isBroken = false;
});

async function signedIn(user: "ada" | "ines" = "ada"): Promise<Browser> {
  const browser = rig.browser();
  await rig.signIn(browser, { user });
  return browser;
}

async function list(browser: Browser): Promise<SessionListView> {
  // Sessions are noted beside their sign-in.
  await rig.bff.drain();
  const answer = await browser.fetch("/bff/sessions", { headers: { "user-agent": FIREFOX } });
  expect(answer.status).toBe(200);
  return sessionListSchema.parse(await answer.json());
}

function post(browser: Browser, path: string, body: unknown, headers: Record<string, string> = {}) {
  return browser.fetch(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
}

async function viewOf(browser: Browser): Promise<SessionView> {
  return (await (await browser.fetch("/bff/session")).json()) as SessionView;
}

function problemOf(answer: Response): readonly [number, string | null] {
  return [answer.status, answer.headers.get("coatcheck-problem")];
}

/** Nobody is signed in anywhere. */
async function leave(...browsers: readonly Browser[]): Promise<void> {
  for (const browser of browsers) await post(browser, "/bff/logout", {});
}

describe("GET /bff/sessions", () => {
  it("lists the person's sessions in all browsers, with nothing that leads to one", async () => {
    const [laptop, phone, stranger] = [await signedIn(), await signedIn(), await signedIn("ines")];
    const { sessions } = await list(laptop);
    expect(sessions).toHaveLength(2);
    expect(sessions.filter(({ isCurrent }) => isCurrent)).toHaveLength(1);
    const view = await viewOf(laptop);
    expect(sessions.find(({ isCurrent }) => isCurrent)).toMatchObject({
      ticket: "ticket" in view ? view.ticket : "",
      signedInAt: expect.any(Number),
      lastUsedAt: expect.any(Number),
    });
    const shown = JSON.stringify(sessions);
    for (const { value } of [...laptop.cookies.values(), ...phone.cookies.values()])
      expect(shown).not.toContain(value);
    expect((await list(stranger)).sessions).toHaveLength(1);
    await leave(laptop, phone, stranger);
  });

  it("says by which browser each was begun, in families, and keeps no address", async () => {
    const browser = rig.browser();
    const callback = await rig.walkToCallback(browser);
    await browser.navigate(callback, "cross-site", {
      headers: { "user-agent": FIREFOX, "x-forwarded-for": "198.51.100.7" },
    });
    const { sessions } = await list(browser);
    expect(sessions).toMatchObject([{ browser: "Firefox", system: "Linux" }]);
    const text = JSON.stringify(sessions);
    for (const hidden of ["198.51.100.7", "127.0.0.1", "145.0"]) expect(text).not.toContain(hidden);
    await leave(browser);
  });

  it("leaves out a session that was signed out, and one that was replaced", async () => {
    const [laptop, phone, tablet] = [await signedIn(), await signedIn(), await signedIn()];
    await leave(phone);
    await rig.signIn(tablet);
    expect((await list(laptop)).sessions).toHaveLength(2);
    await leave(laptop, tablet);
  });

  it("wants a session, and the person for whom the page was rendered", async () => {
    expect(problemOf(await rig.browser().fetch("/bff/sessions"))).toEqual([401, "no_session"]);
    const browser = await signedIn();
    const headers = { "x-coatcheck-user": "somebody-else" };
    expect(problemOf(await browser.fetch("/bff/sessions", { headers }))).toEqual([409, "user_changed"]);
    await leave(browser);
  });

  it("is told to the page by the session's extensions", async () => {
    const browser = await signedIn();
    expect(await viewOf(browser)).toMatchObject({ extensions: ["sessions"] });
    await leave(browser);
  });

  it.each(["/bff/sessions", "/bff/sessions/end"])(
    "S-074: %s refuses what our own page didn't send",
    async (path) => {
      const browser = await signedIn();
      for (const headers of [{}, { "sec-fetch-site": "cross-site", "x-coatcheck": "1" }]) {
        const method = path.endsWith("end") ? "POST" : "GET";
        expect(problemOf(await browser.raw(path, { method, headers }))).toEqual([403, "guard_refused"]);
      }
      await leave(browser);
    },
  );
});

describe("POST /bff/sessions/end", () => {
  it("ends another session, in every process, and answers with what is left", async () => {
    const [laptop, phone] = [await signedIn(), await signedIn()];
    const elsewhere = rig.instance();
    await elsewhere.ready();
    const phoneElsewhere = rig.browserOf(elsewhere, phone);
    const other = (await list(laptop)).sessions.find(({ isCurrent }) => !isCurrent);
    const answer = await post(laptop, "/bff/sessions/end", { id: other?.id });
    expect(sessionListSchema.parse(await answer.json()).sessions).toMatchObject([{ isCurrent: true }]);
    expect(await viewOf(phone)).toMatchObject({ state: "anonymous", reason: "revoked" });
    await expect.poll(() => viewOf(phoneElsewhere)).toMatchObject({ state: "anonymous", reason: "revoked" });
    expect(problemOf(await phoneElsewhere.fetch("/api/plain/1"))).toEqual([401, "no_session"]);
    expect(await viewOf(laptop)).toMatchObject({ state: "active" });
    expect(rig.log).toContainEqual(
      expect.objectContaining({ event: "session_ended", session: other?.id, reason: "revoked" }),
    );
    await leave(laptop);
  });

  it("ends nobody else's, and says nothing of it", async () => {
    const [ada, ines] = [await signedIn(), await signedIn("ines")];
    const id = (await list(ines)).sessions[0]?.id;
    const answer = await post(ada, "/bff/sessions/end", { id });
    expect(answer.status).toBe(200);
    expect(await viewOf(ines)).toMatchObject({ state: "active" });
    await leave(ada, ines);
  });

  it("refuses its own session, and a body of another shape", async () => {
    const browser = await signedIn();
    const own = (await list(browser)).sessions[0]?.id;
    for (const body of [{ id: own }, {}, { id: 7 }, []])
      expect(problemOf(await post(browser, "/bff/sessions/end", body))).toEqual([400, "bad_request"]);
    expect(await viewOf(browser)).toMatchObject({ state: "active" });
    await leave(browser);
  });
});

describe("signing out everywhere", () => {
  it("ends the person's sessions in all browsers and processes, and nobody else's; the next sign-in is good", async () => {
    const [laptop, phone, ines] = [await signedIn(), await signedIn(), await signedIn("ines")];
    const elsewhere = rig.instance();
    await elsewhere.ready();
    const phoneElsewhere = rig.browserOf(elsewhere, phone);
    const answer = await post(laptop, "/bff/logout", { everywhere: true });
    expect([answer.status, await answer.json()]).toEqual([200, { next: "/" }]);
    expect([...laptop.cookies.keys()]).toEqual([]);
    expect(await viewOf(phone)).toMatchObject({ state: "anonymous", reason: "revoked" });
    await expect.poll(() => viewOf(phoneElsewhere)).toMatchObject({ state: "anonymous", reason: "revoked" });
    expect(await viewOf(ines)).toMatchObject({ state: "active" });
    expect(rig.log).toContainEqual(expect.objectContaining({ event: "sign_out", everywhere: true }));
    await expect.poll(async () => (await rig.control.counters("ada")).revocations).toBeGreaterThan(0);
    // The same second by the provider's clock is the only one that counts as before.
    await expect
      .poll(
        async () => {
          const again = await signedIn();
          return (await viewOf(again)).state;
        },
        { interval: 300, timeout: 5_000 },
      )
      .toBe("active");
    await leave(ines);
  });

  it("is refused to a session that is over, to nobody, and to another person's page", async () => {
    const [laptop, phone] = [await signedIn(), await signedIn()];
    const copy = phone.copy();
    await leave(phone);
    for (const browser of [copy, rig.browser()])
      expect(problemOf(await post(browser, "/bff/logout", { everywhere: true }))).toEqual([
        401,
        "no_session",
      ]);
    const headers = { "x-coatcheck-user": "somebody-else" };
    const mistaken = await post(laptop, "/bff/logout", { everywhere: true }, headers);
    expect(problemOf(mistaken)).toEqual([409, "user_changed"]);
    expect(await viewOf(laptop)).toMatchObject({ state: "active" });
    await leave(laptop);
  });

  it("does nothing by halves: without the ledger the person stays signed in, and is told", async () => {
    const [laptop, phone] = [await signedIn(), await signedIn()];
    isBroken = true;
    const answer = await post(laptop, "/bff/logout", { everywhere: true });
    expect(problemOf(answer)).toEqual([503, "ledger_unavailable"]);
    for (const browser of [laptop, phone]) expect(await viewOf(browser)).toMatchObject({ state: "active" });
    isBroken = false;
    await leave(laptop, phone);
  });
});

describe("the setting session.isListed", () => {
  it("is refused with a ledger that dies with the process, and with one that has no list", () => {
    const memory = createMemoryLedger({
      nowMs: () => Date.now(),
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
    });
    const { indexSession: _, ...withoutList } = ledger;
    for (const unfit of [memory, withoutList]) {
      expect(() => rig.instance({}, { ledger: unfit })).toThrow(
        expect.objectContaining({
          code: "config_invalid",
          problems: [{ path: "session.isListed", fix: expect.stringContaining("SQLite") }],
        }),
      );
    }
  });

  it("is off by default: then there is neither list nor route, and everything else stays as it is", async () => {
    const plain = rig.instance({ session: {} });
    const browser = rig.browserOf(plain, await signedIn());
    expect(problemOf(await browser.fetch("/bff/sessions"))).toEqual([404, "unknown_route"]);
    expect(problemOf(await post(browser, "/bff/sessions/end", { id: "a" }))).toEqual([404, "unknown_route"]);
    expect(await viewOf(browser)).not.toHaveProperty("extensions");
    expect((await post(browser, "/bff/logout", { everywhere: true })).status).toBe(200);
    expect(bff.owns("/bff/sessions")).toBe(true);
  });
});
