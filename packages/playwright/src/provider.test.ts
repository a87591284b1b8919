import type { APIRequestContext } from "@playwright/test";
import { describe, expect, it } from "vitest";
import { findProvider } from "./provider.ts";

const APP = "http://localhost:3000";

/** An app that sends people to `provider`, where every address is answered like this. */
function requestsTo(provider: string, status: number, contentType: string) {
  const asked: string[] = [];
  const get = async (url: string) => {
    asked.push(url);
    const isLogin = url.startsWith(APP);
    return {
      ok: () => !isLogin && status === 200,
      status: () => (isLogin ? 302 : status),
      headers: () => (isLogin ? { location: `${provider}/auth` } : { "content-type": contentType }),
    };
  };
  return { asked, request: { get } as unknown as APIRequestContext };
}

describe("the provider of the app", () => {
  it("is the development provider where its control API answers", async () => {
    const { request } = requestsTo("http://127.0.0.1:4000", 200, "application/json");
    expect((await findProvider(request, APP)).control).toBeDefined();
  });

  it.each([
    { name: "knows no such address", status: 404, contentType: "text/html" },
    { name: "answers every address with a page", status: 200, contentType: "text/html" },
  ])("is another one where a server of this machine $name", async ({ status, contentType }) => {
    const { request } = requestsTo("http://localhost:8080", status, contentType);
    expect(await findProvider(request, APP)).toEqual({ origin: "http://localhost:8080", control: undefined });
  });

  it("isn't asked for a control API on another machine", async () => {
    const { request, asked } = requestsTo("https://accounts.example", 200, "application/json");
    expect((await findProvider(request, APP)).control).toBeUndefined();
    expect(asked).toEqual([`${APP}/bff/login?prompt=login`]);
  });
});
