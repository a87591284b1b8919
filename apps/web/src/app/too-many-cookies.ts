import { CoatcheckError } from "@coatcheck/client";

/** For a page that is there already; whoever navigates reads the same from the server. */
export const TOO_MANY_COOKIES = {
  title: "Too many cookies",
  fact: "Your browser sends more cookies than this site takes.",
  rest: "Some were left by other applications. Clear the cookies of this site in your browser, then try again.",
} as const;

/** Whether a call was refused for what the browser sends with every call. */
export function isTooManyCookies(error: unknown): boolean {
  return error instanceof CoatcheckError && error.code === "headers_too_large";
}
