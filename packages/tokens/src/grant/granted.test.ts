import { describe, expect, it } from "vitest";
import { firstGrant, succeed, type Granted } from "./granted.ts";

const NOW = 1_790_000_000_000;
const accessToken = { token: "at", issuedAt: NOW, expiresAt: NOW + 300_000, scope: "openid" };

describe("the limit of a refresh token's life (S-063)", () => {
  it.each<[what: string, granted: Omit<Granted, "accessToken">, limit: number | undefined]>([
    ["said", { refreshToken: "rt", refreshExpiresAt: NOW + 1_800_000 }, NOW + 1_800_000],
    ["said to be none", { refreshToken: "rt", refreshExpiresAt: "never" }, undefined],
    ["not said", { refreshToken: "rt" }, undefined],
    ["said of a refresh token that isn't there", { refreshExpiresAt: NOW + 1_000 }, undefined],
  ])("at a sign-in: %s", (_what, granted, limit) => {
    const grant = firstGrant({ accessToken, ...granted });
    expect(grant.refreshExpiresAt).toBe(limit);
    expect(grant.accessTokens[""]).toEqual(accessToken);
  });

  it.each<[what: string, granted: Omit<Granted, "accessToken">, limit: number | undefined]>([
    ["a later one", { refreshToken: "rt-1", refreshExpiresAt: NOW + 9_000_000 }, NOW + 9_000_000],
    ["an earlier one", { refreshToken: "rt-1", refreshExpiresAt: NOW + 600_000 }, NOW + 600_000],
    ["one for the token that stays", { refreshExpiresAt: NOW + 9_000_000 }, NOW + 9_000_000],
    ["none any more", { refreshToken: "rt-1", refreshExpiresAt: "never" }, undefined],
    ["nothing of a new token", { refreshToken: "rt-1" }, undefined],
    ["nothing of the same token", { refreshToken: "rt-0" }, NOW + 1_800_000],
    ["nothing of the token that stays", {}, NOW + 1_800_000],
  ])("after a refresh that says %s", (_what, granted, limit) => {
    const tip = firstGrant({ accessToken, refreshToken: "rt-0", refreshExpiresAt: NOW + 1_800_000 });
    const next = succeed(tip, "api", { accessToken, ...granted });
    expect(next.refreshExpiresAt).toBe(limit);
    expect(next.accessTokens).toEqual({ "": accessToken, api: accessToken });
  });

  it("bounds the use of an access token that lives longer, so that a session in use is refreshed in time", () => {
    const limit = NOW + 60_000;
    const first = firstGrant({ accessToken, refreshToken: "rt-0", refreshExpiresAt: limit });
    expect(first.accessTokens[""]).toEqual({ ...accessToken, expiresAt: limit });
    const next = succeed(first, "api", { accessToken, refreshToken: "rt-1", refreshExpiresAt: limit + 1 });
    expect(next.accessTokens["api"]?.expiresAt).toBe(limit + 1);
  });
});
