import { useEffect, useState } from "react";

/** False at first, true after a while: for words that would only flicker. */
export function useAfter(waitMs: number): boolean {
  const [after, setAfter] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setAfter(true), waitMs);
    return () => clearTimeout(timer);
  }, [waitMs]);
  return after;
}
