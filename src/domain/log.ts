/** The log of a running server: one line for each call, free of secrets. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}
