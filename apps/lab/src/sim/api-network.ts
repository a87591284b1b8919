import type { UpstreamAnswer, UpstreamSend } from "@coatcheck/proxy";
import type { PlannedFaults } from "./planned-faults.ts";
import { RESOURCES } from "./instance.ts";
import type { Random } from "./random.ts";
import type { SimProcess } from "./sim-process.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { Witness } from "./witness.ts";
import type { WorldSettings } from "./world-settings.ts";

export interface ApiNetworkParts {
  readonly process: SimProcess;
  readonly settings: WorldSettings;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly faults: PlannedFaults;
  readonly witness: Witness;
}

/** The network between a process and the APIs, and the APIs themselves, which look at the token and at nothing else. */
export function createApiNetwork(parts: ApiNetworkParts): UpstreamSend {
  const { process, settings, time, random, faults, witness } = parts;
  return ({ origin, path, headers, signal }) =>
    new Promise((resolve) => {
      const name = Object.keys(RESOURCES).find((api) => origin === `https://${api}.example`);
      const resource = name === undefined ? "" : RESOURCES[name as keyof typeof RESOURCES];
      const text = (headers.find(([header]) => header === "authorization")?.[1] ?? "").replace("Bearer ", "");
      const request = witness.facts.requests[Number(path.slice(1))];
      witness.tokenUsed({ process, text, resource, ...(request === undefined ? {} : { request }) });
      signal.addEventListener("abort", () =>
        resolve({ kind: "failed", code: "upstream_failed", reason: "aborted" }),
      );
      const answer = (value: UpstreamAnswer): void => {
        const ms =
          random.integer(1, 2 * settings.latencyMs + 1) +
          (random.chance(0.02) ? random.integer(0, 8_000) : 0);
        time.schedule(time.now() + ms, () =>
          process.deliver(() => {
            faults.reach("api-answered", process);
            resolve(value);
          }),
        );
      };
      time.schedule(time.now() + random.integer(1, settings.latencyMs + 1), () => {
        const isAlive = witness.isAlive(text);
        const challenge: readonly (readonly [string, string])[] = [
          ["www-authenticate", 'Bearer error="invalid_token"'],
        ];
        answer({
          kind: "answered",
          status: isAlive ? 200 : 401,
          headers: isAlive ? [] : challenge,
          body: null,
        });
      });
    });
}
