/** Switches that Electron and Chromium read for themselves, or that only the shell reads. */
const foreign =
  /^--(inspect|remote-debugging|no-sandbox|user-data-dir|enable-|disable-|force-|ozone-|gtk-version|lang|proxy-|use-gl|hidden$|allow-file|original-process)/;

/** What the shell was started with. */
export interface StartArguments {
  /** Flags of `npm start`, in the order given. */
  flags: string[];
  /** Started by the login item: no window. */
  isHidden: boolean;
}

/**
 * The flags that are ours among everything on the command line. `argv` is the process' own; an unpackaged Electron is
 * given the app's folder first.
 */
export function ownArguments(argv: readonly string[], { isPackaged }: { isPackaged: boolean }): StartArguments {
  const [first, ...rest] = argv.slice(1);
  const isAppFolder = !isPackaged && first !== undefined && !first.startsWith('-');
  const given = first === undefined || isAppFolder ? rest : [first, ...rest];
  return { flags: given.filter((argument) => !foreign.test(argument)), isHidden: given.includes('--hidden') };
}
