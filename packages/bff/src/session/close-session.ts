import { logInternalError } from "../observe/log-internal-error.ts";
import type { Log } from "../observe/log.ts";
import type { RequestSession } from "./request-session.ts";

/** Closes a session when the headers leave. @returns Set-Cookie values; none where that fails, for the ledger heals the cookie that stays */
export async function closeSession(
  session: Pick<RequestSession, "close">,
  requestId: string,
  log: Log,
): Promise<readonly string[]> {
  try {
    return (await session.close()).setCookie;
  } catch (error) {
    logInternalError(log, error, { requestId, during: "close" });
    return [];
  }
}
