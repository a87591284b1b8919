import { BFF_PATHS } from "@coatcheck/contract";
import type { HeaderList, ParsedTarget, PlainRequest, RefusedTarget } from "@coatcheck/proxy";
import { MAX_HEADER_BYTES, MAX_HEADER_COUNT, MAX_TARGET_BYTES } from "./limits.ts";
import type { Core } from "../parts.ts";
import type { ProblemAnswer } from "../response/render-problem.ts";
import type { BffRequest, Peer } from "./bff-request.ts";
import { clientAddress } from "./client-address.ts";
import { indexHeaders } from "./header-index.ts";
import { isPublicHost } from "./public-host.ts";

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
  return (plain, target, peer) => {
    const requestId = newRequestId();
    const refuse = (code: ProblemAnswer["code"]): Admission => ({
      kind: "refused",
      problem: { code },
      requestId,
    });
    if (plain.rawTarget.length > MAX_TARGET_BYTES) return refuse("uri_too_long");
    if (isTooLarge(plain.headers)) return refuse("headers_too_large");
    if (target.kind === "refused") return refuse(target.code);
    const headers = indexHeaders(plain.headers);
    const caller = clientAddress(peer.remoteAddress, headers, settings.trustedProxies);
    if (!isPublicHost(headers.get("host"), settings.publicOrigin) && !ANY_HOST.has(target.path)) {
      log({ level: "warn", event: "host_refused", requestId, clientAddress: caller });
      return refuse("bad_request");
    }
    // Here and not where it is forwarded: nothing may be opened or renewed for a path that isn't taken.
    if (target.hasEncodedSlash && findApiRoute(target.path)?.target.allowEncodedSlashes !== true)
      return refuse("ambiguous_path");
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

function isTooLarge(headers: HeaderList): boolean {
  if (headers.length > MAX_HEADER_COUNT) return true;
  const bytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  return bytes > MAX_HEADER_BYTES;
}
