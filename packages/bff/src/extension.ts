import type { Observer } from "./observe/observer.ts";
import type { Parts } from "./parts.ts";
import type { Route } from "./route.ts";

/** More routes under `/bff/`, made of the same parts and behind the same guard. The demo is one. */
export interface Extension {
  /** What the page finds it by, in the session's `extensions`. */
  readonly name: string;
  createObserver?(parts: Pick<Parts, "nowMs">): Observer;
  /** By path; each names its guard like any other. */
  createRoutes(parts: Parts): Readonly<Record<string, Route>>;
}
