import type { Parts, RouteEnv } from "@coatcheck/bff/internal";
import { DEMO_PATHS, type SideBySide, type SignOutRace } from "@coatcheck/contract";
import type { Hono } from "hono";

/** Storms that would cost the person at the page a session, or a comparison: run with browsers of their own, one at a time. */
export interface DemoStorms {
  sideBySide(): Promise<SideBySide>;
  signOutRace(): Promise<SignOutRace>;
}

/** `POST /bff/demo/side-by-side` and `/bff/demo/sign-out-race`: run a storm and say what was measured. */
export function addStormRoutes(app: Hono<RouteEnv>, { requireSession }: Parts, storms: DemoStorms): void {
  app.post(DEMO_PATHS.sideBySide, requireSession, async (c) => c.json(await storms.sideBySide()));
  app.post(DEMO_PATHS.signOutRace, requireSession, async (c) => c.json(await storms.signOutRace()));
}
