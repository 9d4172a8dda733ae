// The single-page application: oidc-client-ts as it is, its settings from the test.
import { UserManager } from 'oidc-client-ts';

globalThis.UserManager = UserManager;
const settings = localStorage.getItem('settings');
if (settings) {
  globalThis.manager = new UserManager(JSON.parse(settings));
  if (location.pathname === '/callback') globalThis.arrival = manager.signinCallback();
  if (location.pathname === '/out') globalThis.arrival = manager.signoutCallback();
  // Whoever awaits it later learns of its failure; until then it is nobody's.
  globalThis.arrival?.catch(() => {});
}
globalThis.ready = true;
