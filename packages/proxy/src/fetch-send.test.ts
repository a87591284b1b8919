import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { answered, CALLER, get, notes, post, readAll } from "../suite/calls.ts";
import { type RawAnswer, type RawUpstream, startRawUpstream } from "../suite/raw-upstream.ts";
import { createForward } from "./create-forward.ts";

const upstreams: RawUpstream[] = [];
afterEach(async () => {
  for (const upstream of upstreams.splice(0)) await upstream.close();
});

const setUp = async (answer?: RawAnswer) => {
  const upstream = await startRawUpstream(answer);
  upstreams.push(upstream);
  const forward = createForward();
  return {
    upstream,
    call: async (request = get("/api/notes/7")) =>
      forward(request, notes(upstream.origin), "access-token", CALLER),
  };
};

describe("sending over fetch", () => {
  it("asks for nothing compressed, and carries no cookie (S-109)", async () => {
    const { upstream, call } = await setUp();
    expect(
      await readAll(
        answered(
          await call(
            get("/api/notes/7?x=1", [
              ["Cookie", "a=b"],
              ["Accept-Encoding", "br"],
            ]),
          ),
        ).response.body,
      ),
    ).toBe("ok");
    expect(upstream.received[0]).toMatch(/^GET \/v1\/7\?x=1 HTTP\/1\.1\r\n/u);
    expect(upstream.received[0]).toMatch(/\r\naccept-encoding: identity\r\n/u);
    expect(upstream.received[0]).toMatch(/\r\nauthorization: Bearer access-token\r\n/u);
    expect(upstream.received[0]).not.toMatch(/cookie|\bbr\b/iu);
  });

  it("passes a compressed answer on decompressed, and says so", async () => {
    const zipped = gzipSync("a note");
    const { call } = await setUp((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${zipped.length}\r\n\r\n`);
      socket.write(zipped);
    });
    const { response } = answered(await call());
    expect(await readAll(response.body)).toBe("a note");
    expect(response.headers.map(([name]) => name)).not.toContain("content-encoding");
    expect(response.headers.map(([name]) => name)).not.toContain("content-length");
  });

  it("streams a body up", async () => {
    const { upstream, call } = await setUp();
    expect(answered(await call(post("hello"))).response.status).toBe(200);
    expect(upstream.received[0]).toContain("hello");
  });

  it("follows no redirect (S-112)", async () => {
    const second = await startRawUpstream();
    upstreams.push(second);
    const { call } = await setUp((socket) =>
      socket.write(`HTTP/1.1 302 Found\r\nlocation: ${second.origin}/v1\r\ncontent-length: 0\r\n\r\n`),
    );
    expect(await call()).toMatchObject({ kind: "failed", code: "upstream_failed" });
    expect(second.received).toEqual([]);
  });

  it("fails where a certificate is to be shown, and contacts nobody (S-119)", async () => {
    const { upstream } = await setUp();
    const target = { ...notes(upstream.origin), clientCertificate: { cert: "PEM", key: "PEM" } };
    const outcome = await createForward()(get("/api/notes/7"), target, "access-token", CALLER);
    expect([outcome.kind, upstream.received]).toEqual(["failed", []]);
  });

  it("tells an upstream that isn't there (S-117)", async () => {
    const { upstream, call } = await setUp();
    await upstream.close();
    upstreams.splice(0);
    expect(await call()).toMatchObject({ kind: "failed", code: "upstream_failed", reason: "ECONNREFUSED" });
  });
});
