import { describe, expect, it } from "vitest";
import { PROBLEM_CODES, PROBLEM_STATUS, problemSchema } from "./problem.ts";

describe("problems", () => {
  it.each(PROBLEM_CODES)("%s is a client's or a server's error and parses", (code) => {
    const status = PROBLEM_STATUS[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    const problem = { type: `urn:coatcheck:problem:${code}`, title: "A title", status, code };
    expect(problemSchema.safeParse(problem).success).toBe(true);
  });

  it("refuses a code that nobody listed, and a reason that is none", () => {
    const problem = { type: "about:blank", title: "A title", status: 401, code: "no_session" };
    expect(problemSchema.safeParse({ ...problem, code: "oops" }).success).toBe(false);
    expect(problemSchema.safeParse({ ...problem, reason: "bored" }).success).toBe(false);
    expect(problemSchema.safeParse({ ...problem, reason: "idle_timeout" }).success).toBe(true);
  });
});
