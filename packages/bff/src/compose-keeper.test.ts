import type { Provider, RefreshOutcome } from "@coatcheck/oauth";
import { createMemoryLedger } from "@coatcheck/tokens";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { composeKeeper } from "./compose-keeper.ts";
import { joinObservers } from "./observe/observer.ts";
import { createTimers } from "./timers.ts";

const SESSION = {
  sid: "a-session",
  iss: "https://idp.example",
  sub: "ada",
  idTokenIat: 0,
  absoluteDeadline: 86_400_000,
  arrivedAt: 0,
  grant: { refreshToken: "rt-0", generation: 0, accessTokens: {} },
};

describe("the keeper of tokens", () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  it("waits for a token call as long as the client of the provider does, and sends no second one meanwhile", async () => {
    const tokenTimeoutMs = 90_000;
    const calls: number[] = [];
    const provider: Pick<Provider, "refreshGrant" | "revoke" | "refreshBehaviour"> = {
      refreshBehaviour: {
        reuseGraceSeconds: 0,
        refreshRevokesAccessToken: false,
        missingRefreshTokenAdvice: "",
      },
      revoke: async () => ({ kind: "revoked" }),
      refreshGrant: ({ maySend }) =>
        new Promise<RefreshOutcome>((resolve) => {
          if (maySend?.() === false) return resolve({ kind: "unsent", reason: "not_sent" });
          calls.push(Date.now());
          setTimeout(() => resolve({ kind: "ambiguous", reason: "timeout" }), tokenTimeoutMs);
        }),
    };
    const ports = {
      fetch: () => Promise.reject(new Error("nobody is called over it")),
      nowMs: () => Date.now(),
      monotonicMs: () => Date.now(),
      randomBytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
      log: () => undefined,
      observer: joinObservers([]),
      // Without waiting, so that the fake clock decides alone what happens when.
      successorCrypto: {
        locate: (sid: string) => sid,
        fingerprint: (label: string, parts: readonly string[]) => [label, ...parts].join(" "),
        seal: (_lock: object, text: string) => text,
        open: (_lock: object, sealed: string) => sealed,
      },
    };
    const timers = createTimers({});
    const ledger = createMemoryLedger({ nowMs: ports.nowMs, ...timers });
    const settings = {
      windowRefresh: true,
      staleCookieSeconds: 600,
      onStaleCookie: "refuse",
      ledgerDown: "refuse",
      idleTimeoutSeconds: 1_800,
      absoluteTimeoutSeconds: 43_200,
    } as Parameters<typeof composeKeeper>[0];
    const client = { name: "default", provider, config: { tokenTimeoutMs } };
    const keeper = composeKeeper(
      settings,
      client as Parameters<typeof composeKeeper>[1],
      { ...ports, ledger },
      timers,
    );
    for (let waited = 0; waited < 85_000; waited += 5_000) {
      void keeper.open({ ...SESSION, arrivedAt: Date.now() }).ensureFresh("");
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(calls).toHaveLength(1);
  });
});
