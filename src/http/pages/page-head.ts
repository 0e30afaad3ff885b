/** @param title without characters that HTML reads, as by `escaped`. */
export function pageHead(title: string, style: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect width='16' height='16' rx='3' fill='%230b57a4'/><path fill='%23fff' d='M7 4l6 4-6 4zM3 4h2v2H3zM3 7h2v2H3zM3 10h2v2H3z'/></svg>">
<style>${style}
</style>
</head>`;
}

/** As text and in quotes of HTML. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
