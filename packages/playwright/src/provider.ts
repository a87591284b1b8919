import { createDevIdpControl, type DevIdpControl, type DevIdpSetup } from "@coatcheck/dev-idp";
import type { APIRequestContext } from "@playwright/test";
import { beginSignIn } from "./begin-sign-in.ts";
import { CoatcheckTestError } from "./coatcheck-test-error.ts";

/** The provider of the app under test. */
export interface TestedProvider {
  readonly origin: string;
  /** `undefined`: not a development provider. */
  readonly control: DevIdpControl | undefined;
}

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

/**
 * Finds out at which provider people sign in, by beginning a sign-in.
 *
 * @param request of its own, so that the browser under test gets no cookie of it
 * @throws {CoatcheckTestError} what `beginSignIn` throws
 */
export async function findProvider(request: APIRequestContext, appUrl: string): Promise<TestedProvider> {
  const { origin, hostname } = await beginSignIn(request, appUrl);
  // Only on this machine: nobody else's provider is asked for a control API.
  if (!LOOPBACK.test(hostname)) return { origin, control: undefined };
  const answer = await request.get(`${origin}/control/setup`, { maxRedirects: 0, failOnStatusCode: false });
  // A server that answers every address with a page is none, either.
  const isControl = answer.ok() && answer.headers()["content-type"]?.includes("json") === true;
  return { origin, control: isControl ? createDevIdpControl(origin) : undefined };
}

/** @throws {CoatcheckTestError} `not_dev_idp`: @param what the fixture that needs it */
export function controlOf({ origin, control }: TestedProvider, what: string, instead: string): DevIdpControl {
  if (control !== undefined) return control;
  throw new CoatcheckTestError(
    "not_dev_idp",
    `${what} needs @coatcheck/dev-idp, and the app's provider is ${origin}. ${instead}`,
  );
}

/** Somebody whom the development provider knows. @throws {CoatcheckTestError} `sign_in_failed` */
export function findPerson(setup: DevIdpSetup, person: string): DevIdpSetup["users"][number] {
  const found = setup.users.find(({ username, sub }) => username === person || sub === person);
  if (found !== undefined) return found;
  const known = setup.users.map(({ username }) => username).join(", ");
  throw new CoatcheckTestError(
    "sign_in_failed",
    `The provider knows nobody called ${person}; it knows ${known}. Add them to its users, or sign in as one of these.`,
  );
}
