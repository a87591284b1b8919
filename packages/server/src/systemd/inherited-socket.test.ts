import { expect, it } from "vitest";
import { inheritedSocket } from "./inherited-socket.ts";

const alone = { pid: 7, ppid: 1, isWorker: false };
const worker = { pid: 8, ppid: 7, isWorker: true };

it.each([
  ["none, of nobody", {}, alone, undefined],
  ["the one of this process", { LISTEN_FDS: "1", LISTEN_PID: "7" }, alone, 3],
  ["the one of the process that forked it", { LISTEN_FDS: "1", LISTEN_PID: "7" }, worker, 3],
  ["none, of a parent that is somebody else", { LISTEN_FDS: "1", LISTEN_PID: "1" }, alone, undefined],
  ["none, of its own pid in a worker", { LISTEN_FDS: "1", LISTEN_PID: "8" }, worker, undefined],
])("a process takes %s", (_name, environment, asking, fd) => {
  expect(inheritedSocket(environment, asking)).toBe(fd);
});

it("refuses to choose among several", () => {
  expect(() => inheritedSocket({ LISTEN_FDS: "2", LISTEN_PID: "7" }, alone)).toThrow(
    expect.objectContaining({ code: "config_invalid" }),
  );
});
