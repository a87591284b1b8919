import { Link } from "wouter";
import { usePageTitle } from "./use-page-title.ts";
import "./plain-page.css";

/** An address that leads nowhere. */
export function NotFoundPage() {
  usePageTitle("Nothing here");
  return (
    <div className="plain">
      <h1>Nothing hangs here.</h1>
      <p>This address leads to no page. Your notes are where they were.</p>
      <Link href="/" className="btn">
        Notes
      </Link>
    </div>
  );
}
