/** Tray and window call a model by the same name. */
export { toModelName } from '#shared/domain/model-name.ts';
