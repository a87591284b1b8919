import { BFF_PATHS } from "@coatcheck/contract";
import type { Hono } from "hono";
import type { RouteEnv } from "../hono/bff-env.ts";
import type { Parts } from "../parts.ts";
import { providerPath } from "../providers/provider-path.ts";

/**
 * `GET /bff/jwks.json`, and for each further provider `/bff/jwks.json/NAME`: the public halves of this application's keys, for
 * that provider to fetch. Not there where it has none.
 */
export function addJwksRoute(app: Hono<RouteEnv>, { providers }: Pick<Parts, "providers">): void {
  for (const { name, provider } of providers.all) {
    if (provider.publicKeys === undefined) continue;
    app.on(["GET", "HEAD"], providerPath(BFF_PATHS.jwks, name), async (c) =>
      c.json(await provider.publicKeys?.()),
    );
  }
}
