import type { Ledger } from "@coatcheck/tokens";
import { stringToUint8Array, uint8ArrayToHex } from "uint8array-extras";
import type { Core } from "./parts.ts";
import type { Readiness, ReadinessReason } from "./routes/health-routes.ts";

/** How long the first look waits for the provider, so that one that can't work as configured is found out at once. */
const FIRST_LOOK_MS = 500;
/** All probes together ask the provider once in this time: without it, its metadata would be fetched as often as anyone probes. */
const LOOK_EVERY_MS = 5_000;

/**
 * Tells whether this process should get traffic. A provider that is down keeps nobody away: sessions live without it. One
 * that can never work as it is configured does: without that, a mistake in the configuration is rolled out everywhere.
 */
export function createReadiness(parts: Core, isDraining: () => boolean): () => Promise<Readiness> {
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let firstLook: Promise<unknown> | undefined;

  /** Asking makes a process ready that nobody has signed in at yet; known metadata costs nothing. */
  async function look(): Promise<void> {
    const now = parts.monotonicMs();
    if (now - lookedAtMs >= LOOK_EVERY_MS) {
      lookedAtMs = now;
      const asking = parts.provider.discover().catch(() => undefined);
      firstLook ??= Promise.race([asking, parts.delay(FIRST_LOOK_MS)]);
    }
    await firstLook;
  }

  return async () => {
    const reasons: ReadinessReason[] = [];
    if (isDraining()) reasons.push("draining");
    if (!(await isLedgerUp(parts.ledger))) reasons.push("ledger_down");
    if (!parts.provider.isDiscovered()) await look();
    if (!parts.provider.isDiscovered()) reasons.push("provider_undiscovered");
    const providerProblem = parts.provider.setupProblem();
    if (providerProblem !== undefined) reasons.push("provider_unusable");
    if (parts.keeper.isProviderDown()) reasons.push("provider_down");
    return {
      isReady: !reasons.some((reason) => KEEPS_TRAFFIC_AWAY.has(reason)),
      reasons,
      ...(providerProblem === undefined ? {} : { providerProblem }),
      activeKey: await fingerprint(parts.settings.cookieKeys[0] ?? ""),
    };
  };
}

const KEEPS_TRAFFIC_AWAY: ReadonlySet<ReadinessReason> = new Set([
  "draining",
  "ledger_down",
  "provider_unusable",
]);

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
