/**
 * What a model can really do on this machine: checks through the same door that clients use, when asked for and when
 * nobody else needs the machine, and the passports that come of them. Called by the control contract and the
 * composition root; gives way to every other request. Never knows HTTP or who reads a passport.
 */
export { createPassportOffice, type PassportOffice } from './passport-office.ts';
export { PassportShelf } from './passport-shelf.ts';
