/** What of this repository the page links to; the build puts each beside the page, so that a link shows what runs here. */
export const READING = {
  readme: "README.md",
  security: "SECURITY.md",
  architecture: "docs/architecture.md",
  flows: "docs/flows.md",
  securityItems: "docs/security-items.md",
  vocabulary: "docs/vocabulary.md",
  client: "packages/client/src/client.ts",
  apiFetch: "packages/client/src/api-fetch.ts",
  guard: "packages/bff/src/guard/guard-request.ts",
  openSession: "packages/bff/src/session/open-request-session.ts",
  sealing: "packages/session/src/create-browser-sessions.ts",
  cookieNames: "packages/session/src/cookie-names.ts",
  ensureFresh: "packages/tokens/src/keeper/ensure-fresh.ts",
  refreshes: "packages/tokens/src/refresh/refreshes.ts",
  forward: "packages/proxy/src/create-forward.ts",
  apiCalls: "packages/bff/src/api/answer-api-call.ts",
  plainBff: "apps/demo/src/plain/plain-bff.ts",
  closeSession: "packages/tokens/src/keeper/close-visit.ts",
} as const;

export type Reading = keyof typeof READING;

/** Where the build puts a file of the repository: as plain text, which every browser shows. */
export function readingUrl(reading: Reading): string {
  return `/reading/${READING[reading]}.txt`;
}
