import type { ReactNode } from "react";
import "./banner.css";

export type BannerWeight = "signal" | "caution" | "offline";

export type BannerWords = {
  weight: BannerWeight;
  /** The fact, in bold. */
  fact: string;
  /** What happens next. */
  rest?: ReactNode;
};

export type BannerProps = BannerWords & { action?: { name: string; run: () => void } | undefined };

/** One sentence above the content: what happened, and what happens next. */
export function Banner({ weight, fact, rest, action }: BannerProps) {
  return (
    <div className={`banner ${weight}`} role={weight === "signal" ? "alert" : "status"}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" strokeWidth="1.6" />
        <BannerMark weight={weight} />
      </svg>
      <p>
        <b>{fact}</b> {rest}
      </p>
      {action === undefined ? null : (
        <button type="button" className="btn" onClick={action.run}>
          {action.name}
        </button>
      )}
    </div>
  );
}

function BannerMark({ weight }: { weight: BannerWeight }) {
  if (weight === "caution") return <path d="M8 1.500a6.500 6.500 0 0 0 0 13z" fill="currentColor" />;
  if (weight === "offline") return <path d="M3.500 12.500l9-9" stroke="currentColor" strokeWidth="1.6" />;
  return (
    <path d="M8 4.500v4.400M8 11.200v.2" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
  );
}
