import type { AuthorizationDetail, IdTokenClaims } from "@coatcheck/oauth";
import type { Core } from "../parts.ts";
import { runHook } from "./run-hook.ts";
import { toUser } from "./session-value.ts";
import type { SessionValue } from "./session-value.ts";

/** What the page sees of a person: `sub`, and the claims that it may know. */
export type SessionUser = SessionValue["user"];

/** A sign-in that the provider has finished, before its session begins. */
export interface SigningIn {
  /** Every claim, verified. */
  readonly claims: Readonly<Record<string, unknown>> & { readonly iss: string; readonly sub: string };
  /** What the page will see of them. */
  readonly user: SessionUser;
  /** Scopes of the access token, space separated. */
  readonly scope: string;
  /** What was granted in detail (RFC 9396), where something was asked for. */
  readonly authorizationDetails?: readonly AuthorizationDetail[];
}

/**
 * - `accept`: the session begins; `user`, if given, is what the page sees instead. It lies in the session's cookie, so keep it small.
 * - `refuse`: it doesn't, and the person is told that they may not use this application. `reason` is for the log.
 */
export type SignInVerdict =
  | { readonly kind: "accept"; readonly user?: Readonly<Record<string, unknown>> }
  | { readonly kind: "refuse"; readonly reason: string };

export type OnSignIn = (signingIn: SigningIn) => SignInVerdict | Promise<SignInVerdict>;

type JudgedSignIn =
  | { readonly kind: "accepted"; readonly value: SessionValue }
  | { readonly kind: "refused"; readonly reason: string; readonly isFailure: boolean };

/** Asks the embedder's hook. @returns the session's value as it shall be, or the reason why there shall be none */
export async function judgeSignIn(
  value: SessionValue,
  claims: IdTokenClaims,
  hook: OnSignIn | undefined,
  session: string,
  parts: Pick<Core, "log" | "startTimer">,
): Promise<JudgedSignIn> {
  if (hook === undefined) return { kind: "accepted", value };
  const scope = value.grant.accessTokens[""]?.scope ?? "";
  const asked = await runHook(
    () =>
      hook({
        claims: { ...claims },
        user: value.user,
        scope,
        ...(value.authorizationDetails === undefined
          ? {}
          : { authorizationDetails: value.authorizationDetails }),
      }),
    "on_sign_in",
    session,
    parts,
  );
  const verdict = asked.kind === "answered" ? asked.value : undefined;
  switch (verdict?.kind) {
    case "accept":
      return { kind: "accepted", value: { ...value, user: toUser(verdict.user ?? value.user, value.sub) } };
    case "refuse":
      return { kind: "refused", reason: verdict.reason, isFailure: false };
    default:
      // Without an answer that we know nobody is let in: the hook may be there to keep people out.
      return { kind: "refused", reason: "on_sign_in_failed", isFailure: true };
  }
}
