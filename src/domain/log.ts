/** Where a running server says what it does. One line a call, already free of secrets when it reaches a reader. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}
