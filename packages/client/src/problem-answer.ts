import { PROBLEM_CODES, PROBLEM_HEADER, problemSchema, type ProblemCode } from "@coatcheck/contract";
import { CoatcheckError } from "./coatcheck-error.ts";

/**
 * Reads one of our problems from an answer; `undefined` where the answer is an API's own.
 *
 * The header decides and the body only adds to it: a HEAD has none, and a proxy may have cut it.
 */
export async function readProblemAnswer(
  response: Response,
  nowMs: number,
): Promise<CoatcheckError | undefined> {
  const code = response.headers.get(PROBLEM_HEADER);
  if (code === null) return undefined;
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = problemSchema.safeParse(body);
  const problem = parsed.success ? parsed.data : undefined;
  const known = isProblemCode(code);
  return new CoatcheckError(
    known ? code : "unexpected_answer",
    problem?.title ?? `The server answered ${code}.`,
    {
      status: response.status,
      problem,
      retryAfterSeconds: problem?.retryAfterSeconds ?? readRetryAfter(response, nowMs),
    },
  );
}

/** Seconds of a `Retry-After` header, as a number or a date. @see RFC 9110 section 10.2.3 */
export function readRetryAfter(response: Response, nowMs: number): number | undefined {
  const value = response.headers.get("retry-after");
  if (value === null) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - nowMs) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

function isProblemCode(code: string): code is ProblemCode {
  return (PROBLEM_CODES as readonly string[]).includes(code);
}
