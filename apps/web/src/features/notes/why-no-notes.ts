import { CoatcheckError } from "@coatcheck/client";
import { TOO_MANY_COOKIES } from "../../app/too-many-cookies.ts";

/** Why the notes couldn't be fetched, in words: whose fault it is, and that it passes. */
export function whyNoNotes(error: unknown): string {
  const code = error instanceof CoatcheckError ? error.code : undefined;
  switch (code) {
    case "refresh_unavailable":
    case "provider_unavailable":
      return "The provider is not answering. Your notes come when it does.";
    case "network":
    case "ledger_unavailable":
    case "internal":
      return "The counter is not answering. Your notes come when it does.";
    case "headers_too_large":
      return `${TOO_MANY_COOKIES.fact} ${TOO_MANY_COOKIES.rest}`;
    default:
      return "The notes service is not answering.";
  }
}
