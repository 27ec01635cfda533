import { sessionBus, Message, MessageType, Variant, type MessageBus } from 'dbus-next';

/** One row of a native menu, as the desktop reads it. */
export interface MenuNode {
  id: number;
  label: string;
  isSeparator: boolean;
  isEnabled: boolean;
  /** Undefined for a row without a check mark. */
  isChecked: boolean | undefined;
  children: MenuNode[];
}

export interface SentNotification {
  title: string;
  body: string;
}

const watcherName = 'org.kde.StatusNotifierWatcher';
const notificationsName = 'org.freedesktop.Notifications';
const propertiesName = 'org.freedesktop.DBus.Properties';
const itemName = 'org.kde.StatusNotifierItem';
const menuName = 'com.canonical.dbusmenu';

/**
 * The part of a Linux desktop that a tray app talks to: it takes tray icons, reads and clicks their menus, and receives
 * notifications. Electron's objects answer no introspection, so every call is a raw message.
 */
export class FakeDesktop {
  readonly notifications: SentNotification[] = [];
  readonly #bus: MessageBus;
  readonly #items: { service: string; path: string }[] = [];

  private constructor(bus: MessageBus) {
    this.#bus = bus;
    // A client that ends in the middle of a call is a fact of tests, not an error of theirs.
    bus.on('error', () => undefined);
    bus.addMethodHandler((message: Message) => this.#answer(message));
  }

  /** Without `hasTray` it is a stock GNOME: notifications, but nobody who draws tray icons. */
  static async start(address: string, { hasTray }: { hasTray: boolean }): Promise<FakeDesktop> {
    const bus = sessionBus({ busAddress: address });
    await new Promise<void>((resolve) => bus.on('connect', resolve));
    const desktop = new FakeDesktop(bus);
    await bus.requestName(notificationsName, 0);
    if (hasTray) await bus.requestName(watcherName, 0);
    return desktop;
  }

  stop(): void {
    this.#bus.disconnect();
  }

  /** Tray icons registered so far; menu, click and properties are of the newest. */
  get iconCount(): number {
    return this.#items.length;
  }

  /** Title, tooltip and menu path of the tray icon. */
  async iconProperties(): Promise<Record<string, unknown>> {
    const { service, path } = this.#item();
    const [properties] = await this.#call({
      service,
      path,
      name: `${propertiesName}.GetAll`,
      signature: 's',
      body: [itemName],
    });
    return unwrap(properties) as Record<string, unknown>;
  }

  /** The left click. */
  async activate(): Promise<void> {
    const { service, path } = this.#item();
    await this.#call({ service, path, name: `${itemName}.Activate`, signature: 'ii', body: [0, 0] });
  }

  async menu(): Promise<MenuNode[]> {
    const [, root] = await this.#callMenu('GetLayout', 'iias', [0, -1, []]);
    return toNode(root).children;
  }

  async click({ id }: MenuNode): Promise<void> {
    await this.#callMenu('Event', 'isvu', [id, 'clicked', new Variant('i', 0), 0]);
  }

  async #callMenu(member: string, signature: string, body: unknown[]): Promise<unknown[]> {
    const { service } = this.#item();
    const { Menu: path } = (await this.iconProperties()) as { Menu: string };
    return this.#call({ service, path, name: `${menuName}.${member}`, signature, body });
  }

  async #call(call: {
    service: string;
    path: string;
    name: string;
    signature: string;
    body: unknown[];
  }): Promise<unknown[]> {
    const dot = call.name.lastIndexOf('.');
    const reply = await this.#bus.call(
      new Message({
        destination: call.service,
        path: call.path,
        interface: call.name.slice(0, dot),
        member: call.name.slice(dot + 1),
        signature: call.signature,
        body: call.body,
      }),
    );
    return (reply?.body ?? []) as unknown[];
  }

  #item(): { service: string; path: string } {
    const item = this.#items.at(-1);
    if (!item) throw new Error('No app has registered a tray icon.');
    return item;
  }

  #answer(message: Message): boolean {
    if (message.type !== MessageType.METHOD_CALL) return false;
    const reply = this.#reply(message);
    if (!reply) return false;
    this.#bus.send(Message.newMethodReturn(message, reply.signature, reply.body));
    return true;
  }

  #reply({ interface: iface, member, body, sender }: Message): { signature: string; body: unknown[] } | undefined {
    switch (`${iface}.${member}`) {
      case `${propertiesName}.Get`:
        return { signature: 'v', body: [watcherProperty(String(body[1]))] };
      case `${watcherName}.RegisterStatusNotifierItem`:
        this.#register(String(body[0]), sender);
        return { signature: '', body: [] };
      case `${notificationsName}.GetCapabilities`:
        return { signature: 'as', body: [['body', 'actions']] };
      case `${notificationsName}.GetServerInformation`:
        return { signature: 'ssss', body: ['fake-desktop', 'impetus', '1', '1.2'] };
      case `${notificationsName}.Notify`:
        this.notifications.push({ title: String(body[3]), body: String(body[4]) });
        return { signature: 'u', body: [this.notifications.length] };
      case `${notificationsName}.CloseNotification`:
        return { signature: '', body: [] };
      default:
        return undefined;
    }
  }

  /** An app names its bus name, or only a path of its connection. */
  #register(nameOrPath: string, sender: string): void {
    if (nameOrPath.startsWith('/')) this.#items.push({ service: sender, path: nameOrPath });
    else this.#items.push({ service: nameOrPath, path: '/StatusNotifierItem' });
  }
}

function watcherProperty(name: string): Variant {
  if (name === 'ProtocolVersion') return new Variant('i', 0);
  if (name === 'RegisteredStatusNotifierItems') return new Variant('as', []);
  return new Variant('b', true);
}

function toNode(raw: unknown): MenuNode {
  const [id, properties, children] = raw as [number, Record<string, unknown>, Variant[]];
  const values = unwrap(properties) as Record<string, unknown>;
  return {
    id,
    label: toLabel(values['label']),
    isSeparator: values['type'] === 'separator',
    isEnabled: values['enabled'] !== false,
    isChecked: values['toggle-type'] ? values['toggle-state'] === 1 : undefined,
    children: children.map((child) => toNode(child.value)),
  };
}

/** In a menu's label one underscore marks a mnemonic and two are one. */
function toLabel(raw: unknown): string {
  return typeof raw === 'string' ? raw.replaceAll(/_(_?)/g, '$1') : '';
}

/** Values out of their D-Bus variants. */
function unwrap(value: unknown): unknown {
  if (value instanceof Variant) return unwrap(value.value);
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, unwrap(child)]));
}
