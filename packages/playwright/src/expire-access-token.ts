import { setTimeout as pause } from "node:timers/promises";
import { BFF_PATHS, type SessionView } from "@coatcheck/contract";
import type { DevIdpControl } from "@coatcheck/dev-idp";
import { CoatcheckTestError } from "./coatcheck-test-error.ts";
import type { TestedApp } from "./tested-app.ts";

const SHORTEST_SECONDS = 1;
/** By then the shortest token has expired, also on a busy machine. */
const EXPIRED_WITHIN_MS = 30_000;
const LOOK_AGAIN_MS = 100;
/** An app that says nothing for so long is asked again. */
const LOOK_TIMEOUT_MS = 10_000;
const SHOWN_LOOKS = 12;

/**
 * Makes all access tokens of a session expire: it gets new ones that live a second, and waits until that is over.
 *
 * Nothing in the app is changed for it, so that it works with every Coatcheck BFF; the coat number goes up on the way.
 *
 * @param onSilence a look at the session that got no answer, and is repeated
 * @throws {CoatcheckTestError} `not_refreshable`, `nobody_signed_in`, `not_expired`
 */
export async function expireAccessTokens(
  app: TestedApp,
  control: DevIdpControl,
  person: string,
  onSilence: (sentence: string) => void,
): Promise<void> {
  const { resources } = await control.setup();
  const before = await control.setAccessTokenLifetime(SHORTEST_SECONDS, person);
  try {
    for (const resource of [...resources, ""]) await refresh(app, resource);
    await untilExpired(app, onSilence);
  } finally {
    await control.setAccessTokenLifetime(before, person);
  }
}

async function refresh(app: TestedApp, resource: string): Promise<void> {
  const answer = await app.api.post(`${app.url}${BFF_PATHS.refresh}`, { data: { resource } });
  if (answer.ok()) return;
  // A resource of the provider for which this app has no route.
  if (answer.status() === 400 && resource !== "") return;
  const session = await app.session();
  if (session.state === "anonymous") {
    throw new CoatcheckTestError(
      "nobody_signed_in",
      `There is no access token to expire: the session is over (${session.reason}).`,
    );
  }
  throw new CoatcheckTestError(
    "not_refreshable",
    session.refresh === "none"
      ? "This session has no refresh token, so that it ends with its access token: let the provider issue one (`refreshTokens` of the development provider's client)."
      : `The app couldn't get a new token to let expire (${answer.status()}): end providerDown or slowProvider first.`,
  );
}

async function untilExpired(app: TestedApp, onSilence: (sentence: string) => void): Promise<void> {
  const beganAt = Date.now();
  const seen: string[] = [];
  while (Date.now() - beganAt < EXPIRED_WITHIN_MS) {
    const lookedAt = Date.now();
    const session = await app.session({ timeoutMs: LOOK_TIMEOUT_MS }).catch((error: unknown) => {
      if (Date.now() - lookedAt < LOOK_TIMEOUT_MS) throw error;
      return "no answer" as const;
    });
    const after = `${lookedAt - beganAt} ms`;
    if (session === "no answer") {
      seen.push(`${after}: no answer`);
      onSilence(`The app said nothing of the session for ${LOOK_TIMEOUT_MS} ms, and was asked again.`);
      continue;
    }
    const left = leftMs(session);
    if (left <= 0) return;
    const generation = session.state === "anonymous" ? "" : `, coat ${session.generation}`;
    seen.push(`${after}: ${left} ms${generation}`);
    // Each look may be a new connection: when it can't have expired yet, there is nothing to be seen.
    await pause(Math.max(LOOK_AGAIN_MS, Math.min(left, SHORTEST_SECONDS * 1_000)));
  }
  throw new CoatcheckTestError(
    "not_expired",
    `There was an access token for ${EXPIRED_WITHIN_MS} ms, though each lives ${SHORTEST_SECONDS} s: does a page call the app so often that it is renewed all the time? Then leave that page first. What was left at the last looks: ${seen.slice(-SHOWN_LOOKS).join("; ")}.`,
  );
}

function leftMs(session: SessionView): number {
  return session.state === "anonymous" ? 0 : session.accessTokenExpiresAt - session.now;
}
