import { movesIn, type Move } from "./moves.ts";
import { mayEnd, mayFollow } from "./rules.ts";
import { firstState, keyOf, type Bounds, type State } from "./state.ts";
import type { ModelStore } from "./store.ts";

export interface Exploration {
  readonly states: number;
  readonly moves: number;
  /** Of the longest of the shortest ways to a state. */
  readonly depth: number;
  /** States in which everybody has been answered. */
  readonly ends: number;
  readonly violation?: { readonly what: string; readonly way: readonly string[] };
}

/**
 * Goes through every state that can be reached, in every order of moves, and holds each step to the rules. At the end, from each
 * state the work must be able to go on to its end without anything that goes wrong: nobody is stuck anywhere.
 */
export async function explore(
  store: ModelStore,
  bounds: Bounds,
  onProgress?: (states: number, depth: number) => void,
): Promise<Exploration> {
  const first = firstState(bounds);
  const ids = new Map<string, number>([[keyOf(first), 0]]);
  const cameFrom: number[] = [-1];
  const cameBy: string[] = [""];
  /** Pairs, one after the other: a state, and one from which a move that is no fault leads there. */
  const ways: number[] = [];
  const endings: number[] = [];
  let [layer, moves, depth] = [[{ id: 0, state: first }], 0, 0];

  const wayTo = (id: number): readonly string[] => {
    const way: string[] = [];
    for (let at = id; at > 0; at = cameFrom[at] ?? -1) way.unshift(cameBy[at] ?? "");
    return way;
  };
  const counts = () => ({ states: ids.size, moves, depth, ends: endings.length });
  const fail = (what: string, id: number, move?: Move): Exploration => ({
    ...counts(),
    violation: { what, way: [...wayTo(id), ...(move === undefined ? [] : [move.name])] },
  });

  while (layer.length > 0) {
    const next: { readonly id: number; readonly state: State }[] = [];
    for (const { id, state } of layer) {
      if (isOver(state)) {
        endings.push(id);
        const violation = mayEnd(state, bounds.faults);
        if (violation !== undefined) return fail(violation, id);
      }
      for (const move of movesIn(state, store)) {
        const after = await move.make();
        if (after === undefined) continue;
        moves += 1;
        const violation = typeof after === "string" ? after : mayFollow(state, after);
        if (typeof after === "string" || violation !== undefined) return fail(violation ?? "", id, move);
        const key = keyOf(after);
        let to = ids.get(key);
        if (to === undefined) {
          to = ids.size;
          ids.set(key, to);
          cameFrom.push(id);
          cameBy.push(move.name);
          next.push({ id: to, state: after });
        }
        if (move.isFault !== true && to !== id) ways.push(to, id);
      }
    }
    layer = next;
    depth += 1;
    onProgress?.(ids.size, depth);
  }
  const stuck = findStuck(ids.size, ways, endings);
  return stuck === undefined ? counts() : fail("nobody can go on from here", stuck);
}

function isOver({ requests, calls, late }: State): boolean {
  return requests.every(({ at }) => at === "over") && calls.length === 0 && late.length === 0;
}

/** A state from which no end can be reached. */
function findStuck(count: number, ways: readonly number[], endings: readonly number[]): number | undefined {
  // The ways sorted by where they lead: where each state's begin, and where they come from.
  const begin = new Uint32Array(count + 1);
  for (let at = 0; at < ways.length; at += 2) begin[(ways[at] ?? 0) + 1]! += 1;
  for (let id = 0; id < count; id += 1) begin[id + 1]! += begin[id] ?? 0;
  const place = begin.slice(0, count);
  const sources = new Uint32Array(ways.length / 2);
  for (let at = 0; at < ways.length; at += 2) {
    const to = ways[at] ?? 0;
    sources[place[to] ?? 0] = ways[at + 1] ?? 0;
    place[to]! += 1;
  }
  const reaches = new Uint8Array(count);
  const open = [...endings];
  for (const id of open) reaches[id] = 1;
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (let at = begin[id] ?? 0; at < (begin[id + 1] ?? 0); at += 1) {
      const from = sources[at] ?? 0;
      if (reaches[from] === 1) continue;
      reaches[from] = 1;
      open.push(from);
    }
  }
  const stuck = reaches.indexOf(0);
  return stuck < 0 ? undefined : stuck;
}
