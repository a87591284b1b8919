import { type RefObject, useLayoutEffect, useRef, useState } from "react";

/** How wide a part of the page is; 0 before it is known. */
export function useWidth<Part extends HTMLElement>(): [RefObject<Part | null>, number] {
  const ref = useRef<Part>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const part = ref.current;
    if (part === null) return undefined;
    const measure = () => setWidth(Math.floor(part.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(part);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}
