import { z } from "zod";
import type { DevIdpUser } from "../options/demo-users.ts";
import { userSchema } from "../options/option-schemas.ts";
import { faultSchema } from "./fault.ts";

/** What the control API takes, by path below `/control`; unknown fields are refused. */
export const controlSchemas = {
  accessTokenLifetime: z.strictObject({
    /** `null` goes back to what the server was started with (or to the global lifetime, for a person). */
    seconds: z.int().min(1).max(86_400).nullable(),
    user: z.string().min(1).optional(),
  }),
  clientSecrets: z.strictObject({
    clientId: z.string().min(1),
    /** `null` goes back to the one that it was registered with. */
    secrets: z.array(z.string().min(1)).min(1).nullable(),
  }),
  fault: faultSchema,
  release: z.strictObject({ id: z.int().optional() }),
  held: z.strictObject({
    id: z.int().optional(),
    atLeast: z.int().min(1).default(1),
    withinMs: z.int().min(0).max(120_000).default(10_000),
  }),
  person: z.strictObject({ user: z.string().min(1) }),
  backchannelLogout: z.strictObject({
    user: z.string().min(1),
    /** What the logout token names. Default `both`. */
    by: z.enum(["sid", "sub", "both"]).default("both"),
    /** Default: the sessions that the person has at this provider now. */
    sid: z.string().min(1).optional(),
    /** Default: all clients that have a back-channel logout URI. */
    clientId: z.string().min(1).optional(),
    /** Default: a new one for each token. */
    jti: z.string().min(1).optional(),
  }),
  reset: z.strictObject({}),
  /** A person to add, or to replace; a `username` is enough. */
  user: userSchema,
} as const;

export type BackchannelLogoutInput = z.input<typeof controlSchemas.backchannelLogout>;

/** One logout token and how the client took it. */
export interface SentLogout {
  readonly clientId: string;
  readonly sid?: string;
  /** The client's HTTP status; `null`: it could not be reached within 5 s. */
  readonly status: number | null;
}

/** What this server knows, so that a test needn't be given it. */
export interface DevIdpSetup {
  readonly users: readonly DevIdpUser[];
  /** Resource indicators for which it mints tokens. */
  readonly resources: readonly string[];
  readonly clients: readonly {
    readonly clientId: string;
    readonly redirectUris: readonly string[];
    readonly backchannelLogoutUri: string | null;
  }[];
}
