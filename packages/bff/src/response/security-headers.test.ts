import { describe, expect, it } from "vitest";
import { securityHeaders } from "./security-headers.ts";
import type { PageConfig } from "../config/bff-config.ts";
import type { ResponseKind, SecurityHeadersOptions } from "./security-headers.ts";

const KINDS: readonly ResponseKind[] = ["html", "asset", "worker", "auth", "data", "api"];
function read(kind: ResponseKind, publicOrigin = "https://app.example", nonce?: string) {
  return Object.fromEntries(
    securityHeaders(kind, { publicOrigin, ...(nonce === undefined ? {} : { nonce }) }),
  );
}

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

  it("S-122: a service worker fetches from its own origin, loads no further script, and keeps its origin", () => {
    const policy = (read("worker")["content-security-policy"] ?? "").split("; ");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy.filter((one) => /^(?:script-src|worker-src|sandbox)/u.test(one))).toEqual([]);
  });

  it("S-122: the page has no trusted types policy, but the one that names its service worker where it has one", () => {
    expect(directive("trusted-types", {})).toBe("trusted-types 'none'");
    expect(directive("trusted-types", {}, { hasServiceWorker: false })).toBe("trusted-types 'none'");
    expect(directive("trusted-types", {}, { hasServiceWorker: true })).toBe("trusted-types coatcheck-worker");
  });

  it("S-123: HTML and the sign-in keep a popup's opener; everything else is alone", () => {
    expect(KINDS.map((kind) => read(kind)["cross-origin-opener-policy"])).toEqual([
      "same-origin-allow-popups",
      "same-origin",
      "same-origin",
      "same-origin-allow-popups",
      "same-origin",
      "same-origin",
    ]);
  });

  function directive(name: string, page: PageConfig, extra: Partial<SecurityHeadersOptions> = {}) {
    const options = { publicOrigin: "https://app.example", page, ...extra };
    const { "content-security-policy": policy } = Object.fromEntries(securityHeaders("html", options));
    return policy?.split("; ").find((one) => one.startsWith(`${name} `));
  }

  it.each([
    ["img-src", {}, "img-src 'self' data:"],
    ["img-src", { pictureHosts: ["avatars.example"] }, "img-src 'self' data: https://avatars.example"],
    [
      "img-src",
      { pictureHosts: ["https://*.cdn.example", "pictures.example:8443"] },
      "img-src 'self' data: https://*.cdn.example https://pictures.example:8443",
    ],
    ["img-src", { blobs: true }, "img-src 'self' data: blob:"],
    ["media-src", {}, "media-src 'self'"],
    ["media-src", { blobs: true }, "media-src 'self' blob:"],
    ["media-src", { pictureHosts: ["avatars.example"] }, "media-src 'self'"],
    ["frame-src", { blobs: true }, "frame-src 'self'"],
    ["script-src", { blobs: true, styleNonce: true }, "script-src 'self'"],
    ["worker-src", { blobs: true }, "worker-src 'self'"],
    ["object-src", { blobs: true }, "object-src 'none'"],
    ["connect-src", { blobs: true, pictureHosts: ["avatars.example"] }, "connect-src 'self'"],
  ] as const)("S-122: %s with the setting %j is %s, and no setting opens another", (name, page, expected) => {
    expect(directive(name, page, { styleNonce: "n0" })).toBe(expected);
  });

  it("S-122: a nonce for styles opens styles alone, and only where the setting says so", () => {
    expect(directive("style-src", { styleNonce: true }, { styleNonce: "n0" })).toBe(
      "style-src 'self' 'nonce-n0'",
    );
    expect(directive("style-src", { styleNonce: true })).toBe("style-src 'self'");
    expect(directive("style-src", {}, { styleNonce: "n0" })).toBe("style-src 'self'");
  });

  it("S-123: a feature of the device is the page's own where the setting names it, and nobody's else", () => {
    const policyOf = (kind: ResponseKind) =>
      Object.fromEntries(
        securityHeaders(kind, { publicOrigin: "https://app.example", page: { features: ["geolocation"] } }),
      )["permissions-policy"];
    expect(policyOf("html")).toContain("geolocation=(self), gyroscope=()");
    for (const kind of KINDS.filter((one) => one !== "html"))
      expect([kind, policyOf(kind)]).toEqual([kind, expect.stringContaining("geolocation=(), gyroscope=()")]);
  });

  it.each([
    [undefined, "max-age=63072000; includeSubDomains"],
    ["host", "max-age=63072000"],
    ["subdomains", "max-age=63072000; includeSubDomains"],
    ["preload", "max-age=63072000; includeSubDomains; preload"],
  ] as const)("S-121: HSTS with the setting %s is %s on every kind of answer", (hsts, expected) => {
    const page = hsts === undefined ? {} : { hsts };
    for (const kind of KINDS) {
      const options = { publicOrigin: "https://app.example", page };
      expect(Object.fromEntries(securityHeaders(kind, options))["strict-transport-security"]).toBe(expected);
    }
  });
});
