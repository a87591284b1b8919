import { MAX_BYTES_A_REQUEST, type Parts, type RouteEnv } from "@coatcheck/bff/internal";
import { DEMO_PATHS, type Held } from "@coatcheck/contract";
import type { Hono } from "hono";

/** `GET /bff/demo/held`: what the browser showed with this request, by size and name. */
export function addHeldRoute(app: Hono<RouteEnv>, { requireSession }: Parts): void {
  app.get(DEMO_PATHS.held, requireSession, (c) => {
    const { headers } = c.var.bffRequest.plain;
    const cookies = headers
      .filter(([name]) => name.toLowerCase() === "cookie")
      .flatMap(([, value]) => value.split("; "))
      .map((pair) => ({ purpose: purposeOf(pair.slice(0, pair.indexOf("="))), bytes: pair.length }));
    const names = [...new Set(headers.map(([name]) => name.toLowerCase()))].toSorted();
    const held: Held = { cookies, maxBytes: MAX_BYTES_A_REQUEST, headers: names };
    return c.json(held);
  });
}

/** A name of ours holds a hash: it stays here, too. */
function purposeOf(name: string): Held["cookies"][number]["purpose"] {
  const ours = /^(?:__Host-)?coatcheck-(?:\d+-)?(tx-)?[0-9a-f]{8}(?:\.\d)?$/.exec(name);
  if (ours === null) return "other";
  return ours[1] === undefined ? "session" : "sign-in";
}
