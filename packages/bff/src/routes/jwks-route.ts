import { BFF_PATHS } from "@coatcheck/contract";
import type { Hono } from "hono";
import type { RouteEnv } from "../hono/bff-env.ts";
import type { Parts } from "../parts.ts";

/** `GET /bff/jwks.json`: the public halves of this application's keys, for the provider to fetch. Not there where it has none. */
export function addJwksRoute(app: Hono<RouteEnv>, { provider }: Pick<Parts, "provider">): void {
  if (provider.publicKeys === undefined) return;
  app.on(["GET", "HEAD"], BFF_PATHS.jwks, async (c) => c.json(await provider.publicKeys?.()));
}
