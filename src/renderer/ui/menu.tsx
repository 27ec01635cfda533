import { DropdownMenu } from 'radix-ui';
import type { JSX } from 'react';
import { Icon, type IconName } from './icon.tsx';
import './menu.css';

export interface MenuItem {
  label: string;
  icon: IconName;
  /** The effect or the shortcut, at the end of the line: "frees 7.7 GB". */
  effect?: string | undefined;
  isDestructive?: boolean;
  select: () => void;
}

/** A button with three dots that opens a menu; arrows, type-ahead and Esc as menus have them. */
export function MoreMenu({ label, items }: { label: string; items: readonly MenuItem[] }): JSX.Element {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="icon-button icon-button-small" aria-label={label}>
        <Icon name="more" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
        {items.map((item) => (
          <DropdownMenu.Item
            key={item.label}
            className={`menu-item${item.isDestructive ? ' is-destructive' : ''}`}
            onSelect={item.select}
          >
            <Icon name={item.icon} />
            <span className="grow">{item.label}</span>
            {item.effect && <span className="menu-effect">{item.effect}</span>}
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
