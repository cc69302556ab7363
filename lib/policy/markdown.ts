/** The page as Markdown (CommonMark). */
import type { Block, Inline, Text } from './markup.ts';

export function toMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(blockToMarkdown).join('\n\n')}\n`;
}

function blockToMarkdown(block: Block): string {
  switch (block.kind) {
    case 'heading': {
      const line = `${'#'.repeat(block.level)} ${textToMarkdown(block.text)}`;
      // Renderers differ in what anchor they give a heading, if any.
      return block.anchor === undefined ? line : `<a id="${block.anchor}"></a>\n\n${line}`;
    }
    case 'paragraph':
      return textToMarkdown(block.text);
    case 'list':
      return block.items.map(item => `- ${textToMarkdown(item)}`).join('\n');
    case 'json': {
      const fence = longerThanRunsOf('`', block.source, 3);
      return `${fence}json\n${block.source}\n${fence}`;
    }
  }
}

/** A block is one line: what would begin another kind of block does so at the beginning of it only. */
function textToMarkdown(text: Text): string {
  return text
    .map(inlineToMarkdown)
    .join('')
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replace(/^(?=[#+=~-])/, '\\');
}

function inlineToMarkdown(inline: Inline): string {
  if (typeof inline === 'string') return escaped(inline);
  if ('link' in inline) return `[${escaped(inline.link)}](<${inline.to}>)`;
  const fence = longerThanRunsOf('`', inline.code, 1);
  // CommonMark takes one space off each end of a code span, so that it may begin or end with a backtick.
  const pad = /^`|`$/.test(inline.code) ? ' ' : '';
  return `${fence}${pad}${inline.code}${pad}${fence}`;
}

function escaped(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>&~|]/g, '\\$&');
}

function longerThanRunsOf(character: string, text: string, least: number): string {
  const runs = text.split(new RegExp(`[^${character}]+`)).map(run => run.length);
  return character.repeat(Math.max(least, ...runs.map(length => length + 1)));
}
