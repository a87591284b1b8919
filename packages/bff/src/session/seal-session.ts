import type { BrowserSessions, SealOutcome } from "@coatcheck/session";
import { toKeptGrant } from "@coatcheck/tokens";
import type { SignInProviders } from "../providers/sign-in-provider.ts";
import type { PendingSignIn } from "./pending-sign-in.ts";
import { sessionRef } from "./session-value.ts";
import type { SessionValue } from "./session-value.ts";

/**
 * Seals a session for its cookie. The ledger takes the access tokens of one that doesn't fit, so that many roles never cost a
 * sign-in; `too_large` is what doesn't fit without them either.
 *
 * @param cookieHeader see `BrowserSessions.seal`
 */
export type SealSession = (value: SessionValue, cookieHeader?: string) => Promise<SealedSession>;

/** `value`: as the cookie has it. */
export type SealedSession =
  | (Extract<SealOutcome, { readonly kind: "sealed" }> & { readonly value: SessionValue })
  | Extract<SealOutcome, { readonly kind: "too_large" }>;

export function createSealSession(parts: {
  readonly sessions: Pick<BrowserSessions<SessionValue, PendingSignIn>, "seal">;
  readonly providers: SignInProviders;
  readonly nowMs: () => number;
}): SealSession {
  const { sessions, providers } = parts;
  return async (value, cookieHeader) => {
    const whole = await sessions.seal(value, cookieHeader);
    if (whole.kind === "sealed") return { ...whole, value };
    const reduced = { ...value, grant: toKeptGrant(value.grant) };
    const sealed = await sessions.seal(reduced, cookieHeader);
    if (sealed.kind === "too_large") return sealed;
    await providers.of(value).keeper.keepTokens(sessionRef(value, parts.nowMs()));
    return { ...sealed, value: reduced };
  };
}
