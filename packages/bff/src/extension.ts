import type { Hono } from "hono";
import type { RouteEnv } from "./hono/bff-env.ts";
import type { Observer } from "./observe/observer.ts";
import type { Parts } from "./parts.ts";

/** More routes under `/bff/`, made of the same parts and behind the same guard. The demo is one. */
export interface Extension {
  /** What the page finds it by, in the session's `extensions`. */
  readonly name: string;
  createObserver?(parts: Pick<Parts, "nowMs">): Observer;
  /** Adds routes under `/bff/`; the guard for our own page's scripts stands before all of them. */
  addRoutes(app: Hono<RouteEnv>, parts: Parts): void;
}
