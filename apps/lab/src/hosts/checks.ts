import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import type { SessionView } from "@coatcheck/contract";
import { createHttpBrowser, type HttpBrowser } from "@coatcheck/demo";
import { sleep } from "../torture/stage/sleep.ts";
import type { HostStage } from "./host-stage.ts";

/** One thing that has to be the same on every host. */
export interface HostCheck {
  readonly name: string;
  /** It waits for most of a token's life. */
  readonly isLong?: true;
  /** @returns a few words on what was seen; throws where it isn't so */
  readonly run: (stage: HostStage) => Promise<string>;
}

const CALLS = 20;
const SESSIONS = 3;
/** Beyond the burst that one client may have of callbacks, with what is given back meanwhile. */
const MAX_CALLBACKS = 1_500;
/** Providers count in whole seconds: one of them may be over at once. */
const SHORT_LIFE_SECONDS = 2;
/** Tokens are refreshed beside a call in the last fifth of their life, but for its last half. */
const WINDOW_LIFE_SECONDS = 15;
const WINDOW_AFTER = 0.81;
const ENDED_WITHIN_MS = 10_000;

async function viewOf(browser: HttpBrowser): Promise<SessionView> {
  const answer = await browser.fetch({ path: "/bff/session" });
  assert.equal(answer.status, 200);
  return (await answer.json()) as SessionView;
}

/** Reads the answer whole. */
async function statusOf(answer: Promise<Response>): Promise<number> {
  const { status, body } = await answer;
  for await (const _chunk of body ?? []);
  return status;
}

/** The same jar as it is now, in another browser. */
function copyOf({ origin }: HostStage, browser: HttpBrowser): HttpBrowser {
  const copy = createHttpBrowser(origin);
  const url = new URL(origin);
  const cookies = browser.jar.headerFor(url).split("; ");
  copy.jar.accept(
    url,
    cookies.map((pair) => `${pair}; Path=/`),
  );
  return copy;
}

/** A visitor whose access token for the API has just expired. */
async function newExpiredVisitor(stage: HostStage) {
  const visitor = await stage.newVisitor();
  const { sub } = visitor.person;
  await stage.control.setAccessTokenLifetime(SHORT_LIFE_SECONDS, sub);
  assert.equal(await statusOf(visitor.browser.fetch({ path: "/bff/refresh", method: "POST" })), 200);
  assert.equal(await statusOf(visitor.browser.fetch({ path: "/api/notes" })), 200);
  await stage.control.setAccessTokenLifetime(300, sub);
  await sleep(SHORT_LIFE_SECONDS * 1_000 + 100);
  return { ...visitor, before: await stage.control.counters(sub) };
}

export const HOST_CHECKS: readonly HostCheck[] = [
  {
    name: "sign-in and the session's view",
    async run(stage) {
      assert.deepEqual(
        { ...(await viewOf(createHttpBrowser(stage.origin))), now: 0 },
        { state: "anonymous", reason: "none", now: 0 },
      );
      const { browser, person } = await stage.newVisitor();
      const view = await viewOf(browser);
      assert.equal(view.state, "active");
      assert.equal(view.user.sub, person.sub);
      return "active";
    },
  },
  {
    name: "an API call: GET, POST, a stream",
    async run(stage) {
      const { browser } = await stage.newVisitor();
      assert.equal(await statusOf(browser.fetch({ path: "/api/notes" })), 200);
      const title = "Grüße, 世界";
      const created = await browser.fetch({ path: "/api/notes", method: "POST", body: { title } });
      assert.equal(created.status, 201);
      assert.equal(((await created.json()) as { title: string }).title, title);
      const stream = await browser.fetch({ path: "/api/notes/stream" });
      const events = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
      // The API sends no more before somebody lets it: a host that collects the body would wait for ever.
      assert.equal((await events?.read())?.value, "data: first\n\n");
      stage.goOn();
      assert.equal((await events?.read())?.value, "data: last\n\n");
      return "200, 201, event by event";
    },
  },
  {
    name: "an own route that reads the session",
    async run(stage) {
      const { browser } = await stage.newVisitor();
      const greeting = async (one: HttpBrowser): Promise<string> => {
        const answer = await (await one.navigate("/hello", "same-origin")).text();
        return /Hello[^<.]*\./.exec(answer)?.[0] ?? answer;
      };
      assert.equal(await greeting(createHttpBrowser(stage.origin)), "Hello.");
      const greeted = await greeting(browser);
      assert.match(greeted, /^Hello (again|Person \d+)\.$/);
      return "a greeting";
    },
  },
  {
    name: "an own route that reads a body and calls the API",
    async run(stage) {
      const path = "/my/notes";
      const visitor = await newExpiredVisitor(stage);
      const { browser } = visitor;
      const before = await viewOf(browser);
      const created = await browser.fetch({ path, method: "POST", body: { title: "mine" } });
      assert.equal(created.status, 201);
      assert.equal(((await created.json()) as { title: string }).title, "mine");
      const after = await viewOf(browser);
      assert.ok(before.state === "active" && after.state === "active");
      // The newer tokens have left with the answer.
      assert.equal(after.generation, before.generation + 1);
      const nobody = createHttpBrowser(stage.origin);
      assert.equal(await statusOf(nobody.fetch({ path, method: "POST", body: { title: "x" } })), 401);
      const url = new URL(path, stage.origin);
      const foreign = await postWithoutHeader(url, browser.jar.headerFor(url));
      assert.equal(foreign, 403);
      return "201, 401, 403";
    },
  },
  {
    name: `${CALLS} calls at once with an expired token`,
    async run(stage) {
      const { browser, person, before } = await newExpiredVisitor(stage);
      const calls = Array.from({ length: CALLS }, () => statusOf(browser.fetch({ path: "/api/notes" })));
      assert.deepEqual(
        await Promise.all(calls),
        calls.map(() => 200),
      );
      const after = await stage.control.counters(person.sub);
      assert.equal(after.refreshes - before.refreshes, 1);
      assert.equal(after.reuseDetected, 0);
      return `${CALLS} × 200, 1 token call`;
    },
  },
  {
    name: "a client that goes away in the middle of its refresh",
    async run(stage) {
      const { browser, person, before } = await newExpiredVisitor(stage);
      await stage.control.addFault({ kind: "hold", grant: "refresh_token", user: person.sub });
      const gone = new AbortController();
      const given = browser.fetch({ path: "/api/notes", signal: gone.signal });
      assert.ok(await stage.control.waitUntilHeld());
      const waiting = [
        statusOf(browser.fetch({ path: "/api/notes" })),
        statusOf(browser.fetch({ path: "/api/notes" })),
      ];
      gone.abort();
      await assert.rejects(given);
      // Time for the host to notice, which may end what belongs to that request.
      await sleep(500);
      await stage.control.clearFaultsOf(person.sub);
      await stage.control.release();
      assert.deepEqual(await Promise.all(waiting), [200, 200]);
      const after = await stage.control.counters(person.sub);
      assert.equal(after.refreshes - before.refreshes, 1);
      return "200 for the others, 1 token call";
    },
  },
  {
    name: "a refresh beside a call, whose answer leaves first",
    isLong: true,
    async run(stage) {
      const { browser, person } = await stage.newVisitor();
      const { sub } = person;
      await stage.control.setAccessTokenLifetime(WINDOW_LIFE_SECONDS, sub);
      assert.equal(await statusOf(browser.fetch({ path: "/bff/refresh", method: "POST" })), 200);
      assert.equal(await statusOf(browser.fetch({ path: "/api/notes" })), 200);
      await sleep(WINDOW_AFTER * WINDOW_LIFE_SECONDS * 1_000);
      const [before, view] = [await stage.control.counters(sub), await viewOf(browser)];
      await stage.control.setAccessTokenLifetime(300, sub);
      await stage.control.addFault({ kind: "hold", grant: "refresh_token", user: sub });
      assert.equal(await statusOf(browser.fetch({ path: "/api/notes" })), 200);
      assert.ok(await stage.control.waitUntilHeld());
      // What a host stops with the answer is stopped by now.
      await sleep(500);
      await stage.control.clearFaultsOf(sub);
      await stage.control.release();
      await sleep(WINDOW_LIFE_SECONDS * 1_000 * (1 - WINDOW_AFTER));
      const calls = [browser, browser].map((one) => statusOf(one.fetch({ path: "/api/notes" })));
      assert.deepEqual(await Promise.all(calls), [200, 200]);
      const [after, newView] = [await stage.control.counters(sub), await viewOf(browser)];
      assert.equal(after.refreshes - before.refreshes, 1);
      assert.ok(view.state === "active" && newView.state === "active");
      assert.equal(newView.generation, view.generation + 1);
      return "200 at once, 1 token call";
    },
  },
  {
    name: "an older cookie, as after a lost answer",
    async run(stage) {
      const { browser, person } = await newExpiredVisitor(stage);
      const older = copyOf(stage, browser);
      assert.equal(await statusOf(browser.fetch({ path: "/api/notes" })), 200);
      const before = await stage.control.counters(person.sub);
      assert.equal(await statusOf(older.fetch({ path: "/api/notes" })), 200);
      const [newest, healed] = [await viewOf(browser), await viewOf(older)];
      assert.ok(newest.state === "active" && healed.state === "active");
      assert.equal(healed.generation, newest.generation);
      const after = await stage.control.counters(person.sub);
      assert.equal(after.refreshes, before.refreshes);
      assert.equal(after.reuseDetected, 0);
      return "200, no token call";
    },
  },
  {
    name: "sign-out",
    async run(stage) {
      const { browser, person } = await stage.newVisitor();
      const copy = copyOf(stage, browser);
      const before = await stage.control.counters(person.sub);
      assert.equal(await statusOf(browser.fetch({ path: "/bff/logout", method: "POST", body: {} })), 200);
      assert.equal((await viewOf(browser)).state, "anonymous");
      // Another instance may learn of it a moment later.
      await untilEnded(copy);
      assert.equal(await statusOf(copy.fetch({ path: "/api/notes" })), 401);
      assert.equal((await stage.control.counters(person.sub)).revocations - before.revocations, 1);
      return "401 for every copy, token revoked";
    },
  },
  {
    name: "back-channel logout",
    async run(stage) {
      const { browser, person } = await stage.newVisitor();
      assert.equal(await statusOf(browser.fetch({ path: "/api/notes" })), 200);
      const sent = await stage.control.sendBackchannelLogout({ user: person.sub });
      assert.deepEqual(
        sent.map(({ status }) => status),
        [200],
      );
      const view = await untilEnded(browser);
      assert.equal(view.state === "anonymous" && view.reason, "revoked");
      return "ended, revoked";
    },
  },
  {
    name: "a Host that isn't the app's",
    async run({ origin }) {
      const status = await getAs(new URL("/bff/session", origin), { host: "evil.example" });
      assert.equal(status, 400);
      return "400";
    },
  },
  {
    name: "SIGTERM in the middle of a refresh",
    run: (stage) => endInRefresh(stage),
  },
  {
    // The last: afterwards this client may do nothing for a while.
    name: "the client's address, in the rate limit",
    async run(stage) {
      const browser = createHttpBrowser(stage.origin);
      let count = 0;
      for (let statuses: number[] = []; !statuses.includes(429); count += statuses.length) {
        assert.ok(count < MAX_CALLBACKS, `${count} callbacks, and none was refused`);
        const batch = Array.from({ length: 50 }, () => browser.navigate("/bff/callback?state=x&code=y"));
        statuses = await Promise.all(batch.map(statusOf));
      }
      const line = /\{[^\n]*"rate_limited"[^\n]*\}/.exec(stage.running.output())?.[0] ?? "{}";
      const { clientAddress } = JSON.parse(line) as { readonly clientAddress?: string };
      assert.match(clientAddress ?? "unknown", /^(127\.0\.0\.1|::1)$/);
      return "429, logged with the address";
    },
  },
];

/** Ends the host while the answers of the provider are on their way. @returns what became of the sessions */
export async function endInRefresh(stage: HostStage): Promise<string> {
  const visitors = await Promise.all(Array.from({ length: SESSIONS }, () => stage.newVisitor()));
  const browsers = visitors.map(({ browser }) => browser);
  const before = browsers.map((browser) => copyOf(stage, browser));
  // The provider has rotated the refresh tokens, and its answers wait.
  await stage.control.addFault({ kind: "hold", when: "after", grant: "refresh_token" });
  const answers = browsers.map((browser) =>
    statusOf(browser.fetch({ path: "/bff/refresh", method: "POST" })),
  );
  assert.ok(await stage.control.waitUntilHeld({ atLeast: SESSIONS }));
  const exit = await stage.restart(async () => {
    // It wants nobody new, and isn't gone.
    while (await isReady(stage.origin)) await sleep(20);
    await stage.control.clearFaults();
    await stage.control.release();
  });
  assert.deepEqual(
    await Promise.all(answers),
    answers.map(() => 200),
  );
  assert.equal(exit, 0);
  // Also where the answer got lost on its way, and the browser shows the cookie from before.
  for (const browser of [...browsers, ...before]) {
    const answer = await browser.fetch({ path: "/bff/refresh", method: "POST" });
    assert.equal(answer.status, 200);
    assert.equal(((await answer.json()) as SessionView).state, "active");
  }
  for (const { person } of visitors)
    assert.equal((await stage.control.counters(person.sub)).grantsRevoked, 0);
  return `0 of ${SESSIONS} sessions lost`;
}

async function untilEnded(browser: HttpBrowser): Promise<SessionView> {
  const endMs = performance.now() + ENDED_WITHIN_MS;
  for (;;) {
    const view = await viewOf(browser);
    if (view.state === "anonymous") return view;
    assert.ok(performance.now() < endMs, "the session goes on");
    await sleep(50);
  }
}

async function isReady(origin: string): Promise<boolean> {
  try {
    return (await statusOf(createHttpBrowser(origin).fetch({ path: "/readyz" }))) === 200;
  } catch {
    // Refused.
    return false;
  }
}

/** What a form of another page of this site could send. */
function postWithoutHeader(url: URL, cookie: string): Promise<number> {
  return exchange(url, "POST", { cookie, "content-type": "application/json", "sec-fetch-site": "same-site" });
}

function getAs(url: URL, headers: Record<string, string>): Promise<number> {
  return exchange(url, "GET", { ...headers, "x-coatcheck": "1", "sec-fetch-site": "same-origin" });
}

function exchange(url: URL, method: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, headers, agent: false }, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode ?? 0);
    });
    outgoing.on("error", reject);
    outgoing.end(method === "POST" ? '{"title":"x"}' : undefined);
  });
}
