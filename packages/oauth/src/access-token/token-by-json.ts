import { callProvider } from "../call/provider-call.ts";
import type { CallResult } from "../call/provider-call.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import { basicCredentials } from "../client-auth/client-authentication.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";

const MAX_ANSWER_BYTES = 64 * 1_024;

/**
 * Sends an access token in JSON, with the client's id and secret as user and password: `POST` asks about it, `DELETE` revokes it.
 *
 * @see https://docs.github.com/en/rest/apps/oauth-applications
 */
export async function sendTokenByJson(
  method: "POST" | "DELETE",
  url: string,
  accessToken: string,
  settings: ProviderSettings,
  ports: OAuthPorts,
): Promise<CallResult> {
  return callProvider(
    {
      url,
      method,
      headers: {
        accept: "application/json",
        authorization: `Basic ${basicCredentials(settings)}`,
        "content-type": "application/json",
        "user-agent": "coatcheck",
      },
      body: JSON.stringify({ access_token: accessToken }),
      timeoutMs: settings.requestTimeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
    },
    ports,
  );
}
