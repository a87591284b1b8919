import { describe, expect, it } from "vitest";
import { securityHeaders } from "./security-headers.ts";
import type { ResponseKind } from "./security-headers.ts";

const KINDS: readonly ResponseKind[] = ["html", "asset", "auth", "data", "api"];
const read = (kind: ResponseKind, publicOrigin = "https://app.example", nonce?: string) =>
  Object.fromEntries(securityHeaders(kind, { publicOrigin, ...(nonce === undefined ? {} : { nonce }) }));

describe("security headers", () => {
  it.each(KINDS)("S-123: %s carries all of them, each once", (kind) => {
    const names = securityHeaders(kind, { publicOrigin: "https://app.example" }).map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(read(kind)).toMatchObject({
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
      "permissions-policy": expect.stringContaining("camera=()"),
      "referrer-policy": kind === "html" ? "same-origin" : "no-referrer",
    });
  });

  it.each(KINDS)("S-121: %s has HSTS of two years with subdomains, over https only", (kind) => {
    expect(read(kind)["strict-transport-security"]).toBe("max-age=63072000; includeSubDomains");
    expect(read(kind, "http://localhost:3000")["strict-transport-security"]).toBeUndefined();
  });

  it("S-122: HTML runs only our own files, in no frame, with trusted types and a place for reports", () => {
    const policy = read("html")["content-security-policy"] ?? "";
    for (const directive of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "report-uri /bff/csp-report",
    ]) {
      expect(policy.split("; ")).toContain(directive);
    }
    expect(policy).not.toMatch(/unsafe|\*|http/u);
  });

  it("S-122: a development nonce opens inline scripts and styles with that nonce, and nothing else", () => {
    const policy = read("html", "http://localhost:3000", "dev")["content-security-policy"] ?? "";
    expect(policy).toContain("script-src 'self' 'nonce-dev'");
    expect(policy).not.toContain("unsafe");
  });

  it("S-115: what an API says has no origin and loads nothing", () => {
    expect(read("api")["content-security-policy"]).toMatch(/^default-src 'none'; sandbox;/u);
  });

  it("S-123: HTML and the sign-in keep a popup's opener; everything else is alone", () => {
    expect(KINDS.map((kind) => read(kind)["cross-origin-opener-policy"])).toEqual([
      "same-origin-allow-popups",
      "same-origin",
      "same-origin-allow-popups",
      "same-origin",
      "same-origin",
    ]);
  });
});
