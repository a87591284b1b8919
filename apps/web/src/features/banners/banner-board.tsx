import {
  createContext,
  type ReactNode,
  use,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from "react";
import { Banner, type BannerProps, type BannerWeight } from "./banner.tsx";

const ORDER: readonly BannerWeight[] = ["signal", "caution", "offline"];

type Board = {
  put: (key: string, banner: BannerProps) => () => void;
  heaviest: () => BannerProps | undefined;
  subscribe: (listener: () => void) => () => void;
};

const BoardContext = createContext<Board | undefined>(undefined);

/** Where parts of the page put what they have to say; one banner at a time is shown, by weight. */
export function BannerBoard({ children }: { children: ReactNode }) {
  const [board] = useState(createBannerBoard);
  return <BoardContext value={board}>{children}</BoardContext>;
}

/** The place above the content where the heaviest banner stands. */
export function BannerSlot() {
  const board = useBoard();
  const banner = useSyncExternalStore(board.subscribe, board.heaviest);
  return banner === undefined ? null : (
    <div className="banner-slot">
      <Banner {...banner} />
    </div>
  );
}

/** Says something above the content as long as the component is there; `undefined` says nothing. */
export function useBanner(key: string, banner: BannerProps | undefined): void {
  const board = useBoard();
  const { weight, fact, rest, action } = banner ?? {};
  const stable = useMemo<BannerProps | undefined>(
    () => (weight === undefined || fact === undefined ? undefined : { weight, fact, rest, action }),
    [weight, fact, rest, action],
  );
  useEffect(() => (stable === undefined ? undefined : board.put(key, stable)), [board, key, stable]);
}

function useBoard(): Board {
  const board = use(BoardContext);
  if (board === undefined) throw new Error("There is no <BannerBoard> above this component.");
  return board;
}

/** Keeps banners by key, and knows the heaviest; of equals the one that came first stays. */
export function createBannerBoard(): Board {
  const banners = new Map<string, BannerProps>();
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of listeners) listener();
  };
  return {
    put(key, banner) {
      banners.set(key, banner);
      notify();
      return () => {
        if (banners.get(key) === banner) banners.delete(key);
        notify();
      };
    },
    heaviest() {
      for (const weight of ORDER) {
        const found = [...banners.values()].find((banner) => banner.weight === weight);
        if (found) return found;
      }
      return undefined;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
