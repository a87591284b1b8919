import { CoatcheckError } from "@coatcheck/client";
import { PROBLEM_CODES } from "@coatcheck/contract";
import { describe, expect, it } from "vitest";
import { ApiError } from "./api-error.ts";
import { retryDelay, shouldRetry } from "./retry.ts";

describe("shouldRetry", () => {
  it("tries again only what passes by itself", () => {
    const codes = [...PROBLEM_CODES, "network", "cross_origin", "unexpected_answer"] as const;
    const retried = codes.filter((code) => shouldRetry(0, new CoatcheckError(code, "")));
    expect(retried.toSorted()).toEqual([
      "ledger_unavailable",
      "network",
      "provider_error",
      "provider_unavailable",
      "refresh_unavailable",
      "upstream_failed",
      "upstream_timeout",
    ]);
  });

  it("tries an API again that is busy or broken, and takes its no for a no", () => {
    const statuses = [400, 401, 403, 404, 408, 409, 422, 429, 500, 501, 502, 503, 504];
    expect(statuses.filter((status) => shouldRetry(0, new ApiError(status, "")))).toEqual([
      408, 429, 500, 502, 503, 504,
    ]);
  });

  it("doesn't try again what isn't an answer at all", () => {
    expect(shouldRetry(0, new TypeError("parse"))).toBe(false);
    expect(shouldRetry(0, undefined)).toBe(false);
  });

  it("gives up after three times", () => {
    const tries = [0, 1, 2, 3].map((count) => shouldRetry(count, new CoatcheckError("network", "")));
    expect(tries).toEqual([true, true, true, false]);
  });
});

describe("retryDelay", () => {
  it("waits as long as it is asked to", () => {
    const busy = new CoatcheckError("refresh_unavailable", "", { retryAfterSeconds: 7 });
    expect(retryDelay(0, busy)).toBe(7_000);
    expect(retryDelay(2, new ApiError(429, "", 60))).toBe(60_000);
    expect(retryDelay(0, new ApiError(429, "", 0))).toBe(0);
  });

  it("else waits longer each time, half a minute at most", () => {
    const delays = [0, 1, 2, 10].map((count) => retryDelay(count, new CoatcheckError("network", "")));
    expect(delays).toEqual([1_000, 2_000, 4_000, 30_000]);
  });
});
