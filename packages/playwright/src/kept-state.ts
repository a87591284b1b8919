import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { SessionView } from "@coatcheck/contract";
import type { BrowserContext } from "@playwright/test";
import type { TestedApp } from "./tested-app.ts";

/*
 * A session's cookie is renewed with each refresh. A file that was written once holds the first one for ever; it is honoured for
 * a while, since the server remembers what became of spent refresh tokens, and then no longer. So each test that used the
 * file puts the newest cookie back, and the next test begins with that one, in whichever worker.
 */

type SignedInView = Exclude<SessionView, { readonly state: "anonymous" }>;
type State = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** Whose cookie a file holds, and how new it is. */
interface Stand {
  readonly sub: string;
  readonly signedInAt: number;
  readonly generation: number;
}

/** Playwright reads its own part of it. Without `coatcheck`: its own `storageState({ path })` wrote it. */
interface KeptState extends State {
  readonly coatcheck?: Stand;
}

const OUR_COOKIE = /^(__Host-)?coatcheck-/;

/** Saves cookies and storage of a context, with what is needed to keep them new. */
export async function saveState(path: string, context: BrowserContext, app: TestedApp): Promise<void> {
  const session = await app.session();
  const state = await context.storageState();
  await mkdir(dirname(path), { recursive: true });
  await replaceFile(path, session.state === "anonymous" ? state : { ...state, coatcheck: standOf(session) });
}

/** Our cookies of a context, to see later whether they have changed. */
export async function sessionCookies(context: BrowserContext, app: TestedApp): Promise<string> {
  const cookies = await context.cookies(app.url);
  const own = cookies.filter(({ name }) => OUR_COOKIE.test(name));
  return own
    .map(({ name, value }) => `${name}=${value}`)
    .toSorted((one, other) => one.localeCompare(other))
    .join(";");
}

/**
 * Puts the newest cookie of a context back into the file from which the context was made. Somebody else's stays out: a test that
 * signs in as another person changes nothing for those who share the file.
 *
 * No lock: of two that write at once, either leaves a whole file, with a cookie that the server still honours.
 */
export async function keepNewest(path: string, context: BrowserContext, app: TestedApp): Promise<void> {
  const session = await app.session();
  // Signed out in this test: the others' session is over, too, but it isn't for this file to say so.
  if (session.state === "anonymous") return;
  const { hostname } = new URL(app.url);
  const isOurs = ({ name, domain }: State["cookies"][number]): boolean =>
    OUR_COOKIE.test(name) && domain === hostname;
  const own = (await context.storageState()).cookies.filter(isOurs);
  const stand = standOf(session);
  const { coatcheck: held, ...file } = JSON.parse(await readFile(path, "utf8")) as KeptState;
  // A cookie's name belongs to one session. Who else wrote to the file since this test began has left `coatcheck` there.
  const isSameSession = file.cookies.some((kept) =>
    own.some(({ name }) => isOurs(kept) && name === kept.name),
  );
  if (held === undefined ? !isSameSession : !isRenewed(stand, held)) return;
  const others = file.cookies.filter((cookie) => !isOurs(cookie));
  await replaceFile(path, { ...file, cookies: [...others, ...own], coatcheck: stand });
}

function standOf({ user, signedInAt, generation }: SignedInView): Stand {
  return { sub: user.sub, signedInAt, generation };
}

function isRenewed(stand: Stand, held: Stand): boolean {
  if (stand.sub !== held.sub) return false;
  return (
    stand.signedInAt > held.signedInAt ||
    (stand.signedInAt === held.signedInAt && stand.generation > held.generation)
  );
}

async function replaceFile(path: string, content: KeptState): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(content), { mode: 0o600 });
  await rename(draft, path);
}
