import type { Random } from "./random.ts";
import type { Misfortune, Moment, Step, StoreCall, StoreFault, TokenFault } from "./steps.ts";
import type { WorldSettings } from "./world-settings.ts";

const TOKEN_FAULTS: readonly TokenFault[] = [
  "refused-connection",
  "busy",
  "reset-before",
  "reset-after",
  "reset-after",
  "error-before",
  "error-after",
  "unreadable",
  "odd-refusal",
  "odd-refusal",
  "client-refusal",
  "other-identity",
  "wrapped-refusal",
  "slow",
  "slow",
  "longer-than-request",
  "too-slow",
  "never",
];
const STORE_CALLS: readonly (StoreCall | "any")[] = [
  "claim",
  "claim",
  "renew",
  "publish",
  "publish",
  "publish",
  "release",
  "bury",
  "acknowledge",
  "read",
  "end",
  "any",
];
const STORE_FAULTS: readonly StoreFault[] = [
  "lost-request",
  "lost-answer",
  "lost-answer",
  "late-answer",
  "slow",
  "refused",
];
const MOMENTS: readonly Moment[] = [
  "claim-answered",
  "token-connecting",
  "token-sent",
  "token-answered",
  "token-answered",
  "publish-sent",
  "publish-applied",
  "publish-answered",
  "api-answered",
];

/** A step that still wants its instant. */
export type Fault = Step extends infer Each ? (Each extends Step ? Omit<Each, "at"> : never) : never;

/** Makes up something that goes wrong. */
export function generateFault(settings: WorldSettings, random: Random): Fault {
  const instance = random.integer(0, settings.instances - 1);
  const browser = random.integer(0, settings.browsers - 1);
  const how = random.pick(["refusing", "silent", "read-only"] as const);
  const outageMs = random.pick([300, 2_000, 6_000, 20_000, 70_000]);
  return random.weighted<() => Fault>([
    [
      8,
      () => ({
        do: "token-fault",
        fault: random.pick(TOKEN_FAULTS),
        count: random.weighted([
          [4, 1],
          [1, 2],
          [1, 5],
        ]),
      }),
    ],
    [
      1.5,
      () => ({
        do: "provider-down",
        how: random.pick(["refusing", "busy", "failing", "silent", "refusing-everyone", "refusing-us"]),
        ms: random.integer(500, 75_000),
      }),
    ],
    [1.5, () => ({ do: "store-damages", browser, ms: outageMs })],
    [
      7,
      () => ({
        do: "store-fault",
        call: random.pick(STORE_CALLS),
        fault: random.pick(STORE_FAULTS),
        count: random.weighted([
          [4, 1],
          [2, 3],
        ]),
      }),
    ],
    [1.5, () => ({ do: "store-down", how, ms: outageMs })],
    [1.5, () => ({ do: "store-down-at", moment: random.pick(MOMENTS), how, ms: outageMs })],
    [1, () => ({ do: "befall", instance, what: misfortune(random) })],
    [5, () => ({ do: "befall-at", moment: random.pick(MOMENTS), what: misfortune(random) })],
    [1.5, () => ({ do: "replace-instance", instance })],
    [0.7, () => ({ do: "step-clock", instance, byMs: random.integer(-1_500, 1_500) })],
    [0.5, () => ({ do: "revoke-grant", browser })],
    [0.7, () => ({ do: "back-channel", browser, by: random.pick(["sid", "sub"]) })],
    [0.35, () => ({ do: "store-forgets", lastMs: random.pick([500, 2_000, 10_000]) })],
  ])();
}

function misfortune(random: Random): Misfortune {
  const ms = random.pick([400, 3_000, 12_000, 40_000, 65_000, 140_000]);
  return random.weighted<Misfortune>([
    [3, { kind: "crash", backAfterMs: random.integer(200, 8_000) }],
    [4, { kind: "pause", ms }],
    [1, { kind: "suspend", ms }],
  ]);
}
