import type { Ledger, RecordAddress } from "@coatcheck/tokens";
import { uint8ArrayToHex } from "uint8array-extras";

/** Things that count once, whichever process sees them first, as the ledger decides. All methods reject while it is down. */
export interface SingleUse {
  /**
   * @param options.keepMs how long it counts as used
   * @param options.leaseMs how long acting on it may take before somebody else may try; `keepMs`: nobody else ever may
   * @returns `undefined` if it was used, or is being used by somebody else
   */
  take(
    name: string,
    options: { readonly keepMs: number; readonly leaseMs: number },
  ): Promise<Taken | undefined>;
}

export interface Taken {
  /** It was acted on, and counts no more for `keepMs`. */
  keep(): Promise<void>;
  /** It could not be acted on: the sender may try again. */
  giveBack(): Promise<void>;
}

export interface SingleUseParts {
  readonly ledger: Pick<Ledger, "claim" | "renew" | "release">;
  readonly randomBytes: (count: number) => Uint8Array;
}

const FENCE_BYTES = 16;

export function createSingleUse({ ledger, randomBytes }: SingleUseParts): SingleUse {
  return {
    async take(name, { keepMs, leaseMs }) {
      const at: RecordAddress = { key: name, tombstones: [], idTokenIat: 0, keepMs, endedKeepMs: keepMs };
      const fence = uint8ArrayToHex(randomBytes(FENCE_BYTES));
      const request = { generation: 0, fence, leaseMs, mayRepeatAmbiguous: true };
      let answer = await ledger.claim(at, request);
      if (answer.kind === "pending" && answer.leaseLeftMs <= 0) {
        answer = await ledger.claim(at, { ...request, takeOver: answer.fence });
      }
      if (answer.kind !== "led") return undefined;
      return {
        keep: async () => void (await ledger.renew(at, { generation: 0, fence, leaseMs: keepMs })),
        giveBack: () => ledger.release(at, { generation: 0, fence }),
      };
    },
  };
}
