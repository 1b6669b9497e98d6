// Points in time for people.

/** ISO 8601 as `2026-01-31 08:15:00 UTC`. */
export function timeText(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}
