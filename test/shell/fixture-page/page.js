/* global window, document */
/** Records what the content security policy refuses, and shows the server's phase as it comes over the bridge. */
window.refused = [];
document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
  window.refused.push({ effectiveDirective, blockedURI });
});
window.impetus?.subscribe('server.changed', {}, ({ type, value }) => {
  if (type === 'next') document.querySelector('#phase').textContent = value.phase;
});
