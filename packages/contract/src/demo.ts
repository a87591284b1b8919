import { type Infer, array, number, object, oneOf, optional, string, union } from "./schema.ts";

/** What the demo part is called in a session's `extensions`. */
export const DEMO_EXTENSION = "demo";

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

/** One event of this session, oldest first, as the demo's counter shows it. */
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
);

export type DemoEvent = Infer<typeof demoEventSchema>;

export const demoEventsSchema = object({ events: array(demoEventSchema) });

/** Body of `POST /bff/demo/expire`: the access token of one resource, or of all. */
export const expireRequestSchema = object({ resource: optional(string) });
