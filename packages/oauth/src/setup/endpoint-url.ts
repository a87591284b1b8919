import { isLoopbackHost } from "@coatcheck/contract";

/** Parses an endpoint; `problem` says what is wrong with it and never repeats it. */
export type EndpointUrl =
  | { readonly kind: "url"; readonly url: URL }
  | { readonly kind: "invalid"; readonly problem: string };

/** An absolute https URL without user, password or fragment; http on loopback only where `allowLoopbackHttp` (S-038). */
export function parseEndpointUrl(raw: unknown, allowLoopbackHttp: boolean): EndpointUrl {
  if (typeof raw !== "string" || raw.length > 2_048 || !URL.canParse(raw)) {
    return { kind: "invalid", problem: "is not an absolute URL" };
  }
  const url = new URL(raw);
  if (url.username !== "" || url.password !== "") return { kind: "invalid", problem: "holds a user name" };
  if (raw.includes("#")) return { kind: "invalid", problem: "holds a fragment" };
  if (url.protocol === "https:") return { kind: "url", url };
  if (url.protocol === "http:" && allowLoopbackHttp && isLoopbackHost(url.hostname)) {
    return { kind: "url", url };
  }
  return { kind: "invalid", problem: "is not https" };
}
