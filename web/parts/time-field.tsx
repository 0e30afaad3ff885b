/** A time of this computer's zone, as ISO 8601 outside. */
export function TimeField({ label, at, onChange }: { label: string; at: string; onChange: (local: string) => void }) {
  return (
    <label>
      {label}{' '}
      <input
        type="datetime-local"
        value={localOf(at)}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </label>
  );
}

export function isoOf(local: string): string {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
}

function localOf(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return '';
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
