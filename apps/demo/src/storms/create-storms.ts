import { createDevIdpControl } from "@coatcheck/dev-idp";
import type { DemoStorms } from "../part/storm-routes.ts";
import { runSideBySide } from "./side-by-side.ts";
import { runSignOutRace } from "./sign-out-race.ts";

/** The storms with browsers of their own; those who ask meanwhile wait, since the provider counts by person. */
export function createStorms(urls: {
  readonly idpUrl: string;
  readonly plainUrl: string;
  readonly appUrl: string;
}): DemoStorms {
  const control = createDevIdpControl(urls.idpUrl);
  let last: Promise<unknown> = Promise.resolve();

  function afterTheOthers<Measured>(run: () => Promise<Measured>): Promise<Measured> {
    const mine = last.then(run, run);
    last = mine;
    return mine;
  }

  return {
    sideBySide: () => afterTheOthers(() => runSideBySide(control, urls)),
    signOutRace: () => afterTheOthers(() => runSignOutRace(control, urls.appUrl)),
  };
}
