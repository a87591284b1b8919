import type { Caller, ForwardOutcome, Target } from "./forward.ts";
import { type Framing, parseFraming } from "./framing.ts";
import type { HeaderList, PlainRequest } from "./http-message.ts";
import { selectRequestHeaders } from "./request-headers.ts";
import { matchPath, parseTarget } from "./request-target.ts";
import { type Destination, findDestination } from "./target.ts";

/** A request that may be forwarded, and what of it will be. */
export interface PlannedCall {
  readonly kind: "planned";
  readonly destination: Destination;
  readonly headers: HeaderList;
  readonly framing: Framing;
}

type Refusal = Extract<ForwardOutcome, { kind: "refused" | "failed" }>;

const METHOD = /^[A-Z]{1,20}$/u;
const REFUSED_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

const refused = (code: "bad_request" | "unknown_route" | "body_too_large"): Refusal => ({
  kind: "refused",
  code,
});

const isMethod = (method: string): boolean => METHOD.test(method) && !REFUSED_METHODS.has(method);

const wantsWebSocket = ({ headers }: PlainRequest): boolean =>
  headers.some(([name, value]) => name.toLowerCase() === "upgrade" && /websocket/iu.test(value));

const isSendable = (token: string): boolean => /^[\x21-\x7e]+$/u.test(token);

/** Decides what goes upstream, before anything does. */
export const planCall = (
  request: PlainRequest,
  target: Target,
  accessToken: string | undefined,
  caller: Caller,
): PlannedCall | Refusal => {
  const parsed = parseTarget(request.rawTarget);
  if (parsed === undefined || !isMethod(request.method)) return refused("bad_request");
  const rest = matchPath(parsed.path, target.prefix);
  if (rest === undefined) return refused("unknown_route");
  const framing = parseFraming(request);
  if (framing === undefined || wantsWebSocket(request)) return refused("bad_request");
  if (framing.kind === "length" && framing.bytes > target.maxBodyBytes) return refused("body_too_large");
  const headers = selectRequestHeaders(
    request.headers,
    target.extraRequestHeaders ?? [],
    accessToken,
    caller,
  );
  if (headers === undefined) return refused("bad_request");
  if (accessToken !== undefined && !isSendable(accessToken)) {
    return { kind: "failed", code: "upstream_failed", reason: "the access token can't be sent" };
  }
  return { kind: "planned", destination: findDestination(target, rest, parsed.query), headers, framing };
};
