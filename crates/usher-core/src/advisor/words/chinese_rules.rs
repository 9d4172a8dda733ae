//! What the rules find, in Simplified Chinese.

use crate::advisor::examine::{Rule, Severity};

pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Advice => "建议",
        Severity::Warning => "警告",
        Severity::Serious => "严重",
    }
}

pub(super) const fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::ImplicitNotNeeded => {
            "此应用可以使用授权码 + PKCE，却开启了隐式模式。访问令牌会出现在地址里，别人的令牌也可能被塞进来。"
        }
        Rule::ImplicitOn => {
            "开启了隐式模式。它已被弃用；通过 https 打开的页面在当今的浏览器里都有 Web Crypto，可以使用授权码 + PKCE。"
        }
        Rule::AccessTokenInFront => {
            "访问令牌随授权码一起经浏览器返回。仅凭授权码，后端就能得到同样的令牌，而不会出现在任何地址里。"
        }
        Rule::PasswordNotNeeded => {
            "用户可以在登录页登录此应用，却仍开启了密码模式。谁控制了应用，谁就能收集密码。"
        }
        Rule::PasswordOn => {
            "开启了密码模式。当今的最佳实践禁止使用；手边有手机时，设备授权可以做到同样的事，而应用看不到密码。"
        }
        Rule::InsecureRedirects => {
            "令牌可以发往没有 TLS 的回调地址，网络上的任何人都能读到。此开关仅供开发使用。"
        }
        Rule::LoopbackCallback => {
            "有回调地址指向用户自己的机器，那里的任何程序都能监听。只有原生应用需要这样做，其他应用多半是开发时留下的。"
        }
        Rule::LocalhostAnyPort => {
            "localhost 被当作本机地址。这个名字可能被解析到别处，127.0.0.1 和 [::1] 则不会。"
        }
        Rule::UnusedRedirects => {
            "登记了回调地址，但已开启的模式都用不到。一旦有人开启相应模式，它们会全部生效。"
        }
        Rule::ResponseWithoutGrant => "允许了某种应答类型，但对应的授权方式没有开启，请求会失败。",
        Rule::GrantWithoutResponse => "开启了某种授权方式，但没有任何允许的应答类型通向它，谁也用不了。",
        Rule::RefreshWithoutSource => "开启了刷新令牌，但此应用的任何模式都不会产生刷新令牌。",
        Rule::SecretInPublicProgram => {
            "此程序运行在用户能读到的地方，却用密钥证明自己。谁取出密钥，谁就能冒充它；这里应由 PKCE 来证明。"
        }
        Rule::WebWithoutSecret => {
            "有后端的应用没有任何凭证，谁都能在令牌端点冒充它。如果它其实没有后端，则 application_type 有误。"
        }
        Rule::PublicClientCredentials => "公开应用通过客户端凭证拥有自己的权限，却无法证明调用者是谁。",
        Rule::KeysUnderPublic => "服务器的访问密钥挂在由用户持有的应用之下。请为它们单独建立应用，以便区分。",
        Rule::PkceNotRequired => {
            "没有要求 PKCE。即使有密钥也推荐使用：它能防止被盗的授权码混入别的登录。当今的客户端库都会发送。"
        }
        Rule::SecretInBody => {
            "密钥放在请求体里，比放在请求头里更容易被日志和代理看到。规范不建议这样做；private_key_jwt 更好。"
        }
        Rule::SharedSecretAssertion => {
            "断言用密钥签名，usher 不得不保存可读的密钥。使用 private_key_jwt 时，这里保存的内容无法用来登录。"
        }
        Rule::SymmetricIdToken => {
            "ID 令牌用客户端密钥签名（HS256）。能验证的人就能伪造，而使用公钥集的客户端库会拒绝它。"
        }
        Rule::ConsentSkipped => "不会询问用户，而设备上的任何程序都能占用此应用的回调地址，从而冒充它。",
        Rule::EveryResource => "它自己的权限涵盖现在和将来的所有资源。请只列出需要的资源。",
        Rule::AccessKeyAsAudience => {
            "无人参与的访问令牌以访问密钥作为受众，且没有主体。遵循标准的接口会拒绝它。"
        }
        Rule::Impersonation => "交换得到的令牌看不出是谁在代表用户行事。改用委托，应用就会写在令牌里。",
        Rule::LongCode => "授权码有效期超过一分钟。应用几秒内就会用掉它，剩下的时间只留给窃取者。",
        Rule::LongAccessToken => "访问令牌有效期超过一小时。自行验证令牌的接口，要到它过期才知道已被撤销。",
        Rule::LongIdToken => "ID 令牌有效期超过一小时。它只用于登录的那一刻。",
        Rule::LongRefresh => {
            "刷新令牌有效期很长：闲置超过 90 天，或总共超过一年。被遗忘的设备会一直保持登录。"
        }
        Rule::LongRefreshInBrowser => "浏览器里的刷新令牌闲置一周以上仍然有效。它在浏览器里应当尽快到期。",
        Rule::RotationOff => "刷新令牌不会在每次使用时更换，被盗用也无从察觉。",
        Rule::LongGrace => "用过的刷新令牌在半分钟后仍能换得后继令牌。应答丢失时，几秒内就会重新请求。",
    }
}
