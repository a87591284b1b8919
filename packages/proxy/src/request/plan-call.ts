import type { AccessCredential } from "../access-credential.ts";
import type { Caller, ForwardOutcome } from "../forward.ts";
import { type HeaderList, type PlainRequest, valuesOf } from "../http-message.ts";
import { type Destination, findDestination, type Target } from "../target.ts";
import { type Framing, parseFraming } from "./framing.ts";
import { selectRequestHeaders } from "./request-headers.ts";
import { matchPath, parseTarget } from "./request-target.ts";

/** A request that may be forwarded, and what of it will be. */
export interface PlannedCall {
  readonly kind: "planned";
  readonly destination: Destination;
  readonly headers: HeaderList;
  readonly framing: Framing;
}

type Refused = Extract<ForwardOutcome, { kind: "refused" }>;
type Failed = Extract<ForwardOutcome, { kind: "failed" }>;

const METHOD = /^[A-Z]{1,20}$/u;
const REFUSED_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);
const TOKEN = /^[\x21-\x7e]+$/u;

/** Decides what goes upstream, before anything does. @param expects `websocket`: a handshake, and nothing else. */
export function planCall(
  request: PlainRequest,
  target: Target,
  credential: AccessCredential | undefined,
  caller: Caller,
  expects: "answer" | "websocket" = "answer",
): PlannedCall | Refused | Failed {
  const parsed = parseTarget(request.rawTarget);
  if (parsed.kind === "refused") return parsed;
  if (!METHOD.test(request.method) || REFUSED_METHODS.has(request.method)) return refused("bad_request");
  if (parsed.hasEncodedSlash && target.allowEncodedSlashes !== true) return refused("ambiguous_path");
  const rest = matchPath(parsed.path, target.prefix);
  if (rest === undefined) return refused("unknown_route");
  const framing = parseFraming(request);
  if (framing === undefined || wantsWebSocket(request) !== (expects === "websocket"))
    return refused("bad_request");
  if (expects === "websocket" && (request.method !== "GET" || framing.kind !== "none"))
    return refused("bad_request");
  if (framing.kind === "length" && framing.bytes > target.maxBodyBytes) return refused("body_too_large");
  const extra = target.extraRequestHeaders ?? [];
  const headers = selectRequestHeaders(request.headers, extra, credential, caller);
  if (headers === undefined) return refused("bad_request");
  const accessToken = typeof credential === "object" ? credential.token : credential;
  if (accessToken !== undefined && !TOKEN.test(accessToken)) {
    return { kind: "failed", code: "upstream_failed", reason: "the access token can't be sent" };
  }
  return { kind: "planned", destination: findDestination(target, rest, parsed.query), headers, framing };
}

function refused(code: Refused["code"]): Refused {
  return { kind: "refused", code };
}

function wantsWebSocket({ headers }: PlainRequest): boolean {
  return valuesOf(headers, "upgrade").some((value) => /websocket/iu.test(value));
}
