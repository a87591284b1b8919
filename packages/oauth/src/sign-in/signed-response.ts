import { decodeJwt } from "../jwt/decode-jwt.ts";
import { audiencesOf, isNumericDate, isSet } from "../jwt/id-token-claims.ts";
import type { SigningKeys } from "../jwt/signing-keys.ts";
import type { RefusalReason } from "../refusal-reason.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";

type OpenedResponse =
  | { readonly kind: "opened"; readonly rawQuery: string }
  | { readonly kind: "refused"; readonly reason: RefusalReason<"callback" | "signature"> }
  | { readonly kind: "unavailable"; readonly reason: string };

const MAX_RESPONSE_LENGTH = 16 * 1_024;
/** Claims of the JWT itself; all others are parameters of the response. */
const OWN_CLAIMS: ReadonlySet<string> = new Set(["aud", "exp", "iat", "nbf", "jti", "sub"]);

/**
 * Reads which sign-in a callback belongs to. Nothing is verified by it: the state only finds the transaction.
 *
 * @returns `""` where there is none, or several
 */
export function responseState(rawQuery: string): string {
  const parameters = new URLSearchParams(rawQuery);
  const states = parameters.getAll("state");
  if (states.length > 0) return states.length === 1 ? (states[0] ?? "") : "";
  const responses = parameters.getAll("response");
  const [response = ""] = responses;
  if (responses.length !== 1 || response.length > MAX_RESPONSE_LENGTH) return "";
  const state = decodeJwt(response)?.claims["state"];
  return typeof state === "string" ? state : "";
}

/**
 * Verifies a signed authorization response, and gives back the query that it stands for.
 *
 * @see JARM section 2.4
 */
export async function openSignedResponse(
  rawQuery: string,
  {
    settings,
    keys,
    nowMs,
  }: { readonly settings: ProviderSettings; readonly keys: SigningKeys; readonly nowMs: number },
): Promise<OpenedResponse> {
  const refused = (reason: RefusalReason<"callback" | "signature">): OpenedResponse => ({
    kind: "refused",
    reason,
  });
  const parameters = new URLSearchParams(rawQuery);
  const [response = "", ...others] = parameters.getAll("response");
  if (others.length > 0) return refused("duplicate_parameter");
  if (response === "" || parameters.size > 1) return refused("response_not_signed");
  if (response.length > MAX_RESPONSE_LENGTH) return refused("response_too_long");
  const check = await keys.verify(response, "anybody");
  if (check.kind === "unavailable") return { kind: "unavailable", reason: `keys_${check.reason}` };
  if (check.kind === "refused") return check;
  const problem = claimsProblem(check.claims, settings, nowMs / 1_000);
  if (problem !== undefined) return refused(problem);
  const entries = Object.entries(check.claims).filter(
    ([name, value]) => !OWN_CLAIMS.has(name) && typeof value === "string",
  );
  return { kind: "opened", rawQuery: new URLSearchParams(entries as [string, string][]).toString() };
}

function claimsProblem(
  { iss, aud, exp }: Readonly<Record<string, unknown>>,
  { issuer, clientId, clockToleranceSeconds }: ProviderSettings,
  nowSeconds: number,
): RefusalReason<"callback"> | undefined {
  if (!isSet(iss)) return "response_iss_missing";
  if (iss !== issuer) return "response_iss_mismatch";
  if (!isSet(aud)) return "response_aud_missing";
  // For nobody else: an array of one is the same.
  const audiences = audiencesOf(aud);
  if (audiences.length !== 1 || audiences[0] !== clientId) return "response_aud_mismatch";
  if (!isNumericDate(exp)) return "response_exp_missing";
  return exp > nowSeconds - clockToleranceSeconds ? undefined : "response_expired";
}
