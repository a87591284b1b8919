/** Salmon is what the browser holds and green what stays behind the counter: neither crosses the line between them. */
export function WayPicture() {
  return (
    <figure
      className="way"
      aria-label="The browser signs in at the provider. The counter keeps the token and gives the browser a ticket. With each call the browser shows the ticket, and the counter calls the API with the token."
    >
      <svg viewBox="0 0 360 276" aria-hidden="true">
        <path className="band" d="M146 40h68v228h-68z" />
        <g className="posts">
          <text x="40" y="20">
            Browser
          </text>
          <text x="180" y="20">
            Counter
          </text>
          <text x="310" y="20">
            Behind it
          </text>
        </g>
        <path className="post" d="M40 40v228M310 40v228" />
        <path className="post mid" d="M180 40v228" />
        <Step at={76} number="1" words="sign in" />
        <path className="wire" d="M53 76H305M298 71l8 5-8 5" />
        <path className="hop" d="M171 76h18" />
        <path className="wire" d="M171 76a9 9 0 0 1 18 0" />
        <Step at={136} number="2" words="" />
        <path className="wire" d="M309 136H194M201 131l-8 5 8 5" />
        <Coat at={136} />
        <path className="wire" d="M166 164H46M53 159l-8 5 8 5" />
        <Ticket at={164} />
        <Step at={232} number="3" words="" />
        <path className="wire" d="M53 232H166M159 227l8 5-8 5" />
        <Ticket at={232} />
        <path className="wire" d="M194 232H305M298 227l8 5-8 5" />
        <Coat at={232} />
      </svg>
    </figure>
  );
}

function Step({ at, number, words }: { at: number; number: string; words: string }) {
  return (
    <g className="step">
      <circle cx="40" cy={at} r="12" />
      <text x="40" y={at + 4.5}>
        {number}
      </text>
      {words === "" ? null : (
        <text className="words" x="60" y={at - 9}>
          {words}
        </text>
      )}
    </g>
  );
}

function Ticket({ at }: { at: number }) {
  return (
    <g className="paper" transform={`translate(78 ${at - 13})`}>
      <path d="M0 0h44a4 4 0 0 0 8 0h10v26H52a4 4 0 0 0-8 0H0z" />
      <text x="22" y="18">
        4127
      </text>
    </g>
  );
}

function Coat({ at }: { at: number }) {
  return (
    <g className="coat-tag" transform={`translate(223 ${at - 11})`}>
      <rect width="52" height="22" rx="3" />
      <text x="26" y="15.500">
        Coat 1
      </text>
    </g>
  );
}
