/**
 * Says how long something still takes, in the shortest honest words: `12 s`, `1:48`, `29 min`, `7 h 05 min`.
 *
 * Seconds count down to `0 s`; minutes are whole minutes left, so a limit never promises more than there is.
 */
export function formatRemaining(remainingMs: number): string {
  const seconds = Math.max(0, Math.ceil(remainingMs / 1000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 300) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
