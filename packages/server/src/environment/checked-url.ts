import { isLoopbackHost } from "@coatcheck/contract";

/** A URL that may be contacted, or what is wrong with it and what to write instead. */
export type CheckedUrl =
  | { readonly kind: "ok"; readonly url: URL }
  | { readonly kind: "flawed"; readonly problem: string; readonly fix: string };

/**
 * Accepts `https` URLs, and `http` ones of this machine where that was allowed by name.
 *
 * Refused: anything else, credentials within the URL, a fragment, and a query unless `mayHaveQuery`.
 */
export function checkUrl(
  raw: string,
  options: { readonly allowHttpLoopback: boolean; readonly mayHaveQuery?: boolean },
): CheckedUrl {
  const url = URL.parse(raw);
  if (url === null)
    return { kind: "flawed", problem: "isn't an absolute URL", fix: "Write it whole: https://host/path." };
  if (url.username !== "" || url.password !== "") {
    return { kind: "flawed", problem: "holds a user name or password", fix: "Remove it from the URL." };
  }
  if (raw.includes("#"))
    return { kind: "flawed", problem: "has a fragment", fix: "Remove the # and all after it." };
  if (raw.includes("?") && options.mayHaveQuery !== true) {
    return { kind: "flawed", problem: "has a query", fix: "Remove the ? and all after it." };
  }
  if (url.protocol === "https:") return { kind: "ok", url };
  if (url.protocol !== "http:")
    return { kind: "flawed", problem: "isn't an https URL", fix: "Write https://..." };
  if (!isLoopbackHost(url.hostname)) {
    return { kind: "flawed", problem: "is plain http to another machine", fix: "Write https://..." };
  }
  if (options.allowHttpLoopback) return { kind: "ok", url };
  return {
    kind: "flawed",
    problem: "is plain http",
    fix: "Write https://..., or for development set DANGEROUSLY_ALLOW_HTTP=loopback.",
  };
}
