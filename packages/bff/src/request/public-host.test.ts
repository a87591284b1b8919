import { describe, expect, it } from "vitest";
import { createIsPublicHost } from "./public-host.ts";

describe("a Host header", () => {
  it.each([
    ["app.example", "https://app.example"],
    ["app.example:443", "https://app.example"],
    ["APP.Example", "https://app.example"],
    ["App.Example:443", "https://app.example"],
    ["app.example:8443", "https://app.example:8443"],
    ["APP.EXAMPLE:8443", "https://app.example:8443"],
    ["localhost", "http://localhost"],
    ["localhost:80", "http://localhost"],
    ["LocalHost:3000", "http://localhost:3000"],
    ["[::1]:3000", "http://[::1]:3000"],
  ])("%j is the public one of %s (S-131)", (host, origin) => {
    expect(createIsPublicHost(origin)(host)).toBe(true);
  });

  it.each([
    [undefined, "https://app.example"],
    ["", "https://app.example"],
    [":443", "https://app.example"],
    ["app.example:80", "https://app.example"],
    ["app.example:443", "http://app.example"],
    ["app.example:0443", "https://app.example"],
    ["app.example:", "https://app.example"],
    ["app.example.", "https://app.example"],
    ["app.example:443:443", "https://app.example"],
    ["app.example, app.example", "https://app.example"],
    ["app.example@evil.example", "https://app.example"],
    ["app.example.evil.example", "https://app.example"],
    ["evil.example", "https://app.example"],
    ["app.example", "https://app.example:8443"],
    ["app.example:8443:443", "https://app.example:8443"],
    ["app.example:443", "https://app.example:8443"],
    ["localhost", "http://localhost:3000"],
    ["127.0.0.1:3000", "http://localhost:3000"],
  ])("%j isn't the public one of %s (S-131)", (host, origin) => {
    expect(createIsPublicHost(origin)(host)).toBe(false);
  });
});
