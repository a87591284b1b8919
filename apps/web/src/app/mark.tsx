/** The mark: a ticket, punched and notched. */
export function Mark() {
  return (
    <svg viewBox="0 0 15 24" width="15" height="24" aria-hidden="true">
      <path
        fillRule="evenodd"
        fill="currentColor"
        d="M1.500 0h12A1.500 1.500 0 0 1 15 1.500V13.500a1.800 1.800 0 0 0 0 3.600V22.500A1.500 1.500 0 0 1 13.500 24H1.500A1.500 1.500 0 0 1 0 22.500V17.100a1.800 1.800 0 0 0 0-3.600V1.500A1.500 1.500 0 0 1 1.500 0ZM7.500 3.200a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z"
      />
    </svg>
  );
}
