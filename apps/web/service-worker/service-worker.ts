/**
 * Keeps the page itself, so that a reload without a network shows it instead of the browser's error page.
 *
 * It keeps files of the build and nothing else: the HTML is the same for everybody, and what `/bff` and `/api` answer passes
 * by it unseen. A navigation asks the server first, so a new version arrives with the next load; what is kept serves only
 * where nobody answers.
 */
declare const self: ServiceWorkerGlobalScope;
/** Written in by the build: every file that the page may load, and a name for this very set of files. */
declare const SHELL_FILES: readonly string[];
declare const SHELL_VERSION: string;

const PREFIX = "coatcheck-shell-";
const SHELL = PREFIX + SHELL_VERSION;
const FILES = SHELL_FILES;
const HTML = "/";
/** Names there hold a hash of the content: whatever was kept under one is right for ever. */
const HASHED = "/assets/";
/** Pictures for link previews and what else the server has beside the page. */
const FILE = /\.\w+$/u;
const NEVER_OURS = /^\/(?:bff|api|healthz|readyz|reading)(?:\/|$)/u;

self.addEventListener("install", (event) => {
  event.waitUntil(install());
  // Where a browser knows this, calls don't even wake the worker.
  const rules = ["/bff/*", "/api/*"].map((pathname) => ({
    condition: { urlPattern: { pathname } },
    source: "network",
  }));
  (event as RoutedInstall).addRoutes?.(rules).catch(() => undefined);
});
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== self.location.origin || NEVER_OURS.test(pathname)) return;
  if (pathname.startsWith(HASHED)) event.respondWith(keptFirst(event.request));
  else if (FILES.includes(pathname)) event.respondWith(keptLast(pathname));
  else if (mode === "navigate" && !FILE.test(pathname)) event.respondWith(keptLast(HTML));
});

interface RoutedInstall extends ExtendableEvent {
  readonly addRoutes?: (rules: readonly unknown[]) => Promise<void>;
}

async function install(): Promise<void> {
  try {
    await fill(await caches.open(SHELL));
  } catch (error) {
    // What is left of it would count as the version before, and push out the one that open pages need.
    await caches.delete(SHELL);
    throw error;
  }
  await self.skipWaiting();
}

async function fill(shell: Cache): Promise<void> {
  const requests = [HTML, ...FILES].map(
    (path) =>
      new Request(path, { credentials: "omit", cache: path.startsWith(HASHED) ? "default" : "reload" }),
  );
  await shell.addAll(requests);
  const html = await (await shell.match(HTML))?.text();
  const scripts = [...(html?.matchAll(/\/assets\/[^"]+/gu) ?? [])];
  if (scripts.length > 0 && scripts.every(([path]) => FILES.includes(path))) return;
  // While a deployment goes on, one server may have this worker and another the old HTML. The browser tries again.
  throw new Error("The HTML is of another build.");
}

async function activate(): Promise<void> {
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== SHELL);
  // Pages of the version before are still open, and may need a part that they haven't loaded yet.
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function keptFirst(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

/**
 * The server's file at this path; what is kept serves where nobody answers, or a proxy whose server is away.
 *
 * A navigation isn't sent on as it came: from a worker it no longer counts as one (`Sec-Fetch-Dest: empty`).
 */
async function keptLast(path: string): Promise<Response> {
  // Asked for as HTML, a refusal is one that people can read.
  const headers = path === HTML ? { accept: "text/html" } : {};
  const response = await fetch(path, { headers }).catch(() => undefined);
  if (response !== undefined && response.status < 502) return response;
  const kept = await caches.match(path, { cacheName: SHELL, ignoreVary: true });
  return kept ?? response ?? Response.error();
}
