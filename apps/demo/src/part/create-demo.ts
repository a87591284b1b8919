import type { Observer } from "@coatcheck/bff";
import type { Extension } from "@coatcheck/bff/internal";
import { DEMO_EXTENSION } from "@coatcheck/contract";
import { createEventRing } from "./event-ring.ts";
import { addHeldRoute } from "./held-route.ts";
import { addOldCookieRoute } from "./old-cookie-route.ts";
import { addStormRoutes, type DemoStorms } from "./storm-routes.ts";
import { addEventsRoute } from "./events-route.ts";
import { addExpireRoute } from "./expire-route.ts";
import { addFaultsRoute } from "./faults-route.ts";
import type { DemoFaults } from "./faults-route.ts";

export interface DemoPorts {
  /** The provider's fault switches, for one person. Without it `/bff/demo/faults` doesn't exist. */
  readonly faults?: DemoFaults;
  /** The storms with browsers of their own. Without it their routes don't exist. */
  readonly storms?: DemoStorms;
}

/**
 * The demo's part: mark an access token expired, watch what happens, break the provider on purpose.
 *
 * Give it to `assembleBff` as an extension; nothing of it exists otherwise.
 */
export function createDemo(ports: DemoPorts = {}): Extension {
  const ring = createEventRing();
  return {
    name: DEMO_EXTENSION,
    createObserver: ({ nowMs }): Observer => ({
      call({ session, route, status, durationMs }) {
        if (session === undefined) return;
        ring.add(session, (id) => ({ kind: "call", id, at: nowMs(), route, status, durationMs }));
      },
      tokens(event) {
        if (event.kind !== "refresh") return;
        const { session, outcome, trigger, resource, durationMs, generation, expiresAt } = event;
        const seen = { outcome, trigger, resource, durationMs, generation };
        ring.add(session, (id) => ({ kind: "refresh", id, at: nowMs(), ...seen }));
        if (expiresAt === undefined) return;
        ring.add(session, (id) => ({ kind: "token", id, at: nowMs(), resource, generation, expiresAt }));
      },
    }),
    addRoutes(app, parts) {
      addExpireRoute(app, parts, ring);
      addHeldRoute(app, parts);
      addOldCookieRoute(app, parts);
      addEventsRoute(app, parts, ring);
      if (ports.faults !== undefined) addFaultsRoute(app, parts, ports.faults);
      if (ports.storms !== undefined) addStormRoutes(app, parts, ports.storms);
    },
  };
}
