import type { Parts } from "../parts.ts";
import type { Route } from "../route.ts";
import { requireSignedIn } from "../session/sign-in-check.ts";
import type { EventRing } from "./event-ring.ts";

/** `GET /bff/demo/events`: what happened to this session lately; nobody else's. */
export function createEventsRoute({ fingerprints }: Parts, ring: EventRing): Route {
  return {
    methods: ["GET"],
    guard: "fetch",
    async handle(exchange) {
      const signedIn = await requireSignedIn(exchange, fingerprints);
      if (signedIn.kind === "denied") return signedIn.answer;
      return { kind: "json", value: { events: ring.of(await fingerprints.session(signedIn.value.ref.sid)) } };
    },
  };
}
