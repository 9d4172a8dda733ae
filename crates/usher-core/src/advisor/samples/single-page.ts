import { InMemoryWebStorage, UserManager, WebStorageStateStore } from "oidc-client-ts";

const manager = new UserManager({
  authority: "%ISSUER%",
  client_id: "%CLIENT_ID%",
  redirect_uri: "%REDIRECT_URI%",
  response_type: "code",
  scope: "openid profile email",
  // Tokens in memory; what the callback compares, in sessionStorage.
  userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  stateStore: new WebStorageStateStore({ store: window.sessionStorage }),
});

export async function signedIn() {
  const answer = new URLSearchParams(location.search);
  if (answer.has("state") && (answer.has("code") || answer.has("error"))) {
    const user = await manager.signinRedirectCallback();
    history.replaceState(null, "", location.pathname);
    return user;
  }
  return manager.getUser();
}

export function signIn() {
  return manager.signinRedirect();
}
