import { BFF_PATHS } from "@coatcheck/contract";
import type { HeaderList, ParsedTarget, PlainRequest, RefusedTarget } from "@coatcheck/proxy";
import { MAX_HEADER_BYTES, MAX_HEADER_COUNT, MAX_TARGET_BYTES } from "./limits.ts";
import type { Core } from "../parts.ts";
import { withoutProviderName } from "../providers/provider-path.ts";
import type { ProblemAnswer } from "../response/render-problem.ts";
import type { BffRequest, Peer } from "./bff-request.ts";
import { createClientAddress } from "./client-address.ts";
import { indexHeaders } from "./header-index.ts";
import { createIsPublicHost } from "./public-host.ts";

export type Admission =
  | { readonly kind: "admitted"; readonly request: BffRequest }
  | { readonly kind: "refused"; readonly problem: ProblemAnswer; readonly requestId: string };

/** @param target the raw target, as `parseTarget` reads it. */
export type AdmitRequest = (
  plain: PlainRequest,
  target: ParsedTarget | RefusedTarget,
  peer: Peer,
) => Admission;

/** Probes come by address, and the provider may know us by an internal name. */
const ANY_HOST: ReadonlySet<string> = new Set([
  BFF_PATHS.healthz,
  BFF_PATHS.readyz,
  BFF_PATHS.backchannelLogout,
]);

/** Makes what decides whether a request can be answered at all, from its target and headers alone. */
export function createAdmission({ settings, findApiRoute, log, nowMs, newRequestId }: Core): AdmitRequest {
  const clientAddress = createClientAddress(settings.trustedProxies);
  const isPublicHost = createIsPublicHost(settings.publicOrigin);
  return (plain, target, peer) => {
    const requestId = newRequestId();
    if (plain.rawTarget.length > MAX_TARGET_BYTES) return refused("uri_too_long", requestId);
    if (isTooLarge(plain.headers)) return refused("headers_too_large", requestId);
    if (target.kind === "refused") return refused(target.code, requestId);
    const headers = indexHeaders(plain.headers);
    const caller = clientAddress(peer.remoteAddress, headers);
    if (!isPublicHost(headers.get("host")) && !ANY_HOST.has(withoutProviderName(target.path))) {
      const advice = hostAdvice(settings.publicOrigin);
      log({ level: "warn", event: "host_refused", requestId, clientAddress: caller, advice });
      const detail = settings.publicOrigin.startsWith("http:") ? { detail: advice } : {};
      return { kind: "refused", problem: { code: "bad_request", ...detail }, requestId };
    }
    // Here and not where it is forwarded: nothing may be opened or renewed for a path that isn't taken.
    if (target.hasEncodedSlash && findApiRoute(target.path)?.target.allowEncodedSlashes !== true)
      return refused("ambiguous_path", requestId);
    const request: BffRequest = {
      plain,
      headers,
      path: target.path,
      rawQuery: target.query.slice(1),
      requestId,
      clientAddress: caller,
      arrivedAt: nowMs(),
    };
    return { kind: "admitted", request };
  };
}

/** What to change; to a browser it is told in development alone. */
function hostAdvice(publicOrigin: string): string {
  return `Only ${publicOrigin} is answered: open the page there, and let a proxy keep the Host header (Vite: changeOrigin: false).`;
}

function refused(code: ProblemAnswer["code"], requestId: string): Admission {
  return { kind: "refused", problem: { code }, requestId };
}

function isTooLarge(headers: HeaderList): boolean {
  let bytes = 0;
  for (const [name, value] of headers) bytes += name.length + value.length + 4;
  return headers.length > MAX_HEADER_COUNT || bytes > MAX_HEADER_BYTES;
}
