import type { HeaderIndex } from "../request/header-index.ts";
import type { GuardVerdict } from "./fetch-guard.ts";

/** How a navigation came about: by our own page or by hand, or from a page of somebody else. */
export type NavigationVerdict = GuardVerdict | { readonly kind: "foreign" };

/**
 * Lets top-level document navigations pass and nothing else: no prefetch, no frame, no `fetch` (S-012).
 *
 * `foreign` is a navigation that another site began (S-013); where the browser doesn't say (no Fetch Metadata), it passes.
 */
export function guardNavigation(headers: HeaderIndex): NavigationVerdict {
  if (isPrefetch(headers)) return { kind: "refused", reason: "prefetch" };
  const mode = headers.get("sec-fetch-mode");
  const destination = headers.get("sec-fetch-dest");
  if ((mode ?? "navigate") !== "navigate") return { kind: "refused", reason: "not_a_navigation" };
  if ((destination ?? "document") !== "document") return { kind: "refused", reason: "not_a_navigation" };
  const site = headers.get("sec-fetch-site");
  return site === undefined || site === "same-origin" || site === "none"
    ? { kind: "pass" }
    : { kind: "foreign" };
}

function isPrefetch(headers: HeaderIndex): boolean {
  return ["sec-purpose", "purpose", "x-purpose", "x-moz"].some((name) => {
    const value = headers.get(name)?.toLowerCase() ?? "";
    return value.includes("prefetch") || value.includes("prerender") || value.includes("preview");
  });
}
