import AppAuth
import UIKit

final class SignIn {
    // Keeps the sign-in alive while the browser is open.
    private var session: OIDExternalUserAgentSession?

    func begin(from controller: UIViewController, done: @escaping (OIDAuthState?, Error?) -> Void) {
        let issuer = URL(string: "%ISSUER%")!
        OIDAuthorizationService.discoverConfiguration(forIssuer: issuer) { server, error in
            guard let server else { return done(nil, error) }
            let request = OIDAuthorizationRequest(
                configuration: server,
                clientId: "%CLIENT_ID%",
                scopes: [OIDScopeOpenID, OIDScopeProfile, "email", "offline_access"],
                redirectURL: URL(string: "%REDIRECT_URI%")!,
                responseType: OIDResponseTypeCode,
                additionalParameters: nil)
            // AppAuth draws state, nonce and verifier, and compares them. The refresh token goes to the Keychain.
            self.session = OIDAuthState.authState(byPresenting: request, presenting: controller, callback: done)
        }
    }
}
