import { BFF_PATHS, sessionViewSchema } from "@coatcheck/contract";
import { createHttpBrowser, type Demo, type HttpBrowser, type PageRequest } from "@coatcheck/demo";

/** What a soak has seen so far. */
export interface SoakTally {
  readonly calls: number;
  /** Calls with any other answer than 200, broken connections included. */
  readonly failures: number;
  /** Grant generations that the session has gone through. */
  readonly generations: number;
}

export interface SoakOptions {
  readonly demo: Demo;
  readonly tabs: number;
  readonly durationMs: number;
  readonly signal: AbortSignal;
  readonly onFailure: (failure: string) => void;
  /** Called every 30 s. */
  readonly onProgress: (tally: SoakTally) => Promise<void>;
}

const PROGRESS_MS = 30_000;
const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 900;
/** One pause in so many is followed by a page load: several calls at once. */
const PAGE_LOAD_EVERY = 12;
const PAGE_LOAD_CALLS = 6;

/** Signs in once and lets several tabs of one browser call the BFF until the time is over. */
export async function runSoak(options: SoakOptions): Promise<SoakTally> {
  const { demo, signal } = options;
  const browser = createHttpBrowser(demo.appUrl);
  const [person] = demo.users;
  if (person === undefined) throw new Error("The demo has no users.");
  await browser.signIn(person);
  const noteId = await createNote(browser);

  let calls = 0;
  let failures = 0;
  let generations = 0;
  const endsAtMs = performance.now() + options.durationMs;
  const goesOn = (): boolean => performance.now() < endsAtMs && !signal.aborted;
  const tally = (): SoakTally => ({ calls, failures, generations });

  async function call(request: PageRequest): Promise<void> {
    calls += 1;
    const name = `${request.method ?? "GET"} ${request.path}`;
    try {
      const response = await browser.fetch(request);
      const body = await response.text();
      if (response.status !== 200) fail(`${name} answered ${response.status} ${body.slice(0, 200)}`);
      else if (request.path === BFF_PATHS.session) readSession(body);
    } catch (error) {
      fail(`${name} broke: ${error instanceof Error ? error.message : "unknown"}`);
    }
  }

  function fail(failure: string): void {
    failures += 1;
    options.onFailure(failure);
  }

  function readSession(body: string): void {
    const view = sessionViewSchema.safeParse(JSON.parse(body));
    if (!view.success || view.data.state !== "active")
      fail(`the session isn't active: ${body.slice(0, 200)}`);
    else generations = Math.max(generations, view.data.generation);
  }

  const pickRequest = (tab: number): PageRequest => {
    const dice = Math.random();
    if (dice < 0.5) return { path: "/api/notes" };
    if (dice < 0.6) return { path: `/api/notes/${noteId}` };
    if (dice < 0.75)
      return { method: "PUT", path: `/api/notes/${noteId}`, body: noteBody(`from tab ${tab}`) };
    if (dice < 0.85) return { path: BFF_PATHS.session };
    if (dice < 0.95) return { path: BFF_PATHS.userinfo };
    return { method: "POST", path: BFF_PATHS.activity };
  };

  async function runTab(tab: number): Promise<void> {
    while (goesOn()) {
      const count = Math.random() < 1 / PAGE_LOAD_EVERY ? PAGE_LOAD_CALLS : 1;
      await Promise.all(Array.from({ length: count }, () => call(pickRequest(tab))));
      await pause(MIN_PAUSE_MS + Math.random() * (MAX_PAUSE_MS - MIN_PAUSE_MS));
    }
  }

  const progress = setInterval(() => void options.onProgress(tally()), PROGRESS_MS);
  await Promise.all(Array.from({ length: options.tabs }, (_, tab) => runTab(tab + 1)));
  clearInterval(progress);
  await call({ path: BFF_PATHS.session });
  return tally();
}

function noteBody(body: string): { readonly title: string; readonly body: string } {
  return { title: "Soak", body };
}

async function createNote(browser: HttpBrowser): Promise<string> {
  const created = await browser.fetch({ method: "POST", path: "/api/notes", body: noteBody("first") });
  if (created.status !== 201) throw new Error(`The first note was answered with ${created.status}, not 201.`);
  const note = (await created.json()) as { readonly id: string };
  return note.id;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
