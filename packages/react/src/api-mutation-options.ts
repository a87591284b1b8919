import type { CoatcheckClient } from "@coatcheck/client";
import { mutationOptions } from "@tanstack/react-query";
import { readApiAnswer } from "./api-answer.ts";
import { retryDelay, shouldRetry } from "./retry.ts";

export interface ApiMutation<Input, Output> {
  client: CoatcheckClient;
  method: "POST" | "PUT" | "PATCH" | "DELETE";
  /** On the page's own origin. */
  path: string | ((input: Input) => string);
  /** What is sent, as JSON. Default: the input. `undefined` sends no body. */
  body?: (input: Input) => unknown;
  /** Checks the JSON of the answer; `undefined` where it has none. */
  parse: (body: unknown) => Output;
}

/**
 * Mutation options for a change of something behind the counter.
 *
 * Each call of `mutate` has an `Idempotency-Key` of its own, the same for all its tries: what passes is tried again
 * (`shouldRetry`), and a call that waited for a sign-in goes on without a question.
 */
export function apiMutationOptions<Input, Output>(mutation: ApiMutation<Input, Output>) {
  const { client, method, path, body = (input: Input): unknown => input, parse } = mutation;
  return mutationOptions({
    mutationFn: async (input: Input) => {
      const content = body(input);
      const init: RequestInit = {
        method,
        headers: {
          accept: "application/json",
          "idempotency-key": crypto.randomUUID(),
          ...(content === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      };
      const url = typeof path === "string" ? path : path(input);
      for (let failures = 0; ; failures += 1) {
        try {
          return parse(await readApiAnswer(await client.apiFetch(url, init)));
        } catch (error) {
          if (!shouldRetry(failures, error)) throw error;
          await new Promise((resolve) => setTimeout(resolve, retryDelay(failures, error)));
        }
      }
    },
    // It tries again by itself: TanStack Query would call it anew, with another key.
    retry: false,
  });
}
