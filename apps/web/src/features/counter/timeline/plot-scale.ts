/** How wide a plot is and how much time it shows. */
export type PlotScale = {
  width: number;
  /** Where the first instant stands. */
  left: number;
  spanMs: number;
  /** Distance of the marks of the axis. */
  tickMs: number;
  /** No room for names of rows. */
  isNarrow: boolean;
  x: (at: number) => number;
};

/** A minute on phones, three on laptops, five on wide screens; beyond now, a sixth of it. */
export function spanOf(width: number): number {
  return (width < 520 ? 1 : width < 940 ? 3 : 5) * 60_000;
}

const TICKS: Readonly<Record<number, number>> = { 60_000: 20_000, 180_000: 30_000, 300_000: 60_000 };

export function createPlotScale(width: number, nowMs: number): PlotScale {
  const spanMs = spanOf(width);
  const isNarrow = width < 520;
  const left = isNarrow ? 14 : 86;
  const perMs = (width - left - 4) / (spanMs * (7 / 6));
  return {
    width,
    left,
    spanMs,
    tickMs: TICKS[spanMs] ?? 30_000,
    isNarrow,
    x: (at) => left + (at - (nowMs - spanMs)) * perMs,
  };
}

/** Marks that would stand in one another, as one: all within so many px of the first of them. */
export function mergeNear<Mark extends { at: number }>(
  marks: readonly Mark[],
  x: (at: number) => number,
  withinPx: number,
): Mark[][] {
  const groups: Mark[][] = [];
  for (const mark of marks) {
    const first = groups.at(-1)?.[0];
    if (first !== undefined && x(mark.at) - x(first.at) <= withinPx) groups.at(-1)?.push(mark);
    else groups.push([mark]);
  }
  return groups;
}
