import type { SizeReport } from "@coatcheck/session";
import type { Log, LogEvent } from "./log.ts";

type Facts = Pick<LogEvent, "requestId" | "session" | "clientAddress">;

/**
 * Writes down an error that nobody expected: its class and where it was thrown, never its message, which may hold anything
 * (S-135).
 *
 * @param facts `kind`: in place of the class, where nothing was thrown.
 */
export function logInternalError(
  log: Log,
  error: unknown,
  facts: { readonly during: string; readonly kind?: string } & Facts,
): void {
  const isError = error instanceof Error;
  const kind = isError ? error.name : typeof error;
  const frame = isError ? error.stack?.split("\n").find((line) => line.trim().startsWith("at ")) : undefined;
  log({ level: "error", event: "internal_error", kind, where: frame?.trim(), ...facts });
}

export function logLedgerUnavailable(log: Log, facts: { readonly during: string } & Facts): void {
  log({ level: "error", event: "ledger_unavailable", ...facts });
}

export function logProviderUnavailable(
  log: Log,
  facts: { readonly during: string; readonly reason: string } & Facts,
): void {
  log({ level: "warn", event: "provider_unavailable", ...facts });
}

export function logProxyFailed(
  log: Log,
  facts: {
    readonly requestId: string;
    readonly route: string;
    readonly code: string;
    readonly reason: string;
  },
): void {
  log({ level: "warn", event: "proxy_failed", ...facts });
}

/** @param facts `provider`: whose session it is, where the route isn't that one's. */
export function logResourceUnavailable(
  log: Log,
  facts: { readonly resource: string; readonly provider?: string } & Facts,
): void {
  log({ level: "warn", event: "resource_unavailable", ...facts });
}

/** @param facts `status` and `error`: of the provider's answer to the code, where that is what went wrong. */
export function logSignInFailed(
  log: Log,
  level: "info" | "warn",
  facts: {
    readonly reason: string;
    readonly status?: number | undefined;
    readonly error?: string | undefined;
  } & Facts,
): void {
  log({ level, event: "sign_in_failed", ...facts });
}

export function logSessionEnded(
  log: Log,
  facts: { readonly requestId: string; readonly session: string; readonly reason: string },
): void {
  log({ level: "info", event: "session_ended", ...facts });
}

export function logRevocationFailed(log: Log, facts: { readonly reason?: string } & Facts): void {
  log({ level: "warn", event: "revocation_failed", ...facts });
}

export function logSessionTooLarge(log: Log, { totalBytes, largest }: SizeReport, facts: Facts): void {
  const names = largest.map(({ path, bytes }) => `${path} ${bytes}`).join(", ");
  log({ level: "error", event: "session_too_large", ...facts, totalBytes, largest: names });
}
