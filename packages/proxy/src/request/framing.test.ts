import { describe, expect, it } from "vitest";
import { CALLER, createSendDouble, notes } from "../../suite/calls.ts";
import { createForward } from "../create-forward.ts";
import type { HeaderList, PlainRequest } from "../http-message.ts";

const call = (method: string, headers: HeaderList, hasBody = true): PlainRequest => ({
  method,
  rawTarget: "/api/notes",
  headers,
  body: hasBody ? new Blob(["hello"]).stream() : null,
});

const refusals: [string, PlainRequest][] = [
  [
    "a length and a coding",
    call("POST", [
      ["Content-Length", "5"],
      ["Transfer-Encoding", "chunked"],
    ]),
  ],
  [
    "two lengths",
    call("POST", [
      ["Content-Length", "5"],
      ["content-length", "6"],
    ]),
  ],
  [
    "two equal lengths",
    call("POST", [
      ["Content-Length", "5"],
      ["content-length", "5"],
    ]),
  ],
  ["a list of lengths", call("POST", [["Content-Length", "5, 5"]])],
  ["a negative length", call("POST", [["Content-Length", "-5"]])],
  ["a signed length", call("POST", [["Content-Length", "+5"]])],
  ["a hexadecimal length", call("POST", [["Content-Length", "0x5"]])],
  ["an empty length", call("POST", [["Content-Length", ""]])],
  ["an endless length", call("POST", [["Content-Length", "9".repeat(30)]])],
  ["another coding", call("POST", [["Transfer-Encoding", "gzip, chunked"]])],
  [
    "chunked twice",
    call("POST", [
      ["Transfer-Encoding", "chunked"],
      ["Transfer-Encoding", "chunked"],
    ]),
  ],
  ["a misspelt coding", call("POST", [["Transfer-Encoding", "xchunked"]])],
  ["a GET with a body", call("GET", [["Content-Length", "5"]])],
  ["a chunked HEAD", call("HEAD", [["Transfer-Encoding", "chunked"]])],
  ["CONNECT", call("CONNECT", [], false)],
  ["TRACE", call("TRACE", [], false)],
  ["a method in lower case", call("get", [], false)],
  ["a method with a space", call("GET /", [], false)],
  [
    "a WebSocket (S-081)",
    call(
      "GET",
      [
        ["Connection", "Upgrade"],
        ["Upgrade", "websocket"],
      ],
      false,
    ),
  ],
  ["a line break in a value", call("GET", [["Accept", "a\r\nx: y"]], false)],
  ["a NUL in a value", call("GET", [["Accept", "a\u0000"]], false)],
  ["a value beyond Latin-1", call("GET", [["Accept", "a\u0100"]], false)],
  [
    "two content types",
    call("POST", [
      ["Content-Length", "5"],
      ["Content-Type", "text/plain"],
      ["content-type", "application/json"],
    ]),
  ],
];

describe("framing", () => {
  it.each(refusals)("refuses %s before any contact (S-114)", async (_, request) => {
    const { send, requests } = createSendDouble();
    expect(await createForward({ send })(request, notes("https://up.example"), "token", CALLER)).toEqual({
      kind: "refused",
      code: "bad_request",
    });
    expect(requests).toEqual([]);
  });

  it.each([
    ["POST", [["Content-Length", "5"]], { contentLength: 5, hasBody: true }],
    ["POST", [["Transfer-Encoding", "Chunked"]], { contentLength: undefined, hasBody: true }],
    ["POST", [], { contentLength: undefined, hasBody: true }],
    ["POST", [["Content-Length", "0"]], { contentLength: undefined, hasBody: false }],
    ["GET", [], { contentLength: undefined, hasBody: false }],
    ["DELETE", [["Content-Length", "5"]], { contentLength: 5, hasBody: true }],
  ] as const)("of a %s with %j is passed on", async (method, headers, expected) => {
    const { send, requests } = createSendDouble();
    await createForward({ send })(call(method, headers), notes("https://up.example"), "token", CALLER);
    expect({ contentLength: requests[0]?.contentLength, hasBody: requests[0]?.body !== null }).toEqual(
      expected,
    );
  });

  it("refuses a body that says it is too large, before any contact (S-148)", async () => {
    const { send, requests } = createSendDouble();
    const target = notes("https://up.example", { maxBodyBytes: 4 });
    expect(
      await createForward({ send })(call("POST", [["Content-Length", "5"]]), target, "token", CALLER),
    ).toEqual({ kind: "refused", code: "body_too_large" });
    expect(requests).toEqual([]);
  });
});
