import { sessionViewSchema, type SessionView } from "@coatcheck/contract";
import { expect as baseExpect, type Page } from "@playwright/test";
import { guardedRequests } from "./tested-app.ts";

const DEFAULT_TIMEOUT_MS = 5_000;
const INTERVALS_MS = [50, 100, 250];

/** `expect` with `await expect(page).toBeSignedInAs("ada")`, which waits like Playwright's own matchers. */
export const expect = baseExpect.extend({
  /** @param person their `sub`, `preferred_username`, `email` or `name` */
  async toBeSignedInAs(page: Page, person: string, options: { readonly timeout?: number } = {}) {
    let seen = "";
    const { timeout = DEFAULT_TIMEOUT_MS } = options;
    const wanted = !this.isNot;
    const look = async (): Promise<boolean> => {
      const view = await sessionOf(page);
      seen = typeof view === "string" ? view : describe(view);
      return typeof view !== "string" && isPerson(view, person);
    };
    // Before the time counts: however short it is, and however busy the machine, the sentence says what is there.
    let isAsWanted = (await look()) === wanted;
    if (!isAsWanted) {
      try {
        await baseExpect.poll(look, { timeout, intervals: INTERVALS_MS }).toBe(wanted);
        isAsWanted = true;
      } catch {
        // Not within the time: `seen` says what it is instead.
      }
    }
    return {
      name: "toBeSignedInAs",
      pass: isAsWanted === wanted,
      message: () => `Expected the page ${wanted ? "" : "not "}to be signed in as ${person}; ${seen}.`,
    };
  },
});

/** Asks the app, and not the page: a page that shows a name may be wrong about it. A text: why that can't be. */
async function sessionOf(page: Page): Promise<SessionView | string> {
  const { origin, protocol } = new URL(page.url());
  if (!protocol.startsWith("http")) return 'it is at no address yet: go to one first, page.goto("/")';
  const api = guardedRequests(page.context().request, origin);
  const answer = await api.get(`${origin}/bff/session`, { maxRedirects: 0 });
  const isJson = answer.headers()["content-type"]?.includes("json") === true;
  const parsed = answer.ok() && isJson ? sessionViewSchema.safeParse(await answer.json()) : undefined;
  return parsed?.success
    ? parsed.data
    : `it is at ${origin}, where no Coatcheck BFF answers: is it still at the provider?`;
}

function isPerson(view: SessionView, person: string): boolean {
  if (view.state === "anonymous") return false;
  const { sub, name, ...claims } = view.user;
  return [sub, claims["preferred_username"], claims["email"], name].includes(person);
}

function describe(view: SessionView): string {
  return view.state === "anonymous"
    ? `nobody is signed in (${view.reason})`
    : `it is signed in as ${view.user.sub}${view.user.name === undefined ? "" : ` (${view.user.name})`}`;
}
