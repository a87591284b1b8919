import { BFF_PATHS } from "@coatcheck/contract";
import type { DevIdpControl, FaultInput } from "@coatcheck/dev-idp";
import { expect, test as base, type APIRequestContext, type Page } from "@playwright/test";
import type { CoatcheckOptions, Credentials } from "./coatcheck-options.ts";
import { CoatcheckTestError } from "./coatcheck-test-error.ts";
import { expireAccessTokens } from "./expire-access-token.ts";
import { keepNewest, saveState, sessionCookies } from "./kept-state.ts";
import { findTokens } from "./no-tokens.ts";
import { watchContext } from "./page-evidence.ts";
import { createPersonFaults, type PersonOutage } from "./person-faults.ts";
import { controlOf, findPerson, findProvider, type TestedProvider } from "./provider.ts";
import { signInByRequest } from "./sign-in-by-request.ts";
import { fillInAtDevIdp, leadThroughSignIn } from "./sign-in-through-ui.ts";
import { createTestedApp, type TestedApp } from "./tested-app.ts";

/** What a spec can ask for. All of it is about the browser of this test, and the person who is signed in in it. */
export interface CoatcheckFixtures {
  /** Option: `use: { coatcheck: { ... } }`. */
  coatcheck: CoatcheckOptions;
  /** A name for one person a worker, made at the development provider: what goes wrong for them goes wrong for nobody else. */
  workerPerson: string;
  /** Signs in without a page. Default: as the worker's own person. */
  signInAs: (person?: string) => Promise<void>;
  /** Signs in on the provider's own pages; ends at `path` (default `/`). */
  signInThroughUi: (person?: string, options?: { readonly path?: string }) => Promise<void>;
  /** The access token has expired; the next call has to refresh. */
  expireAccessToken: () => Promise<void>;
  /** The session has ended elsewhere, and this browser doesn't know yet. */
  endSession: () => Promise<void>;
  /** The provider answers 503 to everything about this person. */
  providerDown: () => Promise<PersonOutage>;
  /** The provider takes that long for everything about this person. */
  slowProvider: (ms: number) => Promise<PersonOutage>;
  /** Their refresh tokens are over; the app finds out with the next refresh. */
  revokeAtProvider: () => Promise<void>;
  /** The provider reports to the app that they signed out. */
  backchannelLogout: () => Promise<void>;
  /** Calls the app as its page's scripts do, with this browser's cookies. */
  api: APIRequestContext;
  /** Nothing that a page of this browser could see, from the test's beginning on, holds a token. Default: the test's page. */
  expectNoTokens: (page?: Page) => Promise<void>;
  /** Saves the sign-in to a file for `storageState`; tests that use it put renewed cookies back. */
  saveState: (path: string) => Promise<void>;
  /** @internal What the fixtures above share. */
  testedApp: TestedApp & {
    provider(): Promise<TestedProvider>;
    /** The development provider. @param what the fixture that needs it @param instead what to do with another one */
    control(what: string, instead: string): Promise<DevIdpControl>;
    /** `sub` of who is, or was, signed in in this browser. */
    person(): Promise<string>;
    credentials(person: string | undefined): Promise<Credentials>;
    fault(what: string, fault: FaultInput): Promise<PersonOutage>;
  };
}

interface WorkerFixtures {
  /** @internal By the app's origin. */
  providers: Map<string, Promise<TestedProvider>>;
}

const BREAK_IT_YOURSELF =
  "Another provider can't be broken for one person: run this spec against the development provider.";
const ASK_THE_PROVIDER = "Another one has a console or an API for it: do it there, in a step of the spec.";

/** Playwright's `test` with fixtures for apps behind Coatcheck. */
export const coatcheckTest = base.extend<CoatcheckFixtures, WorkerFixtures>({
  coatcheck: [{}, { option: true }],

  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names off this pattern
  providers: [async ({}, use) => use(new Map()), { scope: "worker" }],

  testedApp: async ({ baseURL, context, playwright, coatcheck, providers }, use, testInfo) => {
    const app = createTestedApp(baseURL, context.request);
    const faults = createPersonFaults();
    let lastPerson: string | undefined;

    async function lookUpProvider(): Promise<TestedProvider> {
      const request = await playwright.request.newContext();
      try {
        return await findProvider(request, app.url);
      } finally {
        await request.dispose();
      }
    }

    function provider(): Promise<TestedProvider> {
      const known = providers.get(app.url) ?? lookUpProvider();
      providers.set(app.url, known);
      // An app that is started later is looked up again.
      known.catch(() => providers.delete(app.url));
      return known;
    }

    async function control(what: string, instead: string): Promise<DevIdpControl> {
      return controlOf(await provider(), what, instead);
    }

    async function person(): Promise<string> {
      const session = await app.session();
      if (session.state !== "anonymous") lastPerson = session.user.sub;
      if (lastPerson !== undefined) return lastPerson;
      throw new CoatcheckTestError(
        "nobody_signed_in",
        'Nobody is signed in in this browser: await signInAs("ada") first, or give the test a storageState.',
      );
    }

    async function workerPerson(): Promise<Credentials> {
      const idp = await control("A person for each worker", "Name one of coatcheck.users.");
      const name = `worker-${testInfo.parallelIndex}`;
      return idp.putUser({
        username: name,
        isListed: false,
        claims: { name: `Worker ${testInfo.parallelIndex}`, email: `${name}@example.org` },
      });
    }

    await use({
      ...app,
      provider,
      control,
      person,
      async credentials(named) {
        const own = named === undefined ? undefined : coatcheck.users?.[named];
        if (own !== undefined) return own;
        if (named === undefined) return workerPerson();
        const idp = await control(
          `Signing in as ${named} without their password`,
          "Write name and password into playwright.config.ts: use: { coatcheck: { users: { ... } } }.",
        );
        return findPerson(await idp.setup(), named);
      },
      async fault(what, fault) {
        const idp = await control(what, BREAK_IT_YOURSELF);
        return faults.begin(idp, await person(), fault);
      },
    });
    await faults.endAll();
  },

  // The context is made from the file by Playwright itself; here only what it learned goes back.
  context: async ({ context, storageState, baseURL }, use) => {
    if (typeof storageState !== "string" || baseURL === undefined) return use(context);
    const app = createTestedApp(baseURL, context.request);
    const before = await sessionCookies(context, app);
    await use(context);
    if ((await sessionCookies(context, app)) === before) return;
    try {
      await keepNewest(storageState, context, app);
    } catch (error) {
      // A test that stops the app leaves the file as it was.
      if (!(error instanceof CoatcheckTestError)) throw error;
    }
  },

  api: async ({ testedApp }, use) => use(testedApp.api),

  workerPerson: async ({ testedApp }, use) => use((await testedApp.credentials(undefined)).username),

  signInAs: async ({ testedApp, context }, use) =>
    use(async (named) => {
      await testedApp.control("signInAs", "Use signInThroughUi, with coatcheck.fillIn for its pages.");
      await signInByRequest(context.request, testedApp.url, await testedApp.credentials(named));
      await testedApp.person();
    }),

  signInThroughUi: async ({ testedApp, page, coatcheck }, use) =>
    use(async (named, { path = "/" } = {}) => {
      const credentials = await testedApp.credentials(named);
      const { control, origin } = await testedApp.provider();
      const fillIn = coatcheck.fillIn ?? (control === undefined ? undefined : fillInAtDevIdp);
      if (fillIn === undefined) {
        throw new CoatcheckTestError(
          "not_dev_idp",
          `How does one sign in at ${origin}? Say so in playwright.config.ts: use: { coatcheck: { fillIn: async (page, { username, password }) => { ... } } }.`,
        );
      }
      await leadThroughSignIn(page, testedApp.url, credentials, { path, fillIn });
      await testedApp.person();
    }),

  expireAccessToken: async ({ testedApp }, use, testInfo) =>
    use(async () => {
      const instead = "With another one give its access tokens a short life, and wait for it.";
      const idp = await testedApp.control("expireAccessToken", instead);
      await expireAccessTokens(testedApp, idp, await testedApp.person(), (description) => {
        testInfo.annotations.push({ type: "slow app", description });
      });
    }),

  endSession: async ({ testedApp, context, playwright }, use) =>
    use(async () => {
      await testedApp.person();
      // Another browser with the same cookie, so that this one keeps its own and finds out by itself.
      const elsewhere = await playwright.request.newContext({ storageState: await context.storageState() });
      const { api, url } = createTestedApp(testedApp.url, elsewhere);
      const answer = await api.post(`${url}${BFF_PATHS.logout}`, { data: {} });
      await elsewhere.dispose();
      expect(answer.status(), "the app's answer to the sign-out").toBe(200);
    }),

  providerDown: async ({ testedApp }, use) =>
    use(() => testedApp.fault("providerDown", { kind: "unavailable", endpoint: "any" })),

  slowProvider: async ({ testedApp }, use) =>
    use((ms) => testedApp.fault("slowProvider", { kind: "delay", ms, endpoint: "any" })),

  revokeAtProvider: async ({ testedApp }, use) =>
    use(async () => {
      const idp = await testedApp.control("revokeAtProvider", ASK_THE_PROVIDER);
      await idp.revokeGrants(await testedApp.person());
    }),

  backchannelLogout: async ({ testedApp }, use) =>
    use(async () => {
      const idp = await testedApp.control("backchannelLogout", ASK_THE_PROVIDER);
      const sent = await idp.sendBackchannelLogout({ user: await testedApp.person() });
      if (sent.length > 0 && sent.every(({ status }) => status === 200)) return;
      throw new CoatcheckTestError(
        "logout_refused",
        sent.length === 0
          ? `The provider sends this app no logout: give its client there a backchannelLogoutUri, ${testedApp.url}${BFF_PATHS.backchannelLogout} (appOrigin does it).`
          : `The app answered a back-channel logout with ${sent.map(({ status }) => status ?? "nothing").join(", ")}: its log has the reason.`,
      );
    }),

  expectNoTokens: async ({ testedApp, context, page: ownPage, coatcheck }, use) => {
    const watched = watchContext(context);
    await use(async (page = ownPage) => {
      const more = page.context() === context ? [] : await watchContext(page.context()).collect();
      const { control } = await testedApp.provider();
      const found = await findTokens([...(await watched.collect()), ...more], {
        appUrl: testedApp.url,
        control,
        secrets: coatcheck.secrets ?? [],
      });
      expect(found, "tokens that a page could see").toEqual([]);
    });
  },

  saveState: async ({ testedApp, context }, use) => use((path) => saveState(path, context, testedApp)),
});
