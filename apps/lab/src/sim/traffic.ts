import type { HeaderList, PlainRequest } from "@coatcheck/proxy";
import { count, type Coverage } from "./coverage.ts";
import type { Facts, RequestFacts, ShownSession } from "./facts.ts";
import type { Instance } from "./instance.ts";
import { headerOf, isSession, oneChunk, readJson, SESSION_COOKIE, userKeyOf } from "./message-parts.ts";
import type { Random } from "./random.ts";
import {
  acceptCookies,
  cookieHeader,
  readSetCookies,
  type SetCookie,
  type SimBrowser,
} from "./sim-browser.ts";
import type { SimCrypto } from "./sim-crypto.ts";
import { ISSUER, type SimProvider } from "./sim-provider.ts";
import type { CallRoute } from "./steps.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { CookieValue, Witness } from "./witness.ts";
import type { WorldSettings } from "./world-settings.ts";

/** What a browser learns of an answer. */
export interface Answer {
  readonly status: number;
  readonly problem: string | undefined;
  readonly location: string | undefined;
}

/** The requests of browsers on their way to some instance and back. */
export interface Traffic {
  /** `undefined`: it never came back. */
  call(browser: SimBrowser, route: CallRoute): Promise<Answer | undefined>;
  signIn(browser: SimBrowser, person: string): Promise<void>;
  signOut(browser: SimBrowser): Promise<Answer | undefined>;
  /** The provider tells us, server to server. */
  sendLogoutToken(token: string): void;
  /** Connections to a process that died break. */
  disconnect(instance: Instance): void;
}

export interface TrafficParts {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly settings: WorldSettings;
  readonly facts: Facts;
  readonly coverage: Coverage;
  readonly witness: Witness;
  readonly crypto: SimCrypto;
  readonly provider: SimProvider;
  readonly log: (line: () => string) => void;
  instances(): readonly Instance[];
}

interface Sending {
  readonly route: RequestFacts["route"];
  readonly method: string;
  readonly target: string;
  readonly isCrossSite?: boolean;
  readonly isNavigation?: boolean;
  readonly body?: string;
}

export function createTraffic(parts: TrafficParts): Traffic {
  const { time, random, settings, facts, witness, crypto } = parts;
  const waiting = new Map<RequestFacts, { readonly instance: Instance; readonly fail: () => void }>();

  const later = (ms: number, run: () => void): void => void time.schedule(time.now() + ms, run);
  const transitMs = (): number => random.integer(1, 4 * settings.latencyMs + 1);

  function shownSessions(browser: SimBrowser, isCrossSite: boolean): readonly ShownSession[] {
    return [...browser.jar]
      .flatMap(([name, cookie]) => {
        if (!SESSION_COOKIE.test(name) || isCrossSite) return [];
        const value = crypto.lookIntoCookie(cookie.value) as CookieValue | undefined;
        const session = value === undefined ? undefined : facts.sessions.get(value.sid);
        return value === undefined || session === undefined ? [] : [{ session, value }];
      })
      .toSorted((a, b) => b.value.createdAt - a.value.createdAt)
      .map(({ session, value }) => ({
        session,
        generation: value.grant.generation,
        idleDeadline: value.idleDeadline,
        accessTokenExpiresAt: value.grant.accessTokens[""]?.expiresAt ?? 0,
      }));
  }

  function send(browser: SimBrowser, sending: Sending): Promise<Answer | undefined> {
    const { route, isCrossSite = false, isNavigation = false } = sending;
    const abort = new AbortController();
    const page = isNavigation ? undefined : browser.page;
    const request: RequestFacts = {
      id: facts.requests.length,
      browser: browser.number,
      route,
      shown: shownSessions(browser, isCrossSite),
      pageOf: page?.person,
      sentAt: time.now(),
      process: undefined,
      arrivedAt: undefined,
      answeredAt: undefined,
      isAborted: false,
      isOver: false,
    };
    facts.requests.push(request);
    const path = sending.target.replace("<id>", String(request.id));
    const cookie = cookieHeader(browser.jar, path, isCrossSite);
    const headers: HeaderList = [
      ["host", "app.example"],
      ["sec-fetch-site", isCrossSite ? "cross-site" : "same-origin"],
      ["sec-fetch-mode", isNavigation ? "navigate" : "cors"],
      ["sec-fetch-dest", isNavigation ? "document" : "empty"],
      ...(isNavigation ? [] : [["x-coatcheck", "1"] as const]),
      ...(page === undefined || route === "session" ? [] : [["x-coatcheck-user", page.userKey] as const]),
      ...(cookie === "" ? [] : [["cookie", cookie] as const]),
      ...(sending.body === undefined ? [] : [["content-type", "application/json"] as const]),
    ];
    const plain: PlainRequest = {
      method: sending.method,
      rawTarget: path,
      headers,
      body: sending.body === undefined ? null : oneChunk(sending.body),
      signal: abort.signal,
    };
    browser.underWay.set(request, abort);
    const carries = request.shown.map(
      ({ session, generation }) => `${session.sid.slice(0, 4)}/${generation}`,
    );
    parts.log(() => `browser ${browser.number}: ${route} #${request.id} with [${carries.join(" ")}]`);
    return new Promise((resolve) => {
      const onAbort = (): void => {
        request.isAborted = true;
        browser.underWay.delete(request);
        resolve(undefined);
      };
      const finish = (answer: Answer | undefined): void => {
        // A `Request` holds what listens to the signal that it was made with, and so would keep the whole world.
        abort.signal.removeEventListener("abort", onAbort);
        browser.underWay.delete(request);
        request.isOver = true;
        resolve(answer);
      };
      abort.signal.addEventListener("abort", onAbort);
      later(transitMs(), () => {
        const ready = parts.instances().filter((instance) => instance.isServing);
        if (ready.length === 0) return finish(undefined);
        const instance = random.pick(ready);
        waiting.set(request, { instance, fail: () => finish(undefined) });
        instance.process.deliver(() => void serve(instance, request, plain, browser, finish));
      });
    });
  }

  async function serve(
    instance: Instance,
    request: RequestFacts,
    plain: PlainRequest,
    browser: SimBrowser,
    finish: (answer: Answer | undefined) => void,
  ): Promise<void> {
    const { process } = instance;
    if (request.isAborted) return;
    witness.requestArrived(request, process);
    const response = await instance.handle(plain);
    if (!process.isAlive()) return;
    waiting.delete(request);
    const body = await readJson(response);
    const setCookies = readSetCookies(response);
    const carried = setCookies.filter(isSession).flatMap((entry) => {
      const value = crypto.lookIntoCookie(entry.cookie.value);
      return value === undefined ? [] : [value as unknown as CookieValue];
    });
    const problem = headerOf(response, "coatcheck-problem");
    const view = body as { readonly state?: string; readonly reason?: string; readonly userKey?: string };
    witness.answerLeft(request, process, {
      status: response.status,
      problem,
      reason: view.reason,
      state: view.state,
      carried,
      removed: setCookies.filter((entry) => entry.isRemoval).map(({ name }) => name),
    });
    const group =
      request.route.startsWith("api-") && problem === undefined
        ? "api"
        : (view.state ?? problem ?? request.route);
    count(
      parts.coverage,
      `answer ${response.status} ${[view.state === undefined ? "" : "session", group, view.reason].filter(Boolean).join(" ")}`,
    );
    parts.log(
      () =>
        `   #${request.id} leaves ${process.name}: ${response.status} ${problem ?? ""} ${view.reason ?? view.state ?? ""} ${carried.map(({ sid, grant }) => `cookie ${sid.slice(0, 4)}/${grant.generation}`).join(" ")}`,
    );
    back(browser, request, setCookies, () => {
      if (request.route === "session") learnPage(browser, view.userKey);
      finish({ status: response.status, problem, location: headerOf(response, "location") });
    });
  }

  /** The way back: a response may be late, or never arrive. */
  function back(
    browser: SimBrowser,
    request: RequestFacts,
    setCookies: readonly SetCookie[],
    arrive: () => void,
  ): void {
    let delayMs = transitMs();
    if (browser.responsesToDelay.left > 0) {
      browser.responsesToDelay.left -= 1;
      delayMs += random.integer(0, browser.responsesToDelay.ms);
    }
    const isLost = browser.responsesToLose > 0;
    if (isLost) browser.responsesToLose -= 1;
    later(delayMs, () => {
      if (request.isAborted) return;
      if (isLost) {
        parts.log(() => `   #${request.id}: the response is lost`);
        browser.underWay.get(request)?.abort();
        return;
      }
      acceptCookies(browser.jar, setCookies);
      arrive();
    });
  }

  function learnPage(browser: SimBrowser, userKey: string | undefined): void {
    const person = ["ada", "ines"].find((name) => userKeyOf(name) === userKey);
    browser.page = userKey === undefined || person === undefined ? undefined : { userKey, person };
  }

  return {
    call(browser, route) {
      if (route === "session" || route === "userinfo") {
        return send(browser, { route, method: "GET", target: `/bff/${route}` });
      }
      if (route === "activity" || route === "refresh") {
        return send(browser, { route, method: "POST", target: `/bff/${route}` });
      }
      if (route === "validate") {
        return send(browser, {
          route,
          method: "POST",
          target: "/bff/validate",
          body: '{"resource":"https://a.example/"}',
        });
      }
      return send(browser, {
        route,
        method: random.chance(0.7) ? "GET" : "POST",
        target: `/api/${route}/<id>`,
      });
    },
    async signIn(browser, person) {
      if (browser.isSigningIn) return;
      browser.isSigningIn = true;
      browser.person = person;
      const login = await send(browser, {
        route: "login",
        method: "GET",
        target: "/bff/login?returnTo=%2F",
        isNavigation: true,
      });
      const state = URL.parse(login?.location ?? "")?.searchParams.get("state");
      if (state !== null && state !== undefined) {
        const code = parts.provider.authorize(person, browser.number);
        await new Promise<void>((resolve) => later(random.integer(20, 3_000), resolve));
        const target = `/bff/callback?code=${code}&state=${state}&iss=${encodeURIComponent(ISSUER)}`;
        browser.page = undefined;
        await send(browser, {
          route: "callback",
          method: "GET",
          target,
          isNavigation: true,
          isCrossSite: true,
        });
        void (await send(browser, { route: "session", method: "GET", target: "/bff/session" }));
      }
      browser.isSigningIn = false;
    },
    signOut: (browser) =>
      send(browser, { route: "logout", method: "POST", target: "/bff/logout", body: "{}" }),
    sendLogoutToken(token) {
      later(transitMs(), () => {
        const ready = parts.instances().filter((instance) => instance.isServing);
        if (ready.length === 0) return;
        const instance = random.pick(ready);
        const request: PlainRequest = {
          method: "POST",
          rawTarget: "/bff/backchannel-logout",
          headers: [
            ["host", "app.example"],
            ["content-type", "application/x-www-form-urlencoded"],
          ],
          body: oneChunk(`logout_token=${token}`),
        };
        instance.process.deliver(() => {
          void instance.handle(request).then(({ status }) => {
            count(parts.coverage, `answer ${status} back-channel logout`);
            // The provider tries again when it is told that nothing ended.
            if (status !== 200) later(5_000, () => this.sendLogoutToken(token));
          });
        });
      });
    },
    disconnect(dead) {
      for (const [request, { instance, fail }] of waiting) {
        if (instance !== dead) continue;
        waiting.delete(request);
        request.isOver = true;
        later(transitMs(), fail);
      }
    },
  };
}
