import { createServer } from "node:http";
import { listenOnLoopback } from "@coatcheck/testkit/node";
import { getRequestListener } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ORIGIN, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import type { Browser } from "../fixtures/browser.ts";
import type { Bff } from "./create-bff.ts";
import type { SessionEnded } from "./session/session-end-hook.ts";

let rig: Rig;
let isDown = false;
const notified: SessionEnded[] = [];
let received: { body: string; type: string }[] = [];
const listener = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    received.push({ body: Buffer.concat(chunks).toString(), type: request.headers["content-type"] ?? "" });
    response.end();
  });
});
const logouts = await listenOnLoopback(listener);

beforeAll(async () => {
  rig = await startRig({
    idp: {
      clients: [
        {
          clientId: "coatcheck-test",
          clientSecret: "backchannel-secret",
          redirectUris: [`${ORIGIN}/bff/callback`],
          backchannelLogoutUri: `${logouts.origin}/`,
        },
      ],
    },
    secret: "backchannel-secret",
    ledger: (ledger) => ({
      ...ledger,
      entomb: (request) => (isDown ? Promise.reject(new Error("down")) : ledger.entomb(request)),
    }),
    onSessionEnd: (ended) => void notified.push(ended),
  });
});
afterAll(async () => {
  await rig.close();
  await logouts.close();
});

async function viewOf(browser: Browser) {
  return (await (await browser.fetch("/bff/session")).json()) as { state: string; reason?: string };
}
async function post(
  body: string,
  {
    bff = rig.bff,
    type = "application/x-www-form-urlencoded",
    host = new URL(ORIGIN).host,
  }: { readonly bff?: Bff; readonly type?: string; readonly host?: string } = {},
) {
  return bff.app.request(`${ORIGIN}/bff/backchannel-logout`, {
    method: "POST",
    headers: { "content-type": type, cookie: "x=y", host },
    body,
  });
}
function reasonsOf(log: Rig["log"]) {
  return log.filter(({ event }) => event === "backchannel_logout_refused").map(({ reason }) => reason);
}

async function tokenFrom(request: Parameters<Rig["control"]["sendBackchannelLogout"]>[0]): Promise<string> {
  received = [];
  await rig.control.sendBackchannelLogout(request);
  return received[0]?.body ?? "";
}

describe("back-channel logout", () => {
  it("S-100 S-103: by person, ends all of their sessions, and nobody else's, at once", async () => {
    const [one, two, other] = [rig.browser(), rig.browser(), rig.browser()];
    await rig.signIn(one);
    await rig.signIn(two);
    await rig.signIn(other, { user: "ines" });
    const body = await tokenFrom({ user: "ada", by: "sub" });
    const answer = await post(body);
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
    for (const browser of [one, two])
      expect(await viewOf(browser)).toMatchObject({ state: "anonymous", reason: "revoked" });
    expect((await one.fetch("/api/plain/1")).status).toBe(401);
    expect((await viewOf(other)).state).toBe("active");
  });

  it("S-103: by the provider's session, ends that one and no other of the same person", async () => {
    // Nobody else's logout token names Ines: one by person would end sign-ins of the same second, too.
    const [one, two] = [rig.browser(), rig.browser()];
    await rig.signIn(one, { user: "ines" });
    await rig.signIn(two, { user: "ines" });
    received = [];
    await rig.control.sendBackchannelLogout({ user: "ines", by: "both" });
    const countActive = async () =>
      [await viewOf(one), await viewOf(two)].filter(({ state }) => state === "active").length;
    const counts = [await countActive()];
    for (const { body } of received) {
      expect((await post(body)).status).toBe(200);
      counts.push(await countActive());
    }
    expect(new Set(counts)).toEqual(new Set([2, 1, 0]));
  });

  it("tells whoever asked of each session once, as its cookie shows up again", async () => {
    const [one, two] = [rig.browser(), rig.browser()];
    await rig.signIn(one);
    await rig.signIn(two);
    const body = await tokenFrom({ user: "ada", by: "sub" });
    notified.length = 0;
    await post(body);
    await rig.bff.drain();
    expect(notified).toEqual([]);
    const copy = one.copy();
    for (const browser of [one, copy, two]) await viewOf(browser);
    await rig.bff.drain();
    expect(notified).toMatchObject([
      { reason: "revoked", sub: "ada" },
      { reason: "revoked", sub: "ada" },
    ]);
    expect(new Set(notified.map(({ session }) => session)).size).toBe(2);
  });

  it("S-102: a logout token is taken once", async () => {
    const browser = rig.browser();
    await rig.signIn(browser);
    const body = await tokenFrom({ user: "ada", by: "sub" });
    expect((await post(body)).status).toBe(200);
    const replay = await post(body);
    expect([replay.status, await replay.json()]).toEqual([400, { error: "invalid_request" }]);
  });

  it("S-102: a logout token that the ledger couldn't take may come again, and then ends the session", async () => {
    const browser = rig.browser();
    await rig.signIn(browser);
    const body = await tokenFrom({ user: "ada", by: "sub" });
    isDown = true;
    const early = await post(body);
    expect([early.status, await early.json()]).toEqual([400, { error: "temporarily_unavailable" }]);
    isDown = false;
    rig.log.length = 0;
    await expect.poll(async () => (await post(body)).status, { timeout: 10_000 }).toBe(200);
    // It was given back at once: nobody had to wait until the claim on it lapsed.
    expect(reasonsOf(rig.log)).not.toContain("replayed");
    expect(await viewOf(browser)).toMatchObject({ state: "anonymous", reason: "revoked" });
    expect((await post(body)).status).toBe(400);
  });

  it("S-102: a logout token that one process took is a replay at every other", async () => {
    await rig.signIn(rig.browser());
    const body = await tokenFrom({ user: "ada", by: "sub" });
    expect((await post(body)).status).toBe(200);
    rig.log.length = 0;
    const elsewhere = await post(body, { bff: rig.instance() });
    expect([elsewhere.status, await elsewhere.json()]).toEqual([400, { error: "invalid_request" }]);
    expect(reasonsOf(rig.log)).toEqual(["replayed"]);
  });

  it("S-102: of copies that come at once to several processes, one counts", async () => {
    await rig.signIn(rig.browser());
    const body = await tokenFrom({ user: "ada", by: "sub" });
    const processes = Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? rig.instance() : rig.bff));
    const answers = await Promise.all(processes.map((bff) => post(body, { bff })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(7);
  });

  it.each(["bff.internal:8080", "10.0.0.7", "LOCALHOST:3000", "[::1]:3000", ""])(
    "S-131: is answered under the host %s, since the provider may know us by another name",
    async (host) => {
      const bff = rig.instance();
      const body = await tokenFrom({ user: "ada", by: "sub" });
      expect((await post(body, { bff, host })).status).toBe(200);
      const probe = await bff.app.request(`${ORIGIN}/readyz`, { headers: { host } });
      expect(probe.status).toBe(200);
    },
  );

  it("S-100 S-101: what isn't one logout token in a form is refused with 400 and no-store", async () => {
    const body = await tokenFrom({ user: "ada", by: "sub" });
    for (const [wrong, type] of [
      ["", undefined],
      ["logout_token=", undefined],
      ["logout_token=x.y.z", undefined],
      [`${body}&${body}`, undefined],
      [body, "application/json"],
      [body.slice(0, -6), undefined],
    ] as const) {
      const answer = await post(wrong, type === undefined ? {} : { type });
      expect([answer.status, answer.headers.get("cache-control")]).toEqual([400, "no-store"]);
    }
    expect((await post(`logout_token=${"x".repeat(70_000)}`)).status).toBe(413);
    expect((await post(body)).status).toBe(200);
  });
});

it("the app runs behind the adapter for Node", async () => {
  const listener = getRequestListener(rig.bff.app.fetch);
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  const { origin, close } = await listenOnLoopback(server);
  const response = await fetch(`${origin}/healthz`);
  expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  await close();
});
