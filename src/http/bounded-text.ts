/** What another server answers. @throws Error when it is longer. */
export async function boundedText(response: Response, maxChars: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  // The body of a fetch response is an async iterable in Node; the type of the web standard is not.
  for await (const bytes of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > maxChars) throw new Error(`its answer is longer than ${maxChars} characters`);
  }
  return text;
}
