import { createSelfSignedCertificate } from "@coatcheck/dev-idp";
import { createMemoryLedger } from "@coatcheck/tokens";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createBrowser } from "../fixtures/browser.ts";
import { ORIGIN, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import type { Bff } from "./create-bff.ts";
import { createBff } from "./create-bff.ts";
import { createWebPorts } from "./create-web-ports.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const SYSTEM_CLOCK = {
  nowMs: () => Date.now(),
  setTimeout: (run: () => void, ms: number) => setTimeout(run, ms),
  clearTimeout: (handle: unknown) => clearTimeout(handle as NodeJS.Timeout),
};

function start(options: Partial<Parameters<typeof createWebPorts>[0]> = {}): Bff {
  const ledger = createMemoryLedger(SYSTEM_CLOCK);
  return createBff(
    rig.config,
    createWebPorts({ ledger, log: (event) => void rig.log.push(event), ...options }),
  );
}

describe("a BFF on web standards alone", () => {
  it("signs in, calls an API for the page, refreshes, and signs out", async () => {
    const bff = start();
    const browser = createBrowser(bff, ORIGIN, rig.seen);
    await rig.signIn(browser);
    expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ state: "active" });
    const calls = await Promise.all(Array.from({ length: 20 }, () => browser.fetch("/api/notes/1")));
    expect(calls.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(rig.idp.counters().refreshes).toBe(1);
    expect((await browser.fetch("/bff/logout", { method: "POST", body: "{}" })).status).toBe(200);
    await bff.drain();
    await bff.close();
  });

  it("S-018: can't show a certificate, and says so before anybody is served", async () => {
    const { cert, key } = await createSelfSignedCertificate({ commonName: "app" });
    const provider = {
      ...rig.config.provider,
      clientAuth: "tls_client_auth",
      clientCertificate: cert,
      clientCertificateKey: key,
    } as const;
    const ports = createWebPorts({ ledger: rig.ledger, log: () => undefined });
    expect(() => createBff({ ...rig.config, provider }, ports)).toThrow(
      expect.objectContaining({
        code: "config_invalid",
        problems: [expect.objectContaining({ path: "provider.clientCertificate" })],
      }),
    );
  });

  it("writes one JSON object a line on the console, unless it is given a log", () => {
    const write = vi.spyOn(console, "log").mockReturnValue(undefined);
    const { log } = createWebPorts({ ledger: rig.ledger });
    log?.({ level: "warn", event: "oauth_client_refused", advice: "the fix" });
    const lines = write.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown);
    write.mockRestore();
    expect(lines).toEqual([
      { time: expect.any(String), level: "warn", event: "oauth_client_refused", advice: "the fix" },
    ]);
  });

  it.each([
    ["Bun, which hands over itself", { requestIP: () => ({ address: "203.0.113.7" }) }, undefined],
    ["Bun, in an object", { server: { requestIP: () => ({ address: "203.0.113.7" }) } }, undefined],
    ["Deno", { remoteAddr: { hostname: "203.0.113.7", port: 1 } }, undefined],
    ["a platform that writes it into a header", {}, "cf-connecting-ip"],
  ])("S-149: learns the client's address from %s", async (_, env, addressHeader) => {
    const bff = start(addressHeader === undefined ? {} : { addressHeader });
    const headers = {
      host: new URL(ORIGIN).host,
      "cf-connecting-ip": addressHeader === undefined ? "198.51.100.1" : "203.0.113.7",
    };
    await bff.app.request(
      `${ORIGIN}/bff/callback?state=x&code=y`,
      {
        headers: {
          ...headers,
          "sec-fetch-site": "none",
          "sec-fetch-mode": "navigate",
          "sec-fetch-dest": "document",
        },
      },
      env,
    );
    await bff.app.request(`${ORIGIN}/bff/session`, { headers }, env);
    expect(rig.log.findLast(({ event }) => event === "guard_refused")).toMatchObject({
      clientAddress: "203.0.113.7",
    });
  });

  it("keeps the runtime at work until a refresh beside a call is recorded, where it would stop with the answer", async () => {
    let aheadMs = 0;
    const gate = Promise.withResolvers<void>();
    const ledger = createMemoryLedger(SYSTEM_CLOCK, { outlivesProcess: true });
    const bff = createBff(rig.config, {
      ...createWebPorts({ ledger, log: () => undefined }),
      nowMs: () => Date.now() + aheadMs,
      async fetch(url, init) {
        if (aheadMs > 0) await gate.promise;
        return fetch(url, init);
      },
    });
    const work: Promise<unknown>[] = [];
    const context = {
      waitUntil: (promise: Promise<unknown>) => void work.push(promise),
      passThroughOnException: () => undefined,
      props: {},
    };
    const onCloudflare = {
      request: (input: string, init?: RequestInit) => bff.app.fetch(new Request(input, init), {}, context),
    };
    const browser = createBrowser({ app: onCloudflare }, ORIGIN, rig.seen);
    await rig.signIn(browser);
    expect((await browser.fetch("/api/notes/1")).status).toBe(200);
    await Promise.all(work.splice(0));

    // In the last fifth of the token's life: refreshed beside the call, which doesn't wait for it.
    aheadMs = 270_000;
    const before = rig.idp.counters().refreshes;
    expect((await browser.fetch("/api/notes/1")).status).toBe(200);
    expect(work).toHaveLength(1);
    expect(await Promise.race([work[0], Promise.resolve("at work")])).toBe("at work");
    gate.resolve();
    await Promise.all(work);
    expect(rig.idp.counters().refreshes).toBe(before + 1);
  });
});
