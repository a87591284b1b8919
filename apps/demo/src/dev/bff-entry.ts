import type { RequestListener } from "node:http";
import { composeBff, type Settings, type WriteLog } from "@coatcheck/server/internal";
import type { Ledger } from "@coatcheck/tokens";
import { createDemoBff, type DemoNeighbours } from "../part/create-demo-bff.ts";

/** A BFF that may be thrown away when its sources change. */
export interface DevBff {
  readonly owns: (rawTarget: string) => boolean;
  readonly answer: RequestListener;
  drain(): Promise<void>;
}

/** Loaded through Vite's module runner, anew after each edit; what must outlive that is handed in. */
export function createDevBff(options: {
  readonly settings: Settings;
  readonly log: WriteLog;
  readonly ledger: Ledger;
  readonly neighbours: DemoNeighbours;
}): DevBff {
  const { settings, neighbours, ...shared } = options;
  const composed = composeBff({ ...shared, config: settings.bff, createBff: createDemoBff(neighbours) });
  return {
    owns: composed.bff.owns,
    answer: composed.answer,
    async drain() {
      await composed.bff.drain();
      await composed.close();
    },
  };
}
