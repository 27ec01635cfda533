import type { ChannelName, CommandName, SignalName } from '#shared/control/contract.ts';

/**
 * The names the renderer may use, without the schemas: the sandboxed preload stays one small file. The types make this
 * list and the contract equal in both directions.
 */
export const commandNames: Readonly<Record<CommandName, true>> = {
  'server.state': true,
  'server.resume': true,
  'server.pause': true,
  'server.openUi': true,
  'server.shutdown': true,
  'models.list': true,
  'models.show': true,
  'models.load': true,
  'models.unload': true,
  'models.setDefault': true,
  'models.import': true,
  'models.forget': true,
  'models.release': true,
  'cache.report': true,
  'cache.clear': true,
  'cache.normalize': true,
  'settings.get': true,
  'settings.update': true,
  'logs.recent': true,
  'shell.openWindow': true,
  'shell.hidePopover': true,
  'shell.resizePopover': true,
  'shell.openLogsFolder': true,
  'shell.quit': true,
};

/** Channels and signals: what can be subscribed to. */
export const subscriptionNames: Readonly<Record<ChannelName | SignalName, true>> = {
  'inference.chat': true,
  'logs.tail': true,
  'passports.test': true,
  'server.changed': true,
  'models.changed': true,
  'settings.changed': true,
};
