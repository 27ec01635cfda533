/* global window, document, setTimeout */
/** Records what the content security policy refuses, and shows the server's phase as it comes over the bridge. */
window.refused = [];
document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
  window.refused.push({ effectiveDirective, blockedURI });
});
window.impetus?.subscribe('server.changed', {}, ({ type, value }) => {
  if (type === 'next') document.querySelector('#phase').textContent = value.phase;
});

/** Text as code, in tasks of the page itself: Playwright's own calls are exempt from the policy. */
window.evaluateText = () => {
  setTimeout(() => Function('window.hacked = 1')());
  setTimeout('window.hacked = 1');
};
