//! The advisor's words in Simplified Chinese.

use super::{AnswerWords, ModeWords, QuestionWords};
use crate::advisor::advice::Yield;
use crate::advisor::decide::Mode;
use crate::advisor::note::Note;
use crate::advisor::question::Question;

const fn says(label: &'static str, meaning: &'static str) -> AnswerWords {
    AnswerWords { label, meaning }
}

pub(super) const fn question(question: Question) -> QuestionWords {
    match question {
        Question::Person => QuestionWords {
            ask: "有人在使用它吗？",
            short: "有人使用？",
            why: "有人使用，就由这个人登录；程序之间互相调用，就由程序自己登录。",
            answers: [
                says("是", "顾客、会员或员工会打开它并登录。"),
                says("否", "任务、服务或设备以自己的身份调用接口。"),
            ],
        },
        Question::PublicCode => QuestionWords {
            ask: "公众能读到它的代码吗？",
            short: "代码公开？",
            why: "在浏览器里运行、或由用户自行安装的程序，用户都能读到其代码，写在里面的密钥也就不再是秘密。",
            answers: [
                says("能", "它全部运行在浏览器、手机或电脑上。"),
                says("不能", "它有自己的后端，可以保守密钥。"),
            ],
        },
        Question::Application => QuestionWords {
            ask: "它是单页应用还是原生应用？",
            short: "哪一种？",
            why: "两者的代码都是公开的，但浏览器和安装的程序接收应答、保存令牌的方式不同。",
            answers: [
                says("单页应用", "浏览器里的 JavaScript，没有自己的后端。"),
                says("原生应用", "安装在手机或电脑上，或是命令行工具。"),
            ],
        },
        Question::WebCrypto => QuestionWords {
            ask: "它的浏览器支持 Web Crypto 吗？",
            short: "Web Crypto？",
            why: "PKCE 需要计算 SHA-256。当今的浏览器都提供 crypto.subtle，但页面必须通过 https 打开，或来自 localhost。",
            answers: [
                says("支持", "当今的浏览器，且页面通过 https 打开或来自 localhost。"),
                says("不支持", "老旧的嵌入式浏览器，或页面只能通过 http 打开。"),
            ],
        },
        Question::OneParty => QuestionWords {
            ask: "应用和资源属于同一方吗？",
            short: "同一方？",
            why: "用户的密码，只应交给开立账户的那一方。",
            answers: [
                says("是", "应用和它所访问的内容由同一个组织运营。"),
                says("否", "其中之一由合作伙伴或客户运营。"),
            ],
        },
        Question::TrustedWithPasswords => QuestionWords {
            ask: "可以放心让它接触密码吗？",
            short: "可信？",
            why: "它会看到每一位登录者的密码：在内存里，也可能在日志和崩溃报告里。",
            answers: [
                says("可以", "它像登录页一样经过审查，并且不记录用户输入的任何内容。"),
                says("不可以", "或者没有人能够保证。"),
            ],
        },
        Question::OtherModesFit => QuestionWords {
            ask: "其他模式中有适合它的吗？",
            short: "其他适合？",
            why: "只要能打开浏览器，无论在本机还是在另一台设备上，都可以跳转登录，应用不必接触密码。",
            answers: [
                says("有", "它可以把人送到登录页，必要时在另一台设备上打开。"),
                says("没有", "完全无法打开浏览器，例如只会询问密码的老式终端。"),
            ],
        },
    }
}

pub(super) const fn mode(mode: Mode) -> ModeWords {
    match mode {
        Mode::AuthorizationCode => ModeWords {
            title: "授权码模式",
            short: "授权码",
            reason: "您的后端能够保守密钥，浏览器只需传递一个对别人毫无用处的授权码。后端再用授权码和密钥换取令牌，浏览器始终看不到令牌。",
        },
        Mode::SinglePageCode => ModeWords {
            title: "授权码 + PKCE 模式（单页应用）",
            short: "授权码 + PKCE",
            reason: "谁都能读到它的代码，所以它没有可以证明自己的密钥。每次登录时新生成的校验码代替了密钥，授权码即使被截获也无法使用。",
        },
        Mode::NativeCode => ModeWords {
            title: "授权码 + PKCE 模式（原生应用）",
            short: "授权码 + PKCE",
            reason: "谁都能拆解安装的程序，所以它没有可以证明自己的密钥。每次登录时新生成的校验码代替了密钥，即使设备上的其他程序截走授权码也无妨。",
        },
        Mode::Implicit => ModeWords {
            title: "隐式模式",
            short: "隐式",
            reason: "没有 Web Crypto，浏览器就算不出 PKCE 所需的值，而没有 PKCE 的授权码谁拿到都能用。因此令牌直接放在地址的片段里返回，这种方式较弱，只在别无他法时才合适。",
        },
        Mode::ClientCredentials => ModeWords {
            title: "客户端凭证模式",
            short: "客户端凭证",
            reason: "没有人参与，也就无从询问密码或征求同意。调用方自己登录，使用只发给它的访问密钥和私有密钥。",
        },
        Mode::Password => ModeWords {
            title: "密码模式",
            short: "密码",
            reason: "应用与资源属于同一方，它可以放心接触密码，而且任何需要跳转的模式都不适用。因此用户名和密码连同应用自己的密钥，直接发送到令牌端点。",
        },
    }
}

pub(super) const fn token(given: Yield) -> &'static str {
    match given {
        Yield::Yes => "有",
        Yield::WithOpenid => "有（需要 openid 权限）",
        Yield::WhenAllowed => "请求且获准时有",
        Yield::Never => "永远没有",
    }
}

pub(super) const fn note(note: Note) -> &'static str {
    match note {
        Note::KeepInSession => {
            "令牌：保存在后端会话中。浏览器只得到一个会话 Cookie，带 HttpOnly、Secure 和 SameSite=Lax。"
        }
        Note::KeepCheckValues => "state、nonce 和校验码：保存在同一会话中，直到回调时比对完毕。",
        Note::KeepSecret => "客户端密钥：放在环境变量或密钥库中，绝不放进代码仓库。",
        Note::KeepInMemory => {
            "令牌：只放在内存中，绝不放进 localStorage，因为页面上的任何脚本随时都能读取它。"
        }
        Note::KeepInSessionStorage => {
            "state、nonce 以及使用 PKCE 时的校验码：放在 sessionStorage 中，直到回调时比对完毕。"
        }
        Note::KeepInKeychain => {
            "刷新令牌：放在系统的密钥库中（Keychain、Android Keystore、凭据管理器、Secret Service）。访问令牌：放在内存中。"
        }
        Note::KeepNoSecret => "密钥：没有。随程序分发的密钥等于公开。",
        Note::DropFragment => {
            "地址片段：在加载任何其他内容之前，先用 history.replaceState 把它从地址和历史记录中去掉。"
        }
        Note::KeepAccessKey => "访问密钥和私有密钥：放在调用方的密钥库中，每个调用方一对。",
        Note::ReuseToken => "访问令牌：放在内存中，临近到期时再申请新的。",
        Note::ForgetPassword => "密码：哪里都不保存。得到应答后立即丢弃，以后由刷新令牌代替。",
        Note::PkceWithSecret => {
            "即使有密钥也推荐使用 PKCE：它能防止被盗的授权码混入别的登录。这里的设置要求使用 PKCE。"
        }
        Note::KeyPair => "密钥对（private_key_jwt）优于共享密钥：服务器上保存的内容无法用来冒充应用。",
        Note::BackendForFrontend => {
            "如果它处理重要数据，请为它配一个保管令牌的小型后端（BFF）：这样，即使有脚本混入页面也拿不走令牌。此时第二个问题请回答“不能”。"
        }
        Note::Rotation => {
            "公开应用的刷新令牌每次使用都会更换，旧令牌一旦再次出现，全部令牌随即失效。usher 始终如此。"
        }
        Note::ShortRefresh => "浏览器里的刷新令牌应当尽快到期。按这里的设置，一天不使用即失效，最长一周。",
        Note::SystemBrowser => {
            "请打开系统浏览器或系统提供的应用内标签页，不要使用自己的 WebView：它能读到密码，也没有已有的登录状态。"
        }
        Note::ClaimedAddress => {
            "系统支持时，请使用属于本应用的 https 地址返回（Universal Links、App Links），不要使用任何程序都能占用的自定义协议。"
        }
        Note::ImplicitDeprecated => "当今的最佳实践不建议使用，OAuth 2.1 已将其移除。",
        Note::ImplicitWayOut => {
            "几乎总能避免：改用 https 提供页面，就有 crypto.subtle；或者用 JavaScript 计算 SHA-256，因为 crypto.getRandomValues 处处可用。这样就可以改用授权码 + PKCE。"
        }
        Note::LeastPrivilege => "只申请需要的权限：令牌做不到的事，偷到它的人也做不到。",
        Note::KeyPerCaller => "为每个调用方单独发放访问密钥，更换或停用其中一个不会影响其他调用方。",
        Note::NoRefreshForPrograms => "没有刷新令牌：需要新的访问令牌时，再次使用密钥即可。",
        Note::PasswordForbidden => "当今的最佳实践禁止使用，OAuth 2.1 已将其移除。",
        Note::PasswordWayOut => "请再找一找浏览器：系统自带的，或设备旁边的手机上的（设备授权）。",
        Note::CostTokensInAddress => {
            "访问令牌出现在地址里：历史记录、浏览器扩展以及能读取地址栏的一切都可能看到。"
        }
        Note::CostInjection => "令牌与发起请求的那次登录没有绑定，别人的令牌可能被塞进来。",
        Note::CostNoRefresh => "永远没有刷新令牌：十分钟后，用户要再跳转一次。",
        Note::CostSeesPasswords => "应用会看到每一个密码；一处泄露，全部泄露。",
        Note::CostNoSignInPage => {
            "通行密钥、多重验证、单点登录、第三方登录和授权确认都不存在，因为它们需要登录页。"
        }
        Note::CostPhishing => "用户会习惯随处输入密码，而网络钓鱼正是以此为生。",
    }
}
