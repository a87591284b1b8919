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
  if (mode === "navigate") event.respondWith(navigate(event));
  else if (pathname.startsWith(HASHED)) event.respondWith(keptFirst(event.request));
  else if (FILES.includes(pathname)) event.respondWith(keptLast(event.request));
});

interface RoutedInstall extends ExtendableEvent {
  readonly addRoutes?: (rules: readonly unknown[]) => Promise<void>;
}

async function install(): Promise<void> {
  await caches.delete(SHELL);
  const shell = await caches.open(SHELL);
  const requests = [HTML, ...FILES].map(
    (path) =>
      new Request(path, { credentials: "omit", cache: path.startsWith(HASHED) ? "default" : "reload" }),
  );
  await shell.addAll(requests);
  const html = await (await shell.match(HTML))?.text();
  const scripts = [...(html?.matchAll(/\/assets\/[^"]+/gu) ?? [])];
  if (scripts.length === 0 || !scripts.every(([path]) => FILES.includes(path))) {
    await caches.delete(SHELL);
    // While a deployment goes on, one server may have this worker and another the old HTML. The browser tries again.
    throw new Error("The HTML is of another build.");
  }
  await self.skipWaiting();
}

async function activate(): Promise<void> {
  await self.registration.navigationPreload?.enable();
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== SHELL);
  // Pages of the version before are still open, and may need a part that they haven't loaded yet.
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function navigate(event: FetchEvent): Promise<Response> {
  try {
    const preloaded = (await event.preloadResponse) as Response | undefined;
    const response = preloaded ?? (await fetch(event.request));
    // A proxy whose server is away.
    if (response.status < 502) return response;
  } catch {
    // Nobody answers: what is kept has to do.
  }
  return (await caches.match(HTML, { cacheName: SHELL })) ?? Response.error();
}

async function keptFirst(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function keptLast(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(request, { ignoreVary: true })) ?? Response.error();
  }
}
