/**
 * What models there are: the catalog of files on disk, their ids and aliases, the user's settings for each of them.
 * Called by inference, the control contract and the composition root. Every file passes the pre-check of `formats`
 * before it gets an id. Knows nothing of engines or HTTP; whether a model is loaded it asks through `InUseGuard`.
 */
export { openLibrary, type Library, type LibraryOptions } from './library.ts';
