import type { Ledger } from "@coatcheck/tokens";
import { stringToUint8Array, uint8ArrayToHex } from "uint8array-extras";
import type { Core } from "./parts.ts";
import type { SignInProvider } from "./providers/sign-in-provider.ts";
import type { ProviderReadiness, Readiness, ReadinessReason } from "./routes/health-routes.ts";

/** How long the first look waits for the provider, so that one that can't work as configured is found out at once. */
const FIRST_LOOK_MS = 500;
/** All probes together ask the provider once in this time: without it, its metadata would be fetched as often as anyone probes. */
const LOOK_EVERY_MS = 5_000;

/**
 * Tells whether this process should get traffic. A provider that is down keeps nobody away: sessions live without it. One
 * that can never work as it is configured does: without that, a mistake in the configuration is rolled out everywhere.
 */
export function createReadiness(parts: Core, isDraining: () => boolean): () => Promise<Readiness> {
  const looks = parts.providers.all.map((own) => createLook(own, parts));

  return async () => {
    const reasons: ReadinessReason[] = [];
    if (isDraining()) reasons.push("draining");
    if (!(await isLedgerUp(parts.ledger))) reasons.push("ledger_down");
    const [first, ...others] = await Promise.all(looks.map((look) => look()));
    const seen = [first, ...others].filter((one) => one !== undefined);
    reasons.push(...new Set(seen.flatMap((one) => one.reasons)));
    // One of several that can't be used must not keep the others' people away; one that is alone keeps everybody's traffic off.
    const isUnusable = seen.every((one) => one.reasons.includes("provider_unusable"));
    return {
      isReady: !reasons.some((reason) => KEEPS_TRAFFIC_AWAY.has(reason)) && !isUnusable,
      reasons,
      ...(first?.problem === undefined ? {} : { providerProblem: first.problem }),
      ...(others.length === 0
        ? {}
        : { providers: Object.fromEntries(seen.map(({ name, ...one }) => [name, one])) }),
      activeKey: await fingerprint(parts.settings.cookieKeys[0] ?? ""),
    };
  };
}

type SeenProvider = ProviderReadiness & { readonly name: string };

/** Looks at one provider, which costs nothing once its metadata is known. */
function createLook(
  { name, provider, keeper }: SignInProvider,
  { monotonicMs, delay }: Pick<Core, "monotonicMs" | "delay">,
): () => Promise<SeenProvider> {
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let firstLook: Promise<unknown> | undefined;

  /** Asking makes a process ready that nobody has signed in at yet. */
  async function ask(): Promise<void> {
    const now = monotonicMs();
    if (now - lookedAtMs >= LOOK_EVERY_MS) {
      lookedAtMs = now;
      const asking = provider.discover().catch(() => undefined);
      firstLook ??= Promise.race([asking, delay(FIRST_LOOK_MS)]);
    }
    await firstLook;
  }

  return async () => {
    if (!provider.isDiscovered()) await ask();
    const problem = provider.setupProblem();
    const reasons: readonly (readonly [boolean, ProviderReadiness["reasons"][number]])[] = [
      [!provider.isDiscovered(), "provider_undiscovered"],
      [problem !== undefined, "provider_unusable"],
      [keeper.isProviderDown(), "provider_down"],
    ];
    return {
      name,
      reasons: reasons.filter(([holds]) => holds).map(([, reason]) => reason),
      ...(problem === undefined ? {} : { problem }),
    };
  };
}

const KEEPS_TRAFFIC_AWAY: ReadonlySet<ReadinessReason> = new Set(["draining", "ledger_down"]);

async function isLedgerUp(ledger: Pick<Ledger, "probe">): Promise<boolean> {
  try {
    await ledger.probe();
    return true;
  } catch {
    // Down is an answer here; whoever needs the ledger reports why.
    return false;
  }
}

/** Eight hex digits of a hash: enough to see which key a rollout has reached, and nothing about it. */
async function fingerprint(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", stringToUint8Array(`coatcheck key ${key}`));
  return uint8ArrayToHex(new Uint8Array(digest)).slice(0, 8);
}
