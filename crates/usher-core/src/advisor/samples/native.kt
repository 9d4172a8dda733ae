import android.net.Uri
import net.openid.appauth.AuthorizationException
import net.openid.appauth.AuthorizationRequest
import net.openid.appauth.AuthorizationResponse
import net.openid.appauth.AuthorizationService
import net.openid.appauth.AuthorizationServiceConfiguration
import net.openid.appauth.ResponseTypeValues

// In build.gradle: manifestPlaceholders["appAuthRedirectScheme"] = "%REDIRECT_SCHEME%"
class SignInActivity : androidx.activity.ComponentActivity() {
    private val service by lazy { AuthorizationService(this) }

    private val browser = registerForActivityResult(
        androidx.activity.result.contract.ActivityResultContracts.StartActivityForResult()
    ) { result ->
        val data = result.data ?: return@registerForActivityResult
        val response = AuthorizationResponse.fromIntent(data)
            ?: return@registerForActivityResult failed(AuthorizationException.fromIntent(data))
        // AppAuth has compared the state and sends the verifier.
        service.performTokenRequest(response.createTokenExchangeRequest()) { tokens, error ->
            if (tokens == null) failed(error) else signedIn(tokens.accessToken, tokens.refreshToken)
        }
    }

    fun signIn() {
        AuthorizationServiceConfiguration.fetchFromIssuer(Uri.parse("%ISSUER%")) { server, error ->
            if (server == null) return@fetchFromIssuer failed(error)
            val request = AuthorizationRequest.Builder(
                server, "%CLIENT_ID%", ResponseTypeValues.CODE, Uri.parse("%REDIRECT_URI%")
            ).setScope("openid profile email offline_access").build()
            browser.launch(service.getAuthorizationRequestIntent(request))
        }
    }

    private fun signedIn(accessToken: String?, refreshToken: String?) { /* the refresh token goes to the Keystore */ }

    private fun failed(error: AuthorizationException?) { /* show a sentence and the button again */ }

    override fun onDestroy() {
        super.onDestroy()
        service.dispose()
    }
}
