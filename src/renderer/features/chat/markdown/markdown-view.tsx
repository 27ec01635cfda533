import { memo, useMemo, type JSX } from 'react';
import { CodeBlock } from '../../../ui/copy.tsx';
import { ExternalLink } from '../../../ui/external-link.tsx';
import { parseBlocks, type Block } from './parse-blocks.ts';
import { parseInline, type Inline } from './parse-inline.ts';
import './markdown-view.css';

/** Markdown of a model as elements. Text only ever becomes text: no HTML, no images, no address but web and mail. */
export const MarkdownView = memo(function MarkdownView({ text }: { text: string }): JSX.Element {
  const blocks = useMemo(() => parseBlocks(text), [text]);
  return (
    <div className="markdown">
      <Blocks blocks={blocks} />
    </div>
  );
});

function Blocks({ blocks }: { blocks: readonly Block[] }): JSX.Element[] {
  return blocks.map((block, index) => <BlockView key={index} block={block} />);
}

function BlockView({ block }: { block: Block }): JSX.Element {
  switch (block.type) {
    case 'paragraph':
      return (
        <p>
          <Text text={block.text} />
        </p>
      );
    case 'heading':
      return (
        <p className={`markdown-heading markdown-heading-${block.level}`} role="heading" aria-level={block.level + 1}>
          <Text text={block.text} />
        </p>
      );
    case 'code':
      return <CodeBlock code={block.text} title={block.language || 'code'} name="code" />;
    case 'quote':
      return (
        <blockquote>
          <Blocks blocks={block.blocks} />
        </blockquote>
      );
    case 'rule':
      return <hr />;
    case 'list':
      return <ListView block={block} />;
    case 'table':
      return <TableView block={block} />;
  }
}

function ListView({ block }: { block: Extract<Block, { type: 'list' }> }): JSX.Element {
  const items = block.items.map((item, index) => (
    <li key={index}>
      <Blocks blocks={item} />
    </li>
  ));
  return block.isOrdered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
}

function TableView({ block }: { block: Extract<Block, { type: 'table' }> }): JSX.Element {
  return (
    <div className="markdown-table" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {block.head.map((cell, index) => (
              <th key={index} scope="col">
                <Text text={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {block.rows.map((row, index) => (
            <tr key={index}>
              {block.head.map((_, column) => (
                <td key={column}>
                  <Text text={row[column] ?? ''} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Text({ text }: { text: string }): JSX.Element {
  const runs = useMemo(() => parseInline(text), [text]);
  return <Runs runs={runs} />;
}

function Runs({ runs }: { runs: readonly Inline[] }): JSX.Element {
  return (
    <>
      {runs.map((run, index) => (
        <Run key={index} run={run} />
      ))}
    </>
  );
}

function Run({ run }: { run: Inline }): JSX.Element | string {
  switch (run.type) {
    case 'text':
      return run.text;
    case 'code':
      return <code>{run.text}</code>;
    case 'break':
      return <br />;
    case 'strong':
      return (
        <strong>
          <Runs runs={run.children} />
        </strong>
      );
    case 'emphasis':
      return (
        <em>
          <Runs runs={run.children} />
        </em>
      );
    case 'deleted':
      return (
        <del>
          <Runs runs={run.children} />
        </del>
      );
    case 'link':
      return (
        <ExternalLink address={run.address}>
          <Runs runs={run.children} />
        </ExternalLink>
      );
  }
}
