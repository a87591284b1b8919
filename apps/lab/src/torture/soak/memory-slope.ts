/** What a process held at a moment. */
export interface MemorySample {
  readonly atMs: number;
  readonly mib: number;
}

/** How memory went once it had found its level. */
export interface MemorySlope {
  readonly firstMib: number;
  readonly lastMib: number;
  /** Of the line through all samples of the second half. */
  readonly mibAMinute: number;
}

/** Least squares over the second half: before, caches fill and code is compiled. @throws {RangeError} for fewer than four samples */
export function slopeOf(samples: readonly MemorySample[]): MemorySlope {
  const half = samples.slice(Math.floor(samples.length / 2));
  const [first, last] = [half[0], half.at(-1)];
  if (samples.length < 4 || first === undefined || last === undefined)
    throw new RangeError("Four samples are needed.");
  const meanOf = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const minutes = half.map(({ atMs }) => (atMs - first.atMs) / 60_000);
  const [meanMinute, meanMib] = [meanOf(minutes), meanOf(half.map(({ mib }) => mib))];
  const spread = minutes.reduce((sum, minute) => sum + (minute - meanMinute) ** 2, 0);
  const along = half.reduce(
    (sum, { mib }, index) => sum + ((minutes[index] ?? 0) - meanMinute) * (mib - meanMib),
    0,
  );
  return {
    firstMib: Math.round(first.mib),
    lastMib: Math.round(last.mib),
    mibAMinute: spread === 0 ? 0 : Math.round((100 * along) / spread) / 100,
  };
}
