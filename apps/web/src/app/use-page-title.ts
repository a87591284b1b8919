import { useEffect } from "react";

/** Names the page in the tab and in the history: `Notes, Coatcheck`. */
export function usePageTitle(page: string): void {
  useEffect(() => {
    document.title = `${page}, Coatcheck`;
  }, [page]);
}
