import type { Severity } from "../engine/types";

const SHAPES = {
  error: <path d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2zM8 4.6v4M8 11v.4" />,
  warning: <path d="M8 2 1.8 13.5h12.4zM8 6.3v3.4M8 11.6v.2" />,
  note: <path d="M14.3 8A6.3 6.3 0 1 1 1.7 8a6.3 6.3 0 0 1 12.6 0M8 7.4v3.8M8 4.7v.2" />,
};

/** Told apart by shape as well as by colour. */
export const SeverityMark = ({ severity }: { severity: Severity }) => (
  <svg class={`icon severity-${severity}`} viewBox="0 0 16 16" role="img" aria-label={severity}>
    {SHAPES[severity]}
  </svg>
);
