import type { APIRequestContext } from "@playwright/test";
import { describe, expect, it } from "vitest";
import { createTestedApp, guardedRequests } from "./tested-app.ts";

const APP = "http://localhost:3000";

/** Writes down what it is asked for. */
function recordingRequest() {
  const sent: { url: unknown; headers: unknown }[] = [];
  const record = (url: unknown, options: { headers?: unknown } = {}) =>
    void sent.push({ url, headers: options.headers });
  const request = { get: record, post: record, fetch: record, storageState: () => "state" };
  return { sent, request: request as unknown as APIRequestContext };
}

describe("the address of the app", () => {
  it.each([undefined, "", "localhost"])("has to be said: %j isn't one", (baseUrl) => {
    const { request } = recordingRequest();
    expect(() => createTestedApp(baseUrl, request)).toThrow(/use: \{ baseURL: "http:\/\/localhost:3000" \}/);
  });

  it("counts without its path", () => {
    expect(createTestedApp(`${APP}/somewhere`, recordingRequest().request).url).toBe(APP);
  });
});

describe("the requests of `api`", () => {
  it.each([`${APP}/api/notes`, "/api/notes", "api/notes"])(
    "carry what a page's script sends: %s",
    async (url) => {
      const { sent, request } = recordingRequest();
      await guardedRequests(request, APP).post(url, { headers: { accept: "text/plain" } });
      expect(sent).toEqual([
        {
          url,
          headers: { "x-coatcheck": "1", "sec-fetch-site": "same-origin", origin: APP, accept: "text/plain" },
        },
      ]);
    },
  );

  it("carry nothing of it elsewhere", async () => {
    const { sent, request } = recordingRequest();
    await guardedRequests(request, APP).get("http://127.0.0.1:4000/control/setup");
    expect(sent).toEqual([{ url: "http://127.0.0.1:4000/control/setup", headers: undefined }]);
  });

  it("leave the rest of the context as it is", async () => {
    const { request } = recordingRequest();
    expect(await guardedRequests(request, APP).storageState()).toBe("state");
  });
});
