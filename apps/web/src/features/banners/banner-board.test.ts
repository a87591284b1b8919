import { expect, it } from "vitest";
import { createBannerBoard } from "./banner-board.tsx";

it("shows one banner at a time: signal before caution before offline", () => {
  const board = createBannerBoard();
  board.put("offline", { weight: "offline", fact: "o" });
  const dropCaution = board.put("degraded", { weight: "caution", fact: "c" });
  const dropSignal = board.put("save", { weight: "signal", fact: "s" });
  expect(board.heaviest()?.fact).toBe("s");
  dropSignal();
  expect(board.heaviest()?.fact).toBe("c");
  dropCaution();
  expect(board.heaviest()?.fact).toBe("o");
});

it("keeps the newer banner of a key when the older one is taken down late", () => {
  const board = createBannerBoard();
  const dropOld = board.put("save", { weight: "signal", fact: "old" });
  board.put("save", { weight: "signal", fact: "new" });
  dropOld();
  expect(board.heaviest()?.fact).toBe("new");
});

it("tells when something changes, until nobody listens", () => {
  const board = createBannerBoard();
  let notified = 0;
  const stop = board.subscribe(() => (notified += 1));
  const drop = board.put("a", { weight: "offline", fact: "a" });
  drop();
  stop();
  board.put("b", { weight: "offline", fact: "b" });
  expect(notified).toBe(2);
});
