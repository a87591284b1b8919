import type { PlainResponse } from "@coatcheck/proxy";
import type { ProblemAnswer } from "../problem/render-problem.ts";

/** What a route answers, before anything is rendered; `setCookie` adds to what the session's end of the visit says. */
export type Answer =
  | {
      readonly kind: "json";
      /** Default 200. */
      readonly status?: 200 | 400 | 503;
      readonly value: unknown;
      readonly headers?: readonly (readonly [string, string])[];
      readonly setCookie?: SetCookie;
    }
  | { readonly kind: "empty"; readonly status: 200 | 204 }
  | {
      readonly kind: "redirect";
      readonly status: 302 | 303;
      readonly location: string;
      readonly setCookie?: SetCookie;
    }
  | { readonly kind: "problem"; readonly problem: ProblemAnswer }
  /** A page for people, where a navigation fails. `retryHref` is a path on our origin. */
  | { readonly kind: "page"; readonly page: "provider_unavailable" | "internal"; readonly retryHref: string }
  /** Something rendered elsewhere: what an API said. */
  | { readonly kind: "plain"; readonly response: PlainResponse };

type SetCookie = readonly string[];

export function problem(answer: ProblemAnswer): Answer {
  return { kind: "problem", problem: answer };
}
