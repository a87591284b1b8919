import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { BrowserContext } from "@playwright/test";
import type { TestedApp } from "./tested-app.ts";

/*
 * A session's cookie is renewed with each refresh. A file that was written once holds the first one for ever; it is honoured for
 * a while, since the server remembers what became of spent refresh tokens, and then no longer. So each test that used the
 * file puts the newest cookie back, and the next test begins with that one, in whichever worker.
 */

type State = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** Which cookie a file holds: of which sign-in, and how often refreshed. */
interface Stand {
  readonly signedInAt: number;
  readonly generation: number;
}

const OUR_COOKIE = /^(__Host-)?coatcheck-/;

/** Saves cookies and storage of a context, with what is needed to keep them new. */
export async function saveState(path: string, context: BrowserContext, app: TestedApp): Promise<void> {
  const session = await app.session();
  await mkdir(dirname(path), { recursive: true });
  await replaceFile(path, await context.storageState());
  if (session.state !== "anonymous") await replaceFile(standPath(path), session);
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
 * Puts the newest cookie of a context back into the file from which the context was made.
 *
 * No lock: of two that write at once, either leaves a whole file, with a cookie that the server still honours.
 */
export async function keepNewest(path: string, context: BrowserContext, app: TestedApp): Promise<void> {
  const session = await app.session();
  // Signed out in this test: the others' session is over, too, but it isn't for this file to say so.
  if (session.state === "anonymous") return;
  const held = await readStand(path);
  const isOlder =
    session.signedInAt < held.signedInAt ||
    (session.signedInAt === held.signedInAt && session.generation <= held.generation);
  if (isOlder) return;
  const file = JSON.parse(await readFile(path, "utf8")) as State;
  const { hostname } = new URL(app.url);
  const isOurs = ({ name, domain }: State["cookies"][number]): boolean =>
    OUR_COOKIE.test(name) && domain === hostname;
  const { cookies } = await context.storageState();
  const others = file.cookies.filter((cookie) => !isOurs(cookie));
  await replaceFile(path, { ...file, cookies: [...others, ...cookies.filter(isOurs)] });
  await replaceFile(standPath(path), session);
}

function standPath(path: string): string {
  return `${path}.session`;
}

async function readStand(path: string): Promise<Stand> {
  try {
    return JSON.parse(await readFile(standPath(path), "utf8")) as Stand;
  } catch {
    // Saved by Playwright's own `storageState({ path })`: any cookie of a later test is at least as new.
    return { signedInAt: 0, generation: -1 };
  }
}

async function replaceFile(path: string, content: State | Stand): Promise<void> {
  const text =
    "cookies" in content
      ? JSON.stringify(content)
      : JSON.stringify({ signedInAt: content.signedInAt, generation: content.generation });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}
