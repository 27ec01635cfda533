import { useEffect, useState, type JSX } from 'react';
import { Button, type ButtonProps, IconButton } from './button.tsx';
import { useMessages } from './messages.tsx';
import './copy.css';

/** Puts text on the clipboard and remembers for two seconds that it did. */
export function useCopy(text: string, name: string): { isCopied: boolean; copy: () => void } {
  const [isCopied, setIsCopied] = useState(false);
  const { announce } = useMessages();

  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [isCopied]);

  async function write(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setIsCopied(true);
      announce(`${name} copied`);
    } catch {
      announce('The system did not allow copying. Select the text and copy it yourself.');
    }
  }
  return { isCopied, copy: () => void write() };
}

/** A button that copies; `name` is what is copied: "base URL". */
export function CopyButton({ text, name, ...button }: { text: string; name: string } & ButtonProps): JSX.Element {
  const { isCopied, copy } = useCopy(text, capitalise(name));
  return (
    <Button icon={isCopied ? 'check' : 'copy'} {...button} onClick={copy}>
      {isCopied ? 'Copied' : button.children}
    </Button>
  );
}

/** The same as an icon. */
export function CopyIconButton({ text, name }: { text: string; name: string }): JSX.Element {
  const { isCopied, copy } = useCopy(text, capitalise(name));
  return <IconButton icon={isCopied ? 'check' : 'copy'} label={`Copy ${name}`} size="small" onClick={copy} />;
}

/** One line of text to take along, with its copy button. */
export function CopyField({ text, name }: { text: string; name: string }): JSX.Element {
  return (
    <div className="copy-field">
      <span className="mono truncate">{text}</span>
      <CopyIconButton text={text} name={name} />
    </div>
  );
}

/** Several lines of code under a heading, scrolling sideways, with a copy button. */
export function CodeBlock({ code, title, name }: { code: string; title: string; name: string }): JSX.Element {
  return (
    <figure className="code-block">
      <figcaption>
        <span className="grow">{title}</span>
        <CopyIconButton text={code} name={name} />
      </figcaption>
      <pre tabIndex={0} aria-label={title}>
        <code>{code}</code>
      </pre>
    </figure>
  );
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
