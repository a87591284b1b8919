import { type Infer, array, number, object, oneOf, optional, string, union } from "./schema.ts";

/** Where the demo part answers; loaded in demo mode only. */
export const DEMO_PATHS = {
  expire: "/bff/demo/expire",
  events: "/bff/demo/events",
  faults: "/bff/demo/faults",
  held: "/bff/demo/held",
  oldCookie: "/bff/demo/old-cookie",
  sideBySide: "/bff/demo/side-by-side",
  signOutRace: "/bff/demo/sign-out-race",
} as const;

/** How a request came by its access token; `led` made the one token call, `joined` waited for it, `replayed` found it in the ledger. */
export const REFRESH_OUTCOMES = [
  "led",
  "joined",
  "replayed",
  "window",
  "refused",
  "client",
  "unsent",
  "ambiguous",
  "unreadable",
  "other_identity",
  "terminal",
] as const;

export type RefreshOutcomeName = (typeof REFRESH_OUTCOMES)[number];

/** One event of this session, oldest first, as the demo's counter shows it; `at` is when it was over. */
export const demoEventSchema = union(
  object({
    kind: oneOf("refresh"),
    id: number,
    at: number,
    outcome: oneOf(...REFRESH_OUTCOMES),
    trigger: oneOf("implicit", "explicit"),
    resource: string,
    durationMs: number,
    /** Generation after the event. */
    generation: number,
  }),
  object({
    kind: oneOf("call"),
    id: number,
    at: number,
    route: string,
    status: number,
    durationMs: number,
  }),
  /** An access token came, at the sign-in or by a refresh. */
  object({
    kind: oneOf("token"),
    id: number,
    at: number,
    resource: string,
    /** The grant's, with this token in it. */
    generation: number,
    expiresAt: number,
  }),
  /** All access tokens of the session were marked expired, or those of one resource. */
  object({ kind: oneOf("expired"), id: number, at: number, resource: optional(string) }),
);

export type DemoEvent = Infer<typeof demoEventSchema>;

export const demoEventsSchema = object({ events: array(demoEventSchema) });

/** Body of `POST /bff/demo/expire`: the access token of one resource, or of all. */
export const expireRequestSchema = object({ resource: optional(string) });

/** Answer of `/bff/demo/faults`, as far as the counter reads it: what the provider counted for this person. */
export const demoFaultsSchema = object({
  kind: oneOf("state"),
  counters: object({
    refreshes: number,
    refreshSuccesses: number,
    reuseDetected: number,
    grantsRevoked: number,
  }),
});

export type ProviderCounts = Infer<typeof demoFaultsSchema>["counters"];

/** What the browser showed with this very request: sizes of its cookies, names of its headers, never a value. */
export const heldSchema = object({
  cookies: array(object({ purpose: oneOf("session", "sign-in", "other"), bytes: number })),
  /** What all cookies of a request may take together. */
  maxBytes: number,
  /** In lower case. */
  headers: array(string),
});

export type Held = Infer<typeof heldSchema>;

/**
 * Body of `POST /bff/demo/old-cookie`: `keep` remembers the session as its cookie has it now; `put_back` answers with that
 * older cookie, its access tokens marked expired.
 */
export const oldCookieRequestSchema = object({ step: oneOf("keep", "put_back") });

/** One call of a storm; times in milliseconds from the storm's beginning. */
const stormCallSchema = object({ startedMs: number, endedMs: number, status: number });

export type StormCall = Infer<typeof stormCallSchema>;

/** How one BFF came through the storm; what the provider counted is its own word. */
const stormSideSchema = object({
  calls: array(stormCallSchema),
  refreshes: number,
  refreshSuccesses: number,
  reuseDetected: number,
  grantsRevoked: number,
  /** Status of one more call after the storm. */
  laterStatus: number,
});

export type StormSide = Infer<typeof stormSideSchema>;

/** Answer of `POST /bff/demo/side-by-side`. */
export const sideBySideSchema = object({
  /** How long the provider took for each refresh. */
  refreshDelayMs: number,
  plain: stormSideSchema,
  coatcheck: stormSideSchema,
});

export type SideBySide = Infer<typeof sideBySideSchema>;

/** Answer of `POST /bff/demo/sign-out-race`. */
export const signOutRaceSchema = object({
  calls: array(stormCallSchema),
  signOut: stormCallSchema,
  /** Status of a call that shows the cookies of before the sign-out. */
  oldCookieStatus: number,
  refreshes: number,
  reuseDetected: number,
  revocations: number,
});

export type SignOutRace = Infer<typeof signOutRaceSchema>;

/** Answer of the demo's mirror, an API that says which headers reached it: their names, in lower case, never a value. */
export const mirrorSchema = object({ headers: array(string), tookMs: number });

export type Mirror = Infer<typeof mirrorSchema>;

/** Where the demo's BFF offers that API. */
export const MIRROR_PATH = "/api/mirror";
