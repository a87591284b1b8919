import type { OAuthEvent } from "@coatcheck/bff";
import type { LogLine } from "./log-writer.ts";

/** Turns a report of the provider's client into a log line. None of its fields is secret or a provider's own text. */
export function toLogLine({ event, ...fields }: OAuthEvent): LogLine {
  const isTrouble = !event.endsWith("_fetched") && !("kind" in fields && fields.kind === "success");
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(" ") : value,
  ]);
  // Nobody can sign in until an operator changes something, or the provider gave one person's session another's tokens.
  const isBroken =
    event === "client_refused" ||
    ("kind" in fields && fields.kind === "other_identity") ||
    (event === "metadata_failed" && "advice" in fields && "usingStale" in fields && !fields.usingStale);
  return {
    level: isBroken ? "error" : isTrouble ? "warn" : "info",
    event: `oauth_${event}`,
    ...Object.fromEntries(entries),
  };
}
