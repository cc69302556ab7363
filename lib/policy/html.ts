/** The page as HTML: one file, without scripts and without anything to load. */
import type { Block, Inline, Text } from './markup.ts';

export function toHtml(title: string, blocks: readonly Block[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>
${style}
</style>
</head>
<body>
<main>
${blocks.map(blockToHtml).join('\n')}
</main>
</body>
</html>
`;
}

const style = `:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; margin: 0; }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.25; }
h2, h3 { margin-top: 2em; }
h3 a { color: inherit; text-decoration: none; }
:target { outline: 2px solid; outline-offset: .4rem; }
code, pre { font: .9em/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem 1rem; border: 1px solid; border-radius: .25rem; }`;

function blockToHtml(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return headingToHtml(block);
    case 'paragraph':
      return `<p>${textToHtml(block.text)}</p>`;
    case 'list':
      return `<ul>\n${block.items.map(item => `<li>${textToHtml(item)}</li>`).join('\n')}\n</ul>`;
    case 'json':
      return `<pre tabindex="0"><code>${escaped(block.source)}</code></pre>`;
  }
}

function headingToHtml({ level, text, anchor }: Extract<Block, { kind: 'heading' }>): string {
  if (anchor === undefined) return `<h${level}>${textToHtml(text)}</h${level}>`;
  const id = escaped(anchor);
  return `<h${level} id="${id}"><a href="#${id}">${textToHtml(text)}</a></h${level}>`;
}

function textToHtml(text: Text): string {
  return text.map(inlineToHtml).join('');
}

function inlineToHtml(inline: Inline): string {
  if (typeof inline === 'string') return escaped(inline);
  if ('code' in inline) return `<code>${escaped(inline.code)}</code>`;
  return `<a href="${escaped(inline.to)}">${escaped(inline.link)}</a>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
