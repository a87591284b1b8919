import type { RefusalReason } from "../refusal-reason.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import type { LoginTransaction } from "./begin-login.ts";

const MAX_QUERY_LENGTH = 16 * 1_024;

/** What implicit, hybrid and JWT-secured responses carry; we asked for none of them (S-024). */
const FRONT_CHANNEL_PARAMETERS = ["access_token", "id_token", "token", "token_type", "response"];

/** What is wrong with a callback's query, before anybody is asked. @see RFC 6749 section 4.1.2 */
export function responseProblem(
  rawQuery: string,
  parameters: URLSearchParams,
  transaction: LoginTransaction,
  settings: ProviderSettings,
): RefusalReason<"callback"> | undefined {
  if (rawQuery.length > MAX_QUERY_LENGTH) return "response_too_long";
  const names = [...parameters.keys()];
  if (new Set(names).size !== names.length) return "duplicate_parameter";
  if (FRONT_CHANNEL_PARAMETERS.some((name) => parameters.has(name))) return "front_channel_token";
  if (parameters.has("code") && parameters.has("error")) return "code_with_error";
  if (transaction.state === "" || parameters.get("state") !== transaction.state) return "state_mismatch";
  if (
    transaction.iss !== settings.issuer ||
    transaction.clientId !== settings.clientId ||
    transaction.redirectUri !== settings.redirectUri
  ) {
    return "transaction_of_another_provider";
  }
  const iss = parameters.get("iss");
  return iss !== null && iss !== transaction.iss ? "response_iss_mismatch" : undefined;
}

/** What the metadata promises must be there. @see RFC 9207 section 2.4 */
export function promiseProblem(
  parameters: URLSearchParams,
  metadata: ProviderMetadata,
  { security }: Pick<ProviderSettings, "security">,
): RefusalReason<"callback"> | undefined {
  // FAPI 2.0 Security Profile section 5.3.3.2: always.
  const isPromised =
    security !== "standard" || metadata.authorization_response_iss_parameter_supported === true;
  if (isPromised && !parameters.has("iss")) {
    return "response_iss_missing";
  }
  return parameters.has("error") || parameters.get("code") ? undefined : "code_missing";
}
