import * as z from "zod/mini";

/** What the demo part is called in a session's `extensions`. */
export const DEMO_EXTENSION = "demo";

/** How a request came by its access token; `led` made the one token call, `joined` waited for it, `replayed` found it in the ledger. */
export const REFRESH_OUTCOMES = [
  "led",
  "joined",
  "replayed",
  "window",
  "unsent",
  "ambiguous",
  "terminal",
] as const;

export type RefreshOutcomeName = (typeof REFRESH_OUTCOMES)[number];

/** One event of this session, oldest first, as the demo's counter shows it. */
export const demoEventSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("refresh"),
    id: z.number(),
    at: z.number(),
    outcome: z.enum(REFRESH_OUTCOMES),
    trigger: z.enum(["implicit", "explicit"]),
    resource: z.string(),
    durationMs: z.number(),
    /** Generation after the event. */
    generation: z.number(),
  }),
  z.object({
    kind: z.literal("call"),
    id: z.number(),
    at: z.number(),
    route: z.string(),
    status: z.number(),
    durationMs: z.number(),
  }),
]);

export type DemoEvent = z.infer<typeof demoEventSchema>;

export const demoEventsSchema = z.object({ events: z.array(demoEventSchema) });

/** Body of `POST /bff/demo/expire`: the access token of one resource, or of all. */
export const expireRequestSchema = z.object({ resource: z.optional(z.string()) });
