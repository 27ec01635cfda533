/** Largest request body in bytes: images and audio travel in base64 inside the JSON. */
export const bodyLimitBytes = 64 * 1024 * 1024;
