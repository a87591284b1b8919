import { PROBLEM_CODES, PROBLEM_STATUS, problemSchema } from "@coatcheck/contract";
import { expect, it } from "vitest";
import { indexHeaders } from "../request/header-index.ts";
import { renderProblem } from "./render-problem.ts";

it.each(PROBLEM_CODES)(
  "%s is a problem that the contract reads, marked, never cached, with its status",
  async (code) => {
    const response = renderProblem({ code, retryAfterSeconds: 0.2, reason: "none", allow: ["GET"] }, "r1");
    const headers = indexHeaders(response.headers);
    expect(response.status).toBe(PROBLEM_STATUS[code]);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(headers.get("coatcheck-problem")).toBe(code);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("retry-after")).toBe("1");
    const body: unknown = JSON.parse(response.body as string);
    expect(problemSchema.parse(body)).toMatchObject({ code, status: PROBLEM_STATUS[code], requestId: "r1" });
  },
);
