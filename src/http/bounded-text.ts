/** What another server answers. @throws Error when it is longer. */
export async function boundedText(response: Response, maxChars: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of pieces(response)) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > maxChars) throw new Error(`its answer is longer than ${maxChars} characters`);
  }
  return text;
}

/** The same as bytes. @throws Error when there are more. */
export async function boundedBytes(response: Response, maxBytes: number): Promise<Buffer> {
  const taken: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of pieces(response)) {
    taken.push(bytes);
    length += bytes.length;
    if (length > maxBytes) throw new Error(`its answer is longer than ${maxBytes} bytes`);
  }
  return Buffer.concat(taken);
}

/** The body of a fetch response is an async iterable in Node; the type of the web standard is not. */
function pieces(response: Response): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  return (response.body ?? []) as AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}
