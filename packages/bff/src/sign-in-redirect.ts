import { SIGN_IN_PARAMETER } from "@coatcheck/contract";
import type { SignInOutcome } from "@coatcheck/contract";
import type { Answer } from "./request/answer.ts";
import type { ReturnPath } from "./return-path.ts";

/**
 * Sends the browser back into the app; a failed sign-in says which of our fixed words it was, and nothing of what the
 * provider said (S-025).
 */
export function backToApp(
  path: ReturnPath,
  options: { readonly outcome?: SignInOutcome; readonly setCookie?: readonly string[] } = {},
): Answer {
  return {
    kind: "redirect",
    status: 303,
    location: options.outcome === undefined ? path : withOutcome(path, options.outcome),
    ...(options.setCookie === undefined ? {} : { setCookie: options.setCookie }),
  };
}

function withOutcome(path: ReturnPath, outcome: SignInOutcome): string {
  const [beforeHash = "", ...hash] = path.split("#");
  const [pathname = "", ...query] = beforeHash.split("?");
  const kept = query
    .join("?")
    .split("&")
    .filter((pair) => pair !== "" && pair.split("=")[0] !== SIGN_IN_PARAMETER);
  const search = [...kept, `${SIGN_IN_PARAMETER}=${outcome}`].join("&");
  return `${pathname}?${search}${hash.length === 0 ? "" : `#${hash.join("#")}`}`;
}
