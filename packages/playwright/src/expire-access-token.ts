import { BFF_PATHS, type SessionView } from "@coatcheck/contract";
import type { DevIdpControl } from "@coatcheck/dev-idp";
import { expect } from "@playwright/test";
import { CoatcheckTestError } from "./coatcheck-test-error.ts";
import type { TestedApp } from "./tested-app.ts";

const SHORTEST_SECONDS = 1;
/** By then the shortest token has expired, also on a busy machine. */
const EXPIRED_WITHIN_MS = 30_000;

/**
 * Makes all access tokens of a session expire: it gets new ones that live a second, and waits until that is over.
 *
 * Nothing in the app is changed for it, so that it works with every Coatcheck BFF; the coat number goes up on the way.
 *
 * @throws {CoatcheckTestError} `not_refreshable`, `nobody_signed_in`
 */
export async function expireAccessTokens(
  app: TestedApp,
  control: DevIdpControl,
  person: string,
): Promise<void> {
  const { resources } = await control.setup();
  const before = await control.setAccessTokenLifetime(SHORTEST_SECONDS, person);
  try {
    for (const resource of [...resources, ""]) await refresh(app, resource);
    await expect
      .poll(async () => leftMs(await app.session()), { timeout: EXPIRED_WITHIN_MS, intervals: [100] })
      .toBeLessThanOrEqual(0);
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

function leftMs(session: SessionView): number {
  return session.state === "anonymous" ? 0 : session.accessTokenExpiresAt - session.now;
}
