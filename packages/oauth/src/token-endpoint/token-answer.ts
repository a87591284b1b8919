import type { CallResult, ReplyBody, UnreadableReason } from "../call/provider-call.ts";
import { parseRetryAfter } from "../call/retry-after.ts";
import type { RefusalReason } from "../refusal-reason.ts";
import { findErrorCodes } from "./error-codes.ts";
import { knownErrorCode } from "./oauth-error-code.ts";
import type { ProtocolErrorCode } from "./oauth-error-code.ts";
import { readAnswer, readTokenResponse, readTornTokenResponse } from "./token-response.ts";
import type { TokenResponse, TokenResponseMembers } from "./token-response.ts";

/**
 * What the answer to a token call means.
 *
 * - `success`: the provider answered with an access token. What was sent for it is spent.
 * - `terminal`: the grant is over.
 * - `client`: the provider doesn't accept our own credentials; nobody's grant is over.
 * - `refused`: the provider said no in another way; over only when it repeats.
 * - `unsent`: the provider did not process the request.
 * - `unreadable`: something else than a token endpoint answered, or a whole 2xx makes no sense: then the provider has probably
 *   processed the request.
 * - `ambiguous`: the provider may have processed it.
 */
export type TokenAnswer =
  | { readonly kind: "success"; readonly members: TokenResponseMembers; readonly sentAtMs: number }
  | FailedTokenAnswer;

export type FailedTokenAnswer =
  | ProviderRefusal<"terminal">
  | ProviderRefusal<"client">
  | ProviderRefusal<"refused">
  | {
      readonly kind: "unsent";
      readonly reason: string;
      readonly status?: number;
      readonly retryAfterSeconds?: number;
    }
  | {
      readonly kind: "unreadable";
      readonly reason: RefusalReason<"tokenResponse">;
      readonly status: number;
    }
  | { readonly kind: "ambiguous"; readonly reason: string; readonly status?: number };

interface ProviderRefusal<Kind> {
  readonly kind: Kind;
  readonly reason: TokenRefusal;
  readonly status: number;
}

/** Why a provider said no: its error code, or what else there was to see. */
export type TokenRefusal = ProtocolErrorCode | "no_error_code" | "preset" | `body_${UnreadableReason}`;

/** A whole answer with everything that the rules look at. */
interface Reply {
  readonly status: number;
  /** `""` where it couldn't be read. */
  readonly text: string;
  /** Why the body couldn't be read. */
  readonly unreadable: `body_${UnreadableReason}` | undefined;
  /** The error code that counts; `""` where there is none. */
  readonly code: string;
  readonly response: TokenResponse;
  readonly isPresetTerminal: boolean;
  /** A wish that can be read. */
  readonly retryAfterSeconds: number | undefined;
}

interface Rule {
  readonly kind: TokenAnswer["kind"];
  readonly when: (reply: Reply) => boolean;
  /** Default: the error code that counts. */
  readonly reason?: TokenRefusal;
}

const TERMINAL_CODES: readonly string[] = [
  "invalid_grant",
  "interaction_required",
  "login_required",
  "consent_required",
  "account_selection_required",
] satisfies readonly ProtocolErrorCode[];
/** `invalid_client`, and what GitHub, Google and Slack say instead. */
const CLIENT_CODES: readonly string[] = [
  "invalid_client",
  // The proof is ours, and a clock that is off makes one for everybody.
  "invalid_dpop_proof",
  "incorrect_client_credentials",
  "deleted_client",
  "disabled_client",
  "bad_client_secret",
  "invalid_client_id",
] satisfies readonly ProtocolErrorCode[];

/** "Not now". @see RFC 6749 section 4.1.2.1, RFC 8628 section 3.5; the last two are gateways' */
const PASSING_CODES: ReadonlySet<string> = new Set([
  "temporarily_unavailable",
  "server_error",
  "slow_down",
  "too_many_requests",
  "rate_limit_exceeded",
]);
/** By them a server says that it has no such endpoint, as an ingress does while what is behind it is replaced. */
const ELSEWHERE_STATUSES: ReadonlySet<number> = new Set([404, 405, 421]);

/** @see RFC 9449 section 8 */
const NONCE_CODE = "use_dpop_nonce" satisfies ProtocolErrorCode;

/** The whole table: the first rule that fits decides. Codes come first, since a gateway may wrap them in any status. */
const RULES: readonly Rule[] = [
  {
    kind: "success",
    when: ({ status, response }) => isSuccess(status) && response.kind === "token_response",
  },
  { kind: "terminal", when: ({ code }) => TERMINAL_CODES.includes(code) },
  { kind: "client", when: ({ code }) => CLIENT_CODES.includes(code) },
  // After all repetitions: nothing was processed.
  { kind: "unsent", when: ({ code }) => code === NONCE_CODE },
  { kind: "terminal", when: ({ isPresetTerminal }) => isPresetTerminal, reason: "preset" },
  {
    kind: "client",
    when: ({ status, code }) => status === 401 && ["", "unauthorized_client"].includes(code),
  },
  {
    kind: "unsent",
    when: ({ status, unreadable }) => (status === 429 || status === 503) && unreadable === undefined,
  },
  { kind: "unsent", when: (reply) => saysNo(reply) && saysNotNow(reply) },
  { kind: "unreadable", when: isElsewhere },
  { kind: "refused", when: saysNo },
  { kind: "unreadable", when: (reply) => isSuccess(reply.status) && nonsense(reply) !== undefined },
  { kind: "ambiguous", when: () => true },
];

/**
 * Sorts what came back from the token endpoint, by status and raw body alone.
 *
 * @param isTerminal what the preset knows beyond the rules
 */
export function sortTokenAnswer(
  result: CallResult | undefined,
  isTerminal: (status: number, body: string) => boolean,
  nowMs: number,
): TokenAnswer {
  if (result === undefined) return { kind: "unsent", reason: "request_not_possible" };
  if (result.kind === "unsent") return { kind: "unsent", reason: result.reason };
  if (result.kind === "interrupted") return { kind: "ambiguous", reason: result.reason };

  const { status, headers, body, sentAtMs } = result;
  const reply = toReply(status, headers, body, isTerminal, nowMs);
  const { response, retryAfterSeconds } = reply;
  const rule = RULES.find(({ when }) => when(reply));
  switch (rule?.kind) {
    case "success":
      if (response.kind === "token_response") return { kind: "success", members: response.members, sentAtMs };
      break;
    case "terminal":
      return { kind: "terminal", reason: rule.reason ?? saidReason(reply), status };
    case "client":
      return { kind: "client", reason: saidReason(reply), status };
    case "refused":
      return { kind: "refused", reason: saidReason(reply), status };
    case "unsent": {
      const wish = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
      const reason = reply.code === NONCE_CODE ? NONCE_CODE : `status_${status}`;
      return { kind: "unsent", reason, status, ...wish };
    }
    case "unreadable":
      if (isElsewhere(reply)) return { kind: "unreadable", reason: "token_endpoint_not_found", status };
      return { kind: "unreadable", reason: nonsense(reply) ?? "token_response_malformed", status };
    default:
      break;
  }
  return { kind: "ambiguous", reason: reply.unreadable ?? `status_${status}`, status };
}

function toReply(
  status: number,
  headers: Headers,
  body: ReplyBody,
  isTerminal: (status: number, body: string) => boolean,
  nowMs: number,
): Reply {
  const text = body.kind === "text" ? body.text : "";
  const codes = findErrorCodes(text, headers.get("www-authenticate"));
  // What decides by itself decides wherever it stands.
  const deciding = codes.find((code) => TERMINAL_CODES.includes(code) || CLIENT_CODES.includes(code));
  return {
    status,
    text,
    unreadable: body.kind === "unreadable" ? `body_${body.reason}` : undefined,
    code: deciding ?? codes[0] ?? "",
    response: body.kind === "text" ? readTokenResponse(text) : readTornTokenResponse(body.received),
    isPresetTerminal: body.kind === "text" && isTerminal(status, text),
    retryAfterSeconds: parseRetryAfter(headers.get("retry-after"), nowMs),
  };
}

/** 408 and 425 are about the request's way here. */
function saysNo({ status, text }: Reply): boolean {
  if (isSuccess(status)) return hasErrorText(text);
  return status >= 400 && status < 500 && ![408, 425, 429].includes(status);
}

/** Without this, what passes by itself would end sessions: a refusal does, when it repeats. */
function saysNotNow({ code, unreadable, retryAfterSeconds }: Reply): boolean {
  if (PASSING_CODES.has(code)) return true;
  return retryAfterSeconds !== undefined && unreadable === undefined && !isOAuthCode(code);
}

function isElsewhere({ status, code }: Reply): boolean {
  return ELSEWHERE_STATUSES.has(status) && !isOAuthCode(code);
}

function isOAuthCode(code: string): boolean {
  return knownErrorCode(code) !== "unknown_error";
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function saidReason({ code, unreadable }: Reply): TokenRefusal {
  return unreadable ?? (code === "" ? "no_error_code" : knownErrorCode(code));
}

const NONSENSE: Partial<Record<`body_${UnreadableReason}`, RefusalReason<"tokenResponse">>> = {
  body_too_large: "token_response_too_large",
  body_not_utf8: "token_response_not_utf8",
  body_undecodable: "token_response_undecodable",
};

/** What the next answer would be wrong with, too; `undefined` where a connection failed. */
function nonsense({ unreadable, response }: Reply): RefusalReason<"tokenResponse"> | undefined {
  if (unreadable !== undefined) return NONSENSE[unreadable];
  return response.kind === "unreadable" ? response.reason : undefined;
}

function hasErrorText(text: string): boolean {
  const error = readAnswer(text)?.["error"];
  return typeof error === "string" && error !== "";
}
