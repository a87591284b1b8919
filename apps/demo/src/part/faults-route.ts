import { readOwnBody, type Parts, type RouteEnv } from "@coatcheck/bff/internal";
import { DEMO_PATHS } from "@coatcheck/contract";
import type { Hono } from "hono";

/** What one person may do to the demo's provider: only to what it does for themselves. Answers are JSON. */
export interface DemoFaults {
  read(user: string): Promise<unknown>;
  /** @param request unchecked; the provider's control API refuses what it doesn't know. */
  change(user: string, request: unknown): Promise<unknown>;
}

/** `GET` and `POST /bff/demo/faults`: break the provider on purpose, for this session's person. */
export function addFaultsRoute(
  app: Hono<RouteEnv>,
  { requireSession, answerProblem }: Parts,
  faults: DemoFaults,
): void {
  app.get(DEMO_PATHS.faults, requireSession, async (c) =>
    Response.json(await faults.read(c.var.signedIn.value.sub)),
  );
  app.post(DEMO_PATHS.faults, requireSession, async (c) => {
    const { bffRequest, signedIn } = c.var;
    const body = await readOwnBody(bffRequest, (json) => json);
    return body.kind === "denied"
      ? answerProblem(body.problem, bffRequest.requestId)
      : Response.json(await faults.change(signedIn.value.sub, body.value));
  });
}
