import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A network between one instance and its store that can be made to fail. */
export interface StoreRelay {
  /** As the store's URL, with the relay's address. */
  readonly url: string;
  /** Bytes take so long, each way. */
  setDelay(ms: number): void;
  /** Nothing gets through in either direction, and no connection breaks: what a network that was cut looks like from both ends. */
  cut(): void;
  /** What was held back goes on. */
  mend(): void;
  close(): Promise<void>;
}

/** @param storeUrl at a host and port of this machine */
export async function startStoreRelay(storeUrl: string): Promise<StoreRelay> {
  const target = new URL(storeUrl);
  const sockets = new Set<Socket>();
  let delayMs = 0;
  let mended: PromiseWithResolvers<void> | undefined;

  async function pass(from: Socket, to: Socket): Promise<void> {
    // In the order in which they came, however their delays differ.
    let before: Promise<void> = Promise.resolve();
    for await (const chunk of from) {
      const dueAt = performance.now() + delayMs;
      const previous = before;
      before = (async () => {
        await previous;
        await wait(dueAt - performance.now());
        await mended?.promise;
        to.write(chunk as Buffer);
      })();
      // Without this, a relay that is cut would take in everything that is sent to it.
      if (mended !== undefined) await before;
    }
    await before;
    to.end();
  }

  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => {
        sockets.delete(socket);
        // While it is cut, the other end hears of nothing.
        const other = socket === near ? far : near;
        void Promise.resolve(mended?.promise).then(() => other.destroy());
      });
    }
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const)
      pass(from, to).catch(() => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(storeUrl);
  url.port = String((server.address() as AddressInfo).port);

  function mend(): void {
    mended?.resolve();
    mended = undefined;
  }

  return {
    url: url.href,
    setDelay(ms) {
      delayMs = ms;
    },
    cut() {
      mended ??= Promise.withResolvers<void>();
    },
    mend,
    async close() {
      mend();
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function wait(ms: number): Promise<void> | undefined {
  if (ms <= 0) return undefined;
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
