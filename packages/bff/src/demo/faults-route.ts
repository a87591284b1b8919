import type { Parts } from "../parts.ts";
import type { Route } from "../route.ts";
import { readOwnBody } from "../routes/own-body.ts";
import { requireSignedIn } from "../session/sign-in-check.ts";

/** What one person may do to the demo's provider: only to what it does for themselves. Answers are JSON. */
export interface DemoFaults {
  read(user: string): Promise<unknown>;
  /** @param request unchecked; the provider's control API refuses what it doesn't know. */
  change(user: string, request: unknown): Promise<unknown>;
}

/** `GET` and `POST /bff/demo/faults`: break the provider on purpose, for this session's person. */
export function createFaultsRoute({ fingerprints }: Parts, faults: DemoFaults): Route {
  return {
    methods: ["GET", "POST"],
    guard: "fetch",
    async handle(exchange) {
      const signedIn = await requireSignedIn(exchange, fingerprints);
      if (signedIn.kind === "denied") return signedIn.answer;
      const user = signedIn.value.ref.sub;
      if (exchange.request.method === "GET") return { kind: "json", value: await faults.read(user) };
      const body = await readOwnBody(exchange, (json) => json);
      if (body.kind === "denied") return body.answer;
      return { kind: "json", value: await faults.change(user, body.value) };
    },
  };
}
