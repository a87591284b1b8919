import { logInternalError } from "../observe/log-lines.ts";
import type { Core } from "../parts.ts";

/** How long anybody waits for what a hook began. */
const MAX_HOOK_MS = 10_000;

/** What a hook answered; or that it threw, or took too long, which is logged as `internal_error`. */
export type HookEnd<Value> =
  | { readonly kind: "answered"; readonly value: Value }
  | { readonly kind: "failed" };

/**
 * Calls what an embedder gave us: bounded, and never throwing.
 *
 * @param during the hook's name, for the log
 * @param session hash of the session, for the log; `undefined`: there is none
 */
export async function runHook<Value>(
  hook: () => Value | Promise<Value>,
  during: string,
  session: string | undefined,
  { log, startTimer }: Pick<Core, "log" | "startTimer">,
): Promise<HookEnd<Value>> {
  const overdue = Promise.withResolvers<"overdue">();
  const stop = startTimer(() => overdue.resolve("overdue"), MAX_HOOK_MS);
  try {
    const answered = Promise.resolve()
      .then(hook)
      .then((value) => ({ kind: "answered", value }) as const);
    const end = await Promise.race([answered, overdue.promise]);
    if (end !== "overdue") return end;
    logInternalError(log, undefined, { during, session, kind: end });
  } catch (error) {
    logInternalError(log, error, { during, session });
  } finally {
    stop();
  }
  return { kind: "failed" };
}
