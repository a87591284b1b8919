import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startStoreRelay, type StoreRelay } from "./store-relay.ts";

let echo: ReturnType<typeof createServer>;
let relay: StoreRelay;

beforeEach(async () => {
  echo = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
  await once(echo, "listening");
  const { port } = echo.address() as AddressInfo;
  relay = await startStoreRelay(`redis://127.0.0.1:${port}`);
});
afterEach(async () => {
  await relay.close();
  echo.close();
});

async function open() {
  const { hostname, port } = new URL(relay.url);
  const socket = connect(Number(port), hostname);
  let heard = "";
  socket.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  await once(socket, "connect");
  return { socket, heard: () => heard };
}

it("passes on what is sent, in order, whatever the delay is meanwhile", async () => {
  const { socket, heard } = await open();
  relay.setDelay(100);
  socket.write("late ");
  await new Promise((resolve) => setImmediate(resolve));
  relay.setDelay(0);
  socket.write("later");
  await expect.poll(heard).toBe("late later");
  socket.destroy();
});

it("holds everything back while it is cut, without an end that anyone would see", async () => {
  const { socket, heard } = await open();
  socket.write("before ");
  await expect.poll(heard).toBe("before ");
  relay.cut();
  let isClosed = false;
  socket.on("close", () => (isClosed = true));
  socket.write("meanwhile ");
  const newcomer = await open();
  newcomer.socket.write("me too");
  for (let waits = 0; waits < 100; waits += 1) await new Promise((resolve) => setImmediate(resolve));
  expect([heard(), newcomer.heard(), isClosed]).toEqual(["before ", "", false]);
  relay.mend();
  await expect.poll(heard).toBe("before meanwhile ");
  await expect.poll(newcomer.heard).toBe("me too");
  for (const each of [socket, newcomer.socket]) each.destroy();
});
