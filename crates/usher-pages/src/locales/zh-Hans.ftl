# 页面上的每一句话。说清楚发生了什么、为什么、接下来怎么办；不向人展示代码。

title = { $page } – { $place }
title-failed = 出错了：{ $page } – { $place }
more-about = { $application }：
policy = 隐私政策
terms = 服务条款
opens-in-new-tab = （在新标签页中打开）
problem-heading = 有需要处理的地方

sign-in = 登录
sign-in-lead = 请使用您的“{ $pool }”账户。
sign-in-lead-application = 使用您的“{ $pool }”账户登录，然后前往“{ $application }”。
identifier = 用户名或邮箱
password = 密码
remember = 在这台设备上保持登录
choose-account-link = 选择已在此登录的账户
sign-in-notice-password-chosen = 新密码已经设置，请用它登录。
sign-in-notice-first-password = 密码已经设置，请用它登录。
sign-in-notice-account-made = 账户已经创建，请用您选的密码登录。
sign-in-problem-identifier-missing = 请填写用户名或邮箱。
sign-in-problem-password-missing = 请填写密码。
sign-in-problem-mismatch = 用户名与密码不匹配，请核对后重试。
    .field = 请核对上方的用户名，并重新输入密码。
sign-in-problem-too-many-tries = 错误次数过多，为保护账户，登录已暂停。请在 { $minutes } 分钟后重试。
sign-in-problem-busy = 此刻登录的人太多，还没有轮到您。请稍等几秒再试。
sign-in-problem-stale = 这个页面打开得太久，或是在别的窗口中打开的，因此没有登录。请再试一次。

change-password = 设置新密码
change-password-lead = 此账户的密码由他人设置。请换成只有您知道的密码，然后继续。
new-password = 新密码
new-password-hint = 至少 { $least } 个字符。几个您记得住的词，胜过一串简短的谜语。
new-password-again = 再次输入新密码
change-password-button = 更改密码并继续
new-password-problem-too-short = 密码太短，至少需要 { $least } 个字符。
new-password-problem-too-long = 密码太长，请换一个短一些的。
new-password-problem-unprintable = 密码中含有换行、制表符等看不见的字符。请只使用文字、数字、符号和空格。
new-password-problem-common = 这是最常被猜到的密码，或只由一两个常用词组成。请用四五个互不相关的词组成密码。
new-password-problem-expected = 密码由您的姓名、地址或本服务的名称组成，很容易被猜到。请换一个与您无关的密码。
new-password-problem-pattern = 密码只是重复，或按字母、数字、键盘顺序排列，很容易被猜到。请用四五个互不相关的词组成密码。
new-password-problem-known = 这个密码出现在已泄露的密码名单中。请换一个您没有在别处用过的密码。
new-password-problem-different = 两次输入不一致，请再次输入新密码。
new-password-problem-same = 这是当前的密码，请换一个。
new-password-problem-busy = 此刻人太多，还没有轮到您。请稍等几秒再试。

forgot-password = 忘记密码了？
forgot-password-link = 忘记密码了？
forgot-password-lead = 告诉我们您是谁，我们会把重新设置密码的链接发到您的邮箱。
forgot-password-button = 发送链接
forgot-password-problem-missing = 请输入用户名或邮箱。
forgot-password-problem-stale = 这个页面打开太久，或已在别的窗口中打开，所以没有发送。请再试一次。
forgot-password-problem-too-many = 您所在的网络请求的链接太多，发送已暂停。请等 { $minutes } 分钟再试。
back-to-sign-in = 返回登录
to-account = 前往您的账户
confirm-link = 这是您吗？
confirm-link-lead = 打开这个链接的人，可以设置以下账户的密码：
confirm-link-asked = { $minutes ->
    [0] 它是不到一分钟前，在另一个浏览器中，从网络 { $network } 请求的。
   *[other] 它是 { $minutes } 分钟前，在另一个浏览器中，从网络 { $network } 请求的。
}
confirm-link-made = 它是由本服务的管理者为您生成的。
confirm-link-warning = 只有账户属于您时才继续。如果不是您请求的，请关闭此页面：什么都不会改变。
confirm-link-button = 是我，继续
new-password-lead = 请选一个只有您知道的密码。用旧密码登录的一切都会退出。
first-password = 设置密码
first-password-lead = 请选一个只有您知道的密码，今后用它登录。
first-password-button = 设置密码并继续
done-link-sent = 请查看您的邮箱
    .lead = 如果有这个名称的账户，并且它的邮箱已经确认，链接正在发往那里。链接只能使用一次，30 分钟内有效，最好在这个浏览器中打开。
    .next = 几分钟后仍未收到？请看看垃圾邮件，检查名称是否正确，或询问本服务的管理者。
done-email-verified = 您的邮箱已确认
    .lead = 从现在起，它被视为属于您。
    .next = 您可以关闭此页面，或前往您的账户。
done-address-taken = 这个邮箱属于另一个账户
    .lead = 什么都没有改变：一个邮箱同时只能属于一个账户。
    .next = 请换一个邮箱，或登录拥有这个邮箱的账户。
done-sign-up-sent = 请查看您的邮箱
    .lead = 一封邮件正在发给您，其中的链接会创建账户。链接只能使用一次，一小时内有效，最好在这个浏览器中打开。
    .next = 几分钟后仍未收到？请看看垃圾邮件，或重新开始并检查邮箱地址。
verify-email = 这是您的邮箱吗？
verify-email-lead = 它被登记为 { $pool } 账户 { $account } 的邮箱。
verify-email-lead-change = 您请求把它设为您的 { $pool } 账户 { $account } 的邮箱。
verify-email-button = 是我的
verify-email-otherwise = 如果与您无关，请关闭此页面：什么都不会改变。
sign-in-first = 请先登录
sign-in-first-lead = 这个链接会把 { $email } 设为 { $pool } 账户 { $account } 的邮箱。请登录该账户，随后会回到这里确认。
sign-up = 创建账户
sign-up-link = 创建账户
sign-up-lead = 创建一个 { $pool } 账户。
sign-up-lead-application = 创建一个 { $pool } 账户，以继续使用“{ $application }”。
sign-up-name = 您的姓名
sign-up-email = 邮箱
sign-up-again = 再次输入密码
sign-up-button = 创建账户
sign-up-back = 我已有账户
sign-up-problem-name = 请输入您的姓名，不要换行。
sign-up-problem-email = 请输入您的邮箱，例如 alice@example.com。
sign-up-problem-stale = 这个页面打开太久，或已在别的窗口中打开，所以什么都没有做。请再试一次。
sign-up-problem-too-many = 您所在的网络请求创建的账户太多，已暂停。请等 { $minutes } 分钟再试。
finish-sign-up = 创建这个账户？
finish-sign-up-lead = 只需一次点击，以下 { $pool } 账户就会创建：
finish-sign-up-hint = 您是在另一个浏览器中开始的：请输入在那里选的密码。
finish-sign-up-button = 创建账户
finish-sign-up-otherwise = 如果不是您请求的，请关闭此页面：不会创建账户。
finish-sign-up-problem-wrong = 这不是当时选的密码。请再输入一次，或重新开始。

mail-verify-email = 请为 { $pool } 确认您的邮箱
    .lead = 这个邮箱被登记为 { $pool } 账户 { $identifier } 的邮箱。请确认它属于您。
    .where = 操作来自网络 { $network }。
    .action = 确认邮箱
    .until = 链接只能使用一次，{ $hours } 小时内有效。
    .otherwise = 如果与您无关，请不必理会：邮箱不会被确认。
mail-email-changed = 您的 { $pool } 邮箱已更改
    .lead = 这个邮箱从现在起不再属于 { $pool } 账户 { $identifier }。
    .where = 更改来自网络 { $network }。
    .otherwise = 如果不是您，说明别人掌握了您的账户：请立即告诉 { $pool } 的管理者。
mail-sign-up = 创建您的 { $pool } 账户
    .lead = 有人（希望是您）想用邮箱 { $identifier } 创建 { $pool } 账户。
    .where = 请求来自网络 { $network }。
    .action = 创建账户
    .until = 链接只能使用一次，{ $minutes } 分钟内有效。
    .otherwise = 如果不是您，请不必理会：不会创建账户。
mail-already-here = 您已经有 { $pool } 账户
    .lead = 有人（也许是您）想用邮箱 { $identifier } 创建 { $pool } 账户，而它已有账户。请直接登录；如果忘记了密码，登录页面可以帮您。
    .where = 请求来自网络 { $network }。
    .otherwise = 如果不是您，请不必理会：什么都没有改变。
mail-reset = 为 { $pool } 设置新密码
    .lead = 有人（希望是您）为 { $pool } 账户 { $identifier } 请求了新密码。
    .where = 请求来自网络 { $network }。
    .action = 设置新密码
    .until = 链接只能使用一次，{ $minutes } 分钟内有效。
    .otherwise = 如果不是您，请不必理会：密码不会改变，请求的人也看不到这封邮件。
mail-password-changed = 您的 { $pool } 密码已更改
    .lead = { $pool } 账户 { $identifier } 有了新密码，用旧密码登录的一切都已退出。
    .where = 更改来自网络 { $network }。
    .otherwise = 如果不是您，说明别人掌握了您的账户：请立即告诉 { $pool } 的管理者。

choose-account = 选择账户
choose-account-lead = 以下账户已在此浏览器中登录。
choose-account-lead-application = 您想用哪个账户使用“{ $application }”？
another-account = 使用其他账户

consent = 授权确认
consent-heading = 允许“{ $application }”使用您的账户吗？
consent-signed-in = 当前账户
consent-items = 允许之后，“{ $application }”可以：
consent-item-identity = 在您再次到来时认出您
    .detail = 它会得到一个代表您账户的编号。
consent-item-profile = 查看您的个人资料
    .detail = 您的姓名，以及您填写过的头像、语言、时区等信息。
consent-item-email = 查看您的邮箱地址
consent-item-phone = 查看您的电话号码
consent-item-address = 查看您的通信地址
consent-item-offline-access = 在您离开后继续保有这些权限
    .detail = 您不在使用它时，它也能获取同样的内容。
consent-item-unnamed-scope = 使用名为“{ $name }”的权限
    .detail = 开发者没有说明它的用途。如有疑问，请先向他们询问。
consent-item-claim = { $claim ->
    [name] 查看您的姓名
    [given_name] 查看您的名字
    [family_name] 查看您的姓氏
    [middle_name] 查看您的中间名
    [nickname] 查看您的昵称
    [preferred_username] 查看您的用户名
    [profile] 查看您的个人主页地址
    [picture] 查看您的头像
    [website] 查看您的网站地址
    [gender] 查看您的性别
    [birthdate] 查看您的出生日期
    [zoneinfo] 查看您的时区
    [locale] 查看您的语言
    [updated_at] 查看您的资料上次修改的时间
    [email] 查看您的邮箱地址
    [email_verified] 查看您的邮箱是否已验证
    [phone_number] 查看您的电话号码
    [phone_number_verified] 查看您的电话号码是否已验证
    [address] 查看您的通信地址
   *[other] 查看您资料中的“{ $claim }”
}
consent-first-party = “{ $application }”由“{ $pool }”提供。
consent-third-party = “{ $application }”不属于“{ $pool }”。请只在了解并信任它时才允许。
consent-return = 无论如何选择，您都会回到“{ $host }”。
consent-undo = 您随时可以收回：打开您的“{ $pool }”账户，进入“应用”。
allow = 允许
deny = 不允许

device = 连接设备
device-heading = 输入设备上显示的代码
device-heading-link = 您的设备显示的是这个代码吗？
device-lead = 您想使用的那台设备此刻正显示着它。
device-lead-link = 只有当您面前的设备显示的代码与此完全一致时，才请继续。
device-warning = 是别人把代码或链接发给您的吗？那么请关闭此页，否则对方就能进入您的账户。
user-code = 代码
device-continue = 继续
device-problem-missing = 请填写设备上显示的代码。
device-problem-wrong = 没有设备在等待这个代码：可能输错了，也可能已过期或已用过。请核对，或让设备显示一个新代码。
    .field = 请核对代码，或让设备显示一个新代码。
device-problem-too-many-tries = 错误的代码过多，输入已暂停。请在 { $minutes } 分钟后重试。
device-problem-busy = 此刻输入代码的人太多，还没有轮到您。请稍等几秒再试。
device-problem-stale = 这个页面打开得太久，或是在别的窗口中打开的。请再按一次按钮。

device-consent = 授权设备
device-consent-heading = 允许您设备上的“{ $application }”使用您的账户吗？
device-consent-code = 您的设备上应当显示着这个代码：
device-consent-asked = { $minutes ->
    [0] 设备在不到一分钟前提出了请求。
   *[other] 设备在 { $minutes } 分钟前提出了请求。
}
device-consent-same-network = 它所在的网络是 { $network }，与您相同。
device-consent-other-network = 它所在的网络是 { $network }，与您不同。
device-consent-warning = 只有当这是您本人在自己的设备上发起的，才请允许。如果是别人让您来到这里，请不要允许。
device-done = 您可以回到设备上了
device-done-lead = 设备已得到您的许可，几秒钟后会自行继续。您可以关闭此页。
device-refused = 没有授予任何权限
device-refused-lead = 那台设备无法进入您的账户。您可以关闭此页。

sign-out = 退出登录
sign-out-heading = 要退出登录吗？
sign-out-lead = 您将在此浏览器中退出“{ $pool }”。
sign-out-lead-application = “{ $application }”请求让您在此浏览器中退出“{ $pool }”。
sign-out-others = 此处还有 { $others } 个账户会保持登录，除非您选择全部退出。
sign-out-everyone = 全部退出
sign-out-stay = 保持登录

signed-out = 您已退出登录
signed-out-stayed = 您仍处于登录状态
signed-out-lead = 此浏览器中已没有人登录“{ $pool }”。如果是公用电脑，请同时关闭浏览器。
signed-out-remaining = 此浏览器中还有 { $remaining } 个账户登录着“{ $pool }”。
signed-out-home = 前往“{ $application }”
signed-out-sign-in = 重新登录

error-back = 继续
error-back-application = 返回“{ $application }”
error-request = 联系支持时请提供：
error-developers = 开发者信息

problem-unknown-application = 这个链接没有指向任何应用
    .why = 链接中的应用在这里查不到，可能已被移除，也可能是链接不完整。
    .next = 请回到您来时的应用重试。如果仍然不行，请告知该应用的管理人员。
problem-return-address = 无法将您安全送回
    .why = 应用要求把您送往一个没有在此登记的地址。为保护您的账户，我们没有送您过去。
    .next = 请告知该应用的管理人员。这件事您自己无法处理。
problem-request = 应用的请求不清楚
    .why = 请求缺少一部分，或前后不一致，因此什么也没有执行。
    .next = 请回到应用重试。如果再次发生，请告知该应用的管理人员。
problem-expired = 这次登录已经失效
    .why = 可能用时太久，也可能已经在别的标签页中完成。
    .next = 请回到应用，从那里重新登录。
problem-device-code = 这个代码已经失效
    .why = 它可能已过期，也可能已经在别的标签页中答复过了。
    .next = 请让设备显示一个新代码，然后输入新的代码。
problem-other-browser = 这次登录是在别处开始的
    .why = 它属于另一个浏览器或无痕窗口，或者此浏览器没有保存 Cookie。
    .next = 请允许本网站使用 Cookie，然后回到应用，在此浏览器中重新登录。
problem-forged = 这份表单不是从本网站发出的
    .why = 它来自别的页面，或来自打开太久的页面，因此什么也没有执行。
    .next = 请回到应用重新开始。如果您并没有提交过任何内容，请关闭此页。
problem-link = 这个链接已经失效
    .why = 它已经用过、已经过期、被更新的链接取代，或者账户在它生成之后有了变化。
    .next = 请在原来的地方重新请求链接，并打开最新的一封邮件。
problem-sign-out = 您尚未退出登录
    .why = 这个退出请求不可信：无法确定它由哪个应用发出，或之后要把您送往哪里。
    .next = 请在应用中退出登录，或关闭浏览器。
problem-not-found = 这个地址没有内容
    .why = 链接可能不完整，或者页面已经移走。
    .next = 请检查地址，或回到您来时的应用。
problem-method = 这个页面不能这样打开
    .why = 它只回应表单或应用发来的请求。
    .next = 请回到您来时的应用。
problem-too-large = 一次发送的内容太多
    .why = 请求超过了服务器的读取上限，因此什么也没有执行。
    .next = 请返回重试。如果再次发生，请告知该应用的管理人员。
problem-too-many = 请求太多
    .why = 来自您所在网络的请求比平常多，需要暂停一会儿。
    .next = 请在 { $minutes } 分钟后重试。
problem-address = 这台服务器的地址不是这个
    .why = 登录只在它自己的地址上进行，这样别人就无法冒充它。
    .next = 请前往 { $address } 继续。
problem-no-pool = 这里还不能登录
    .why = 这台服务器刚刚启用，还没有为用户设置好。
    .next = 请稍后再来。如果您是管理者，请先运行命令“usher pool create NAME”。
problem-internal = 这里出了差错
    .why = 这是我们的问题，与您无关，情况已经记录下来。
    .next = 请稍后重试。如果再次发生，请把下方的编号告诉支持人员。
problem-unavailable = 暂时无法登录
    .why = 服务器所需的一个部分联系不上。您的账户是安全的。
    .next = 请等一分钟再试。

form-post = 请稍候
form-post-lead = 正在带您回到应用。
form-post-noscript = 此浏览器关闭了脚本，因此还需要一步。
form-post-continue = 继续
web-message = 请稍候
web-message-lead = 结果正在交给打开此页面的应用。此窗口可以关闭。
web-message-noscript = 此浏览器关闭了脚本，而此应用需要脚本。请开启后重试。

advisor = 该用哪种登录模式？
advisor-lead = 回答几个问题，就知道应用该以哪种方式登录。
advisor-answers = 您的回答
advisor-no-answers = 还没有。
advisor-change = 修改对“{ $question }”的回答
advisor-start = 重新开始
advisor-map = 全部路线
advisor-tokens = 应用会得到什么
advisor-access-token = 访问令牌
advisor-id-token = ID 令牌
advisor-refresh-token = 刷新令牌
advisor-storage = 什么保存在哪里
advisor-practice = 当今的最佳实践
advisor-cost = 开启它的代价
    .why = 此模式默认关闭，由管理员开启。开启即意味着接受：
advisor-settings = 要应用的设置
advisor-command = 用命令行
advisor-declaration = 或写入 usher.toml
advisor-samples = 可复制的代码

account-places = 您的账户
account-overview = 您的账户
account-overview-lead = “{ $pool }”保存了您的哪些信息，谁可以使用。
account-profile = 个人资料
    .about = 您的姓名，以及您愿意填写的其他信息。
account-password = 密码
    .about = 更换密码。
account-sessions = 登录状态
    .about = 您在哪些地方登录了，并可在此退出。
account-applications = 应用
    .about = 您授权过哪些应用，并可在此收回。
account-switch = 使用其他账户
account-more = 显示更多
account-save = 保存
account-notice-saved = 个人资料已保存。
account-notice-address-mail = 已保存。一封邮件正在发往新邮箱：打开其中的链接，新邮箱才会生效；在此之前，邮箱保持不变。一小时内已收到多封邮件的邮箱，不会再收到。
account-notice-address-too-many = 邮箱没有改变：请求的邮件太多。请等一小时再试。
account-notice-address-withdrawn = 已撤回。您的邮箱保持不变，发往另一邮箱的链接不再有效。
account-notice-password-changed = 密码已更改。您在其他地方均已退出登录，各应用需要重新征得您的同意。
account-notice-sessions-ended = 已完成，那里不再有人登录。
account-notice-access-removed = 已完成，该应用不能再使用您的账户。
account-notice-stale = 没有做任何更改：页面打开得太久，或其间内容有变。请查看后再按一次按钮。
account-notice-signed-in-again = 感谢您重新登录。尚未做任何更改，请再按一次按钮。
account-notice-gone = 没有做任何更改：它已经不在了。
account-profile-lead = 只有经您允许，应用才能看到这些信息。
account-profile-fixed = 如需更改以上内容，请联系“{ $pool }”的管理人员。
account-profile-waiting = 打开发往 { $email } 的链接后，它就会成为您的邮箱。
account-profile-withdraw = 撤回
account-profile-nothing = 这些信息由“{ $pool }”的管理人员维护，如需更改请联系他们。
account-password-lead = 请使用一个别处没有用过的密码。
account-password-ends = 您在这里保持登录；在其他地方会退出登录，各应用需要重新征得您的同意。
account-password-button = 更改密码
own-password-present = 当前密码
own-password-problem-present = 这不是您当前的密码，请重新输入。
account-sessions-lead = 每一项代表一个您登录过的浏览器。
account-sessions-note = 在您离开后仍保有权限的应用，不会随登录一起结束，请见“应用”。如果其中有您不认识的，请退出它并更改密码。
session-browser-on-system = { $system } 上的 { $browser }
session-unknown = 某个浏览器
session-current = 您正在使用
session-began = 登录时间
session-proved = 再次登录
session-seen = 上次使用
session-method = 登录方式
session-method-name = { $method ->
    [pwd] 密码
   *[other] { $method }
}
session-remembered = 保持登录
session-end = 退出此处
session-end-others = 退出其他所有地方
account-applications-lead = 以下应用可以使用您的账户。
account-applications-none = 您没有允许任何应用使用您的账户。
application-since = 始于
application-used = 上次使用
application-items = “{ $application }”可以查看和做什么
application-offline = 在您离开后，它仍保有这些权限。
application-remove = 收回权限
ago = { $unit ->
    [minutes] { $count ->
        [0] 刚刚
       *[other] { $count } 分钟前
    }
    [hours] { $count } 小时前
   *[days] { $count } 天前
}
claim = { $claim ->
    [name] 姓名
    [given_name] 名
    [middle_name] 中间名
    [family_name] 姓
    [nickname] 昵称
    [preferred_username] 在应用中的名称
    [email] 邮箱
    [phone_number] 电话号码
    [gender] 性别
    [birthdate] 出生日期
    [locale] 语言
    [zoneinfo] 时区
    [website] 网站
    [profile] 个人主页
    [picture] 头像
    [address] 通信地址
    [street_address] 街道和门牌号
    [postal_code] 邮政编码
    [locality] 城市
    [region] 省份或地区
    [country] 国家
    [formatted] 信封上的完整地址
   *[other] { $claim }
}
claim-hint-birthdate = 例如 1990-04-23；不写年份：0000-04-23。
claim-hint-locale = 例如 zh-CN 或 en-GB。
claim-hint-zoneinfo = 例如 Asia/Shanghai 或 Europe/Paris。
claim-hint-phone-number = 请带上国家代码，例如 +86 10 1234 5678。
claim-hint-web-address = 完整地址，以 https:// 开头。
claim-hint-formatted = 仅当以上各栏不适用时填写。
claim-problem-too-long = 内容太长，请缩短。
claim-problem-control = 其中有无法显示的字符，请重新输入。
claim-problem-email = 这不是邮箱地址，请按 name@example.com 的样子填写。
claim-problem-phone = 这不是带国家代码的电话号码，请按 +86 10 1234 5678 的样子填写。
claim-problem-date = 这不是日期，请按 1990-04-23 的样子填写。
claim-problem-web-address = 这不是网址，请写完整，以 https:// 开头。
claim-problem-language = 这不是语言代码，请按 zh-CN 的样子填写。
claim-problem-time-zone = 这不是时区，请按 Asia/Shanghai 的样子填写。
claim-problem-needed = 您用它登录，不能为空。
