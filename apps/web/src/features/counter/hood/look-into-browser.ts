/** What scripts of this page find in the browser: names only. */
export type BrowserHoldings = {
  readableCookies: number;
  localStorage: readonly string[];
  sessionStorage: readonly string[];
  databases: readonly string[];
  caches: readonly string[];
};

/** Looks everywhere where a page can keep something. */
export async function lookIntoBrowser(): Promise<BrowserHoldings> {
  const databases = (await indexedDB.databases?.()) ?? [];
  return {
    readableCookies: document.cookie === "" ? 0 : document.cookie.split("; ").length,
    localStorage: Object.keys(localStorage),
    sessionStorage: Object.keys(sessionStorage),
    databases: databases.flatMap(({ name }) => name ?? []),
    caches: await caches.keys(),
  };
}
