import type { RequestListener } from "node:http";
import { createDemo } from "@coatcheck/bff/demo";
import { composeBff, type Settings, type WriteLog } from "@coatcheck/server/internal";
import type { Ledger } from "@coatcheck/tokens";
import { createFaultControl } from "../fault-control.ts";

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
  readonly idpUrl: string;
}): DevBff {
  const composed = composeBff({
    ...options,
    extensions: [createDemo({ faults: createFaultControl(options.idpUrl) })],
  });
  return {
    owns: composed.bff.owns,
    answer: composed.answer,
    async drain() {
      await composed.bff.drain();
      composed.close();
    },
  };
}
