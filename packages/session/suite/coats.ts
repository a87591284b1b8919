import { randomBytes } from "node:crypto";
import type { BrowserSessions, SessionEnvelope } from "../src/browser-sessions.ts";
import { generateCookieKey } from "../src/cookie-keys.ts";
import { createBrowserSessions, type SessionPorts } from "../src/create-browser-sessions.ts";
import type { SessionConfig } from "../src/session-config.ts";

/** The value that the tests remember. */
export interface Coat extends SessionEnvelope {
  readonly user: { readonly name: string; readonly groups?: readonly string[] };
  readonly grant: { readonly refreshToken: string };
}

export interface Pending {
  readonly state: string;
  readonly codeVerifier: string;
}

export const START = 1_790_000_000_000;
export const COOKIE_KEY = generateCookieKey(randomBytes);

function parseCoat(json: unknown): Coat | undefined {
  const coat = json as Partial<Coat>;
  return typeof coat.user?.name === "string" && typeof coat.grant?.refreshToken === "string"
    ? (json as Coat)
    : undefined;
}

function parsePending(json: unknown): Pending | undefined {
  return typeof (json as Partial<Pending>).codeVerifier === "string" ? (json as Pending) : undefined;
}

/** Sessions with a clock that the test moves. */
export interface Cloakroom {
  readonly sessions: BrowserSessions<Coat, Pending>;
  readonly clock: { nowMs: number };
  readonly coat: (refreshToken?: string, groups?: readonly string[]) => Coat;
}

export function createCloakroom(
  config: Partial<SessionConfig<Coat, Pending>> = {},
  ports: Partial<SessionPorts> = {},
): Cloakroom {
  const clock = { nowMs: START };
  const sessions = createBrowserSessions<Coat, Pending>(
    {
      cookieKeys: [COOKIE_KEY],
      naming: { kind: "host" },
      idleTimeoutSeconds: 1_800,
      absoluteTimeoutSeconds: 43_200,
      persistent: true,
      parseValue: parseCoat,
      parseTransaction: parsePending,
      // Whoever tests what is sealed wants it opened.
      openedCookies: { maxEntries: 0 },
      ...config,
    },
    { nowMs: () => clock.nowMs, randomBytes, ...ports },
  );
  return {
    sessions,
    clock,
    coat: (refreshToken = "rt-1", groups) => ({
      ...sessions.create(),
      user: { name: "Ada", ...(groups === undefined ? {} : { groups }) },
      grant: { refreshToken },
    }),
  };
}

/** The Set-Cookie values of a value that must fit. */
export async function sealed(
  sessions: BrowserSessions<Coat, Pending>,
  coat: Coat,
  header?: string,
): Promise<readonly string[]> {
  const outcome = await sessions.seal(coat, header);
  if (outcome.kind !== "sealed") throw new RangeError("the coat is too large");
  return outcome.setCookie;
}

/** The Cookie header of a browser that got nothing but this value. */
export function shown(setCookies: readonly string[]): string {
  return setCookies
    .filter((setCookie) => !setCookie.includes("; Max-Age=0;"))
    .map((setCookie) => setCookie.slice(0, setCookie.indexOf(";")))
    .join("; ");
}
