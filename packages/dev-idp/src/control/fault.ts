import { z } from "zod";

/** Where a fault strikes. `any` is every endpoint but the control API: the provider is down. */
export const FAULT_ENDPOINTS = [
  "token",
  "userinfo",
  "introspection",
  "revocation",
  "authorization",
  "discovery",
  "jwks",
  "any",
] as const;

export type FaultEndpoint = (typeof FAULT_ENDPOINTS)[number];

const scope = {
  /** Only requests about this person (`sub`), told by the token or code that the request presents. Default: everybody's. */
  user: z.string().min(1).optional(),
  /** Default `token`. */
  endpoint: z.enum(FAULT_ENDPOINTS).default("token"),
  /** Token endpoint only. Default `any`. */
  grant: z.enum(["refresh_token", "authorization_code", "any"]).default("any"),
  /** `before`: the server never processes the request; `after`: it does (a refresh token is rotated), and only then it goes wrong. */
  when: z.enum(["before", "after"]).default("before"),
  /** How many requests it strikes; default: all, until it is cleared. */
  times: z.int().min(1).optional(),
  /** When it ends by itself; default: never. */
  forSeconds: z.number().positive().max(86_400).optional(),
};

/** A fault as the control API takes it. */
export const faultSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("delay"), ms: z.int().min(0).max(600_000), ...scope }),
  /** 503, with `Retry-After` where given. */
  z.strictObject({
    kind: z.literal("unavailable"),
    retryAfterSeconds: z.int().min(0).optional(),
    ...scope,
  }),
  /** Any answer at all; `contentType` defaults to `application/json`. */
  z.strictObject({
    kind: z.literal("answer"),
    status: z.int().min(200).max(599),
    body: z.string().max(1_000_000).default(""),
    contentType: z.string().default("application/json"),
    headers: z.record(z.string(), z.string()).default({}),
    ...scope,
  }),
  /** The connection is reset. */
  z.strictObject({ kind: z.literal("reset"), ...scope }),
  /** The request waits until it is released. */
  z.strictObject({ kind: z.literal("hold"), ...scope }),
]);

/** A fault with its defaults filled in. */
export type Fault = z.output<typeof faultSchema>;
/** A fault as one writes it. */
export type FaultInput = z.input<typeof faultSchema>;
