import type { DemoEvent, ProviderCounts, SignOutRace } from "@coatcheck/contract";
import { describe, expect, it } from "vitest";
import type { CallEnd, StormPorts, TabEnd } from "./storm-ports.ts";
import { STORMS } from "./storms.ts";

const GOOD: CallEnd = { status: 200, ms: 10 };

/** A counter and a provider as storms expect them; what goes otherwise is said by the test. */
function setUp(change: (usual: StormPorts) => Partial<StormPorts> = () => ({})) {
  let coat = 4;
  let now = 0;
  let isExpired = false;
  let downUntil = 0;
  let isOld = false;
  const counts: Record<keyof ProviderCounts, number> = {
    refreshes: 0,
    refreshSuccesses: 0,
    reuseDetected: 0,
    grantsRevoked: 0,
  };
  const events: DemoEvent[] = [];
  const note = (outcome: "led" | "replayed") =>
    events.push({
      kind: "refresh",
      id: events.length + 1,
      at: now,
      outcome,
      trigger: "implicit",
      resource: "",
      durationMs: 5,
      generation: coat,
    });
  async function renew(): Promise<void> {
    coat += 1;
    counts.refreshes += 1;
    counts.refreshSuccesses += 1;
    isExpired = false;
    note("led");
  }
  const usual: StormPorts = {
    async call() {
      if (isOld) note("replayed");
      else if (isExpired && now < downUntil) return { status: 503, ms: 4, retryAfterSeconds: 2 };
      else if (isExpired) await renew();
      isOld = false;
      return GOOD;
    },
    expire: async () => void (isExpired = true),
    async refresh() {
      if (now < downUntil) return false;
      await renew();
      return true;
    },
    coat: async () => coat,
    events: async () => [...events],
    counts: async () => ({ ...counts }),
    addFault: async (fault) => {
      if (fault.kind === "unavailable") downUntil = now + fault.forSeconds * 1_000;
    },
    clearFaults: async () => {},
    oldCookie: async (step) => {
      isOld = step === "put_back";
      return step === "keep" ? coat : coat - 1;
    },
    openTabs: async (count) => {
      await renew();
      return Array.from({ length: count }, (_, tab): TabEnd => ({
        call: GOOD,
        coat,
        questions: tab === 0 ? 1 : 0,
      }));
    },
    signOutRace: async (): Promise<SignOutRace> => ({
      calls: [
        { startedMs: 0, endedMs: 3, status: 200 },
        { startedMs: 0, endedMs: 9, status: 401 },
      ],
      signOut: { startedMs: 1, endedMs: 8, status: 200 },
      oldCookieStatus: 401,
      refreshes: 1,
      reuseDetected: 0,
      revocations: 1,
    }),
    endAtProvider: async () => {},
    beginTyping: () => {},
    typed: () => "Aisle for Jonas",
    wait: async (ms) => void (now += ms),
    elapsedMs: () => now,
    onProgress: () => {},
  };
  const ports = { ...usual, ...change(usual) };
  const run = (id: string) => {
    const storm = STORMS.find((candidate) => candidate.id === id);
    if (storm === undefined) throw new Error(`no storm ${id}`);
    return storm.run(ports);
  };
  return { run };
}

describe("the storms", () => {
  it.each(STORMS.map(({ id }) => id))("%s is done where counter and provider do as expected", async (id) => {
    expect(await setUp().run(id)).toMatchObject({ tone: "done" });
  });

  const bad: readonly (readonly [
    id: string,
    why: string,
    overrides: (usual: StormPorts) => Partial<StormPorts>,
  ])[] = [
    ["burst", "a call isn't answered", () => ({ call: async () => ({ status: 503, ms: 1 }) })],
    ["burst", "the provider is asked twice", twiceAsked],
    ["slow-token-endpoint", "the provider is asked twice", twiceAsked],
    ["slow-token-endpoint", "nobody answers", () => ({ call: async () => ({ status: 0, ms: 1 }) })],
    [
      "ten-tabs",
      "they know different coats",
      ({ openTabs }) => ({
        openTabs: async (count) =>
          (await openTabs(count)).map(({ call, questions }, index) => ({ call, questions, coat: index })),
      }),
    ],
    [
      "ten-tabs",
      "none knows a coat",
      ({ openTabs }) => ({
        openTabs: async (count) =>
          (await openTabs(count)).map(({ call, questions }) => ({ call, questions, coat: undefined })),
      }),
    ],
    [
      "ten-tabs",
      "each asks for itself",
      ({ openTabs }) => ({
        openTabs: async (count) =>
          (await openTabs(count)).map(({ call, coat }) => ({ call, coat, questions: 1 })),
      }),
    ],
    ["provider-down", "the session is gone afterwards", () => ({ coat: async () => undefined })],
    [
      "provider-down",
      "it never comes back",
      () => ({ call: async () => ({ status: 503, ms: 1, retryAfterSeconds: 1 }) }),
    ],
    [
      "provider-down",
      "a refused call doesn't say when to try again",
      ({ call }) => ({ call: async () => ({ ...(await call()), retryAfterSeconds: undefined }) }),
    ],
    ["old-cookie", "it is refused", ({ call }) => refuseAfter(call, 1)],
    ["ends-while-typing", "the text is gone", () => ({ typed: forgetful() })],
    [
      "sign-out-race",
      "the old cookie still opens something",
      ({ signOutRace }) => ({
        signOutRace: async () => ({ ...(await signOutRace()), oldCookieStatus: 200 }),
      }),
    ],
    [
      "sign-out-race",
      "a refresh token is spent twice",
      ({ signOutRace }) => ({
        signOutRace: async () => ({ ...(await signOutRace()), reuseDetected: 1 }),
      }),
    ],
  ];
  it.each(bad)("%s says as plainly that %s", async (id, _why, overrides) => {
    expect(await setUp(overrides).run(id)).toMatchObject({ tone: "failed" });
  });

  it("an empty text is no proof of anything, and says so", async () => {
    expect((await setUp(() => ({ typed: () => "" })).run("ends-while-typing")).fact).toBe(
      "You typed nothing.",
    );
  });
});

function twiceAsked({ counts }: StormPorts): Partial<StormPorts> {
  let asked = 0;
  return {
    counts: async () => {
      asked += 2;
      return { ...(await counts()), refreshes: asked };
    },
  };
}

function refuseAfter(call: StormPorts["call"], calls: number): Partial<StormPorts> {
  let made = 0;
  return {
    call: async () => {
      made += 1;
      return made > calls ? { status: 401, ms: 1 } : call();
    },
  };
}

function forgetful(): () => string {
  let asked = 0;
  return () => {
    asked += 1;
    return asked > 1 ? "" : "Aisle";
  };
}
