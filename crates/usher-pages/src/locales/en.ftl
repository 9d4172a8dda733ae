# Every sentence of the pages. "Sign in", "Sign out"; say what happened, why, and what to do next; no codes for people.
# A choice between forms wraps the whole message, so that isolation marks stand around names only.

title = { $page } – { $place }
title-failed = Error: { $page } – { $place }
more-about = { $application }:
policy = Privacy
terms = Terms
opens-in-new-tab = (opens in a new tab)
problem-heading = There is a problem

sign-in = Sign in
sign-in-lead = Use your { $pool } account.
sign-in-lead-application = Use your { $pool } account to continue to { $application }.
identifier = Username or email
password = Password
remember = Keep me signed in on this device
choose-account-link = Choose a signed-in account
sign-in-notice-password-chosen = Your new password is set. Sign in with it.
sign-in-notice-first-password = Your password is set. Sign in with it.
sign-in-notice-account-made = Your account is ready. Sign in with the password that you chose.
sign-in-problem-identifier-missing = Enter your username or email.
sign-in-problem-password-missing = Enter your password.
sign-in-problem-mismatch = That username and password do not go together. Check both, then try again.
    .field = Check the username above, and type the password again.
sign-in-problem-too-many-tries = { $minutes ->
    [one] There were too many wrong tries, so signing in is paused to protect the account. Wait a minute, then try again.
   *[other] There were too many wrong tries, so signing in is paused to protect the account. Wait { $minutes } minutes, then try again.
}
sign-in-problem-busy = A great many people are signing in at this moment, and your turn did not come. Wait a few seconds, then try again.
sign-in-problem-stale = This page had been open too long, or was opened in another window, so you were not signed in. Please try once more.

change-password = Choose a new password
change-password-lead = Somebody else set the password of this account. Choose one that only you know, then go on.
new-password = New password
new-password-hint = At least { $least } characters. A few words that you will remember are better than a short riddle.
new-password-again = New password once more
change-password-button = Change password and go on
new-password-problem-too-short = That is too short. At least { $least } characters are needed.
new-password-problem-too-long = That is longer than can be read. Choose a shorter one.
new-password-problem-unprintable = A line break, a tab or another character that cannot be seen is in it. Type letters, digits, signs and spaces.
new-password-problem-common = That is among the passwords that are tried first, or made of one or two common words. Take four or five words that have nothing to do with each other.
new-password-problem-expected = That is made of your name, your address or the name of this service, which are tried first. Choose something that has nothing to do with you.
new-password-problem-pattern = That repeats itself or follows the alphabet, the digits or a row of keys, which is tried first. Take four or five words that have nothing to do with each other.
new-password-problem-known = That password is known from lists of stolen passwords. Choose one that you use nowhere else.
new-password-problem-different = The two are not the same. Type the new password once more.
new-password-problem-same = That is the present password. Choose another one.
new-password-problem-busy = A great many people are signing in at this moment, and your turn did not come. Wait a few seconds, then try again.

forgot-password = Forgot your password?
forgot-password-link = Forgot your password?
forgot-password-lead = Say who you are, and a link to choose another one is sent to your email address.
forgot-password-button = Send the link
forgot-password-problem-missing = Enter your username or email.
forgot-password-problem-stale = This page had been open too long, or was opened in another window, so nothing was sent. Please try once more.
forgot-password-problem-too-many = { $minutes ->
    [one] A great many links were asked for from your network, so sending them is paused. Wait a minute, then try again.
   *[other] A great many links were asked for from your network, so sending them is paused. Wait { $minutes } minutes, then try again.
}
back-to-sign-in = Back to signing in
to-account = Go to your account
confirm-link = Is this you?
confirm-link-lead = This link lets whoever opened it choose the password of this account:
confirm-link-asked = { $minutes ->
    [0] It was asked for less than a minute ago, in another browser, from the network { $network }.
    [one] It was asked for one minute ago, in another browser, from the network { $network }.
   *[other] It was asked for { $minutes } minutes ago, in another browser, from the network { $network }.
}
confirm-link-made = It was made for you by the people who run this service.
confirm-link-warning = Go on only if the account is yours. If you did not ask for it, close this page: nothing changes.
confirm-link-button = Yes, go on
new-password-lead = Choose one that only you know. Everything that was signed in with the old one is signed out.
first-password = Choose a password
first-password-lead = Choose one that only you know. You sign in with it from now on.
first-password-button = Set password and go on
done-link-sent = Look into your mailbox
    .lead = If there is an account of that name with a confirmed email address, a link is on its way there. It works once, for 30 minutes, best in this browser.
    .next = Nothing came after a few minutes? Look among the unwanted mail, check the name, or ask the people who run this service.
done-email-verified = Your email address is confirmed
    .lead = From now on it counts as yours.
    .next = You can close this page, or go on to your account.
done-address-taken = This address belongs to another account
    .lead = Nothing was changed: an address is of one account at a time.
    .next = Use another address, or sign in to the account that has this one.
done-sign-up-sent = Look into your mailbox
    .lead = A mail is on its way to you. Its link makes the account; it works once, for an hour, best in this browser.
    .next = Nothing came after a few minutes? Look among the unwanted mail, or begin again and check the address.
verify-email = Is this your email address?
verify-email-lead = It was given as the email address of the { $pool } account { $account }.
verify-email-lead-change = You asked for it to be the email address of your { $pool } account { $account }.
verify-email-button = Yes, it is mine
verify-email-otherwise = If it is not about you, close this page: nothing changes.
sign-in-first = Please sign in first
sign-in-first-lead = This link makes { $email } the email address of the { $pool } account { $account }. Sign in to that account, and you come back here to say yes.
sign-up = Create account
sign-up-link = Create account
sign-up-lead = Make an account with { $pool }.
sign-up-lead-application = Make an account with { $pool } to continue to { $application }.
sign-up-name = Your name
sign-up-email = Email address
sign-up-again = Password once more
sign-up-button = Create account
sign-up-back = I have an account already
sign-up-problem-name = Enter your name, on one line.
sign-up-problem-email = Enter your email address, such as alice@example.com.
sign-up-problem-stale = This page had been open too long, or was opened in another window, so nothing was done. Please try once more.
sign-up-problem-too-many = { $minutes ->
    [one] A great many accounts were asked for from your network, so making them is paused. Wait a minute, then try again.
   *[other] A great many accounts were asked for from your network, so making them is paused. Wait { $minutes } minutes, then try again.
}
finish-sign-up = Create this account?
finish-sign-up-lead = One click, and this { $pool } account is there:
finish-sign-up-hint = You began in another browser: type the password that you chose there.
finish-sign-up-button = Create account
finish-sign-up-otherwise = If you did not ask for it, close this page: no account is made.
finish-sign-up-problem-wrong = That is not the password that was chosen. Type it again, or begin anew.

mail-verify-email = Confirm your email address for { $pool }
    .lead = This address was given as the email address of the { $pool } account { $identifier }. Confirm that it is yours.
    .where = That was done from the network { $network }.
    .action = Confirm the address
    .until = The link works once, for { $hours } hours.
    .otherwise = If it is not about you, do nothing: the address is not confirmed then.
mail-email-changed = Your { $pool } email address was changed
    .lead = This email address does not belong to the { $pool } account { $identifier } any more.
    .where = It was changed from the network { $network }.
    .otherwise = If it was not you, somebody else has your account: tell the people who run { $pool } at once.
mail-sign-up = Create your { $pool } account
    .lead = Somebody, we hope you, wants to make an account with { $pool } with the address { $identifier }.
    .where = The request came from the network { $network }.
    .action = Create the account
    .until = The link works once, for { $minutes } minutes.
    .otherwise = If it was not you, do nothing: no account is made.
mail-already-here = You have an account with { $pool } already
    .lead = Somebody, perhaps you, wanted to make an account with { $pool } with the address { $identifier }, which has one. Sign in with it; if you forgot the password, the sign-in page helps.
    .where = The request came from the network { $network }.
    .otherwise = If it was not you, do nothing: nothing has changed.
mail-reset = Choose a new password for { $pool }
    .lead = Somebody, we hope you, asked for a new password for the { $pool } account { $identifier }.
    .where = The request came from the network { $network }.
    .action = Choose a new password
    .until = The link works once, for { $minutes } minutes.
    .otherwise = If it was not you, do nothing: the password stays as it is, and whoever asked cannot see this mail.
mail-password-changed = Your { $pool } password was changed
    .lead = The { $pool } account { $identifier } has a new password, and everything that was signed in with the old one is signed out.
    .where = It was changed from the network { $network }.
    .otherwise = If it was not you, somebody else has your account: tell the people who run { $pool } at once.

choose-account = Choose an account
choose-account-lead = These accounts are signed in in this browser.
choose-account-lead-application = Which account do you want to use for { $application }?
another-account = Use another account

consent = Allow access?
consent-heading = Allow { $application } to use your account?
consent-signed-in = Signed in as
consent-items = If you allow it, { $application } can:
consent-item-identity = Recognise you when you come back
    .detail = It learns a number that stands for your account.
consent-item-profile = See your profile
    .detail = Your name, and such things as your picture, language and time zone if you filled them in.
consent-item-email = See your email address
consent-item-phone = See your phone number
consent-item-address = See your postal address
consent-item-offline-access = Keep this access while you are away
    .detail = It can come back for the same things when you are not using it.
consent-item-unnamed-scope = Use the permission “{ $name }”
    .detail = Its makers have not described it. Ask them what it does if you are unsure.
consent-item-claim = { $claim ->
    [name] See your full name
    [given_name] See your given name
    [family_name] See your family name
    [middle_name] See your middle name
    [nickname] See your nickname
    [preferred_username] See your username
    [profile] See the address of your profile page
    [picture] See your picture
    [website] See the address of your website
    [gender] See your gender
    [birthdate] See your date of birth
    [zoneinfo] See your time zone
    [locale] See your language
    [updated_at] See when your profile last changed
    [email] See your email address
    [email_verified] See whether your email address is confirmed
    [phone_number] See your phone number
    [phone_number_verified] See whether your phone number is confirmed
    [address] See your postal address
   *[other] See “{ $claim }” from your profile
}
consent-first-party = { $application } belongs to { $pool }.
consent-third-party = { $application } does not belong to { $pool }. Allow it only if you know it and trust it.
consent-return = Whatever you choose, you return to { $host }.
consent-undo = You can take this back at any time: open your { $pool } account, then Applications.
allow = Allow
deny = Do not allow

device = Connect a device
device-heading = Enter the code from your device
device-heading-link = Does your device show this code?
device-lead = Your device is showing it now.
device-lead-link = Continue only if the device in front of you shows exactly this code.
device-warning = Did somebody send you this code or this link? Then close this page: whoever sent it would get into your account.
user-code = Code
device-continue = Continue
device-problem-missing = Enter the code that your device shows.
device-problem-wrong = No device is waiting with that code. It may be mistyped, expired or used already: check it, or let the device show a new one.
    .field = Check the code, or let the device show a new one.
device-problem-too-many-tries = { $minutes ->
    [one] There were too many wrong codes, so entering them is paused. Wait a minute, then try again.
   *[other] There were too many wrong codes, so entering them is paused. Wait { $minutes } minutes, then try again.
}
device-problem-busy = A great many codes are being entered at this moment, and yours was not looked at. Wait a few seconds, then try again.
device-problem-stale = This page had been open too long, or was opened in another window. Please press the button once more.

device-consent = Allow a device?
device-consent-heading = Allow { $application } on your device to use your account?
device-consent-code = Your device must be showing this code:
device-consent-asked = { $minutes ->
    [0] The device asked less than a minute ago.
    [one] The device asked one minute ago.
   *[other] The device asked { $minutes } minutes ago.
}
device-consent-same-network = It is on the network { $network }, where you are too.
device-consent-other-network = It is on the network { $network }, and you are on another one.
device-consent-warning = Allow it only if you started this yourself, on a device of yours. If somebody asked you to come here, do not allow it.
device-done = You can go back to your device
device-done-lead = It has your permission now, and goes on by itself in a few seconds. You can close this page.
device-refused = Nothing was allowed
device-refused-lead = The device does not get into your account. You can close this page.

sign-out = Sign out
sign-out-heading = Sign out?
sign-out-lead = You will be signed out of { $pool } in this browser.
sign-out-lead-application = { $application } asks to sign you out of { $pool } in this browser.
sign-out-others = { $others ->
    [one] One other account stays signed in here, unless you sign out everyone.
   *[other] { $others } other accounts stay signed in here, unless you sign out everyone.
}
sign-out-everyone = Sign out everyone here
sign-out-stay = Stay signed in

signed-out = You are signed out
signed-out-stayed = You are still signed in
signed-out-lead = Nobody is signed in to { $pool } in this browser any more. On a shared computer, close the browser too.
signed-out-remaining = { $remaining ->
    [one] One other account is still signed in to { $pool } in this browser.
   *[other] { $remaining } other accounts are still signed in to { $pool } in this browser.
}
signed-out-home = Go to { $application }
signed-out-sign-in = Sign in again

error-back = Continue
error-back-application = Back to { $application }
error-request = For support:
error-developers = For developers

problem-unknown-application = This link does not lead to an application
    .why = It names an application that is not known here. It may have been removed, or the link may be incomplete.
    .next = Go back to the application you came from and try again. If that does not help, tell the people who run it.
problem-return-address = You cannot be sent back safely
    .why = The application asked for you to be sent to an address that it has not registered here. To keep your account safe, you were not sent there.
    .next = Tell the people who run the application. There is nothing that you can put right yourself.
problem-request = The application asked for something unclear
    .why = Its request has parts that are missing or do not fit together, so nothing was done.
    .next = Go back to the application and try again. If it happens again, tell the people who run it.
problem-expired = This sign-in is no longer open
    .why = It took too long, or it was finished already, perhaps in another tab.
    .next = Go back to the application and sign in from there.
problem-device-code = This code is not open any more
    .why = It has expired, or it was answered already, perhaps in another tab.
    .next = Let the device show a new code, and enter that one.
problem-other-browser = This sign-in was begun somewhere else
    .why = It belongs to another browser or a private window, or this browser does not keep cookies.
    .next = Allow cookies for this site, then go back to the application and sign in again in this browser.
problem-forged = That form was not sent from this site
    .why = It came from another page than ours, or from one that had been open too long, so nothing was done.
    .next = Go back to the application and start again. If you did not send anything yourself, close this page.
problem-link = This link does not work any more
    .why = It was used already, its time is over, a newer one took its place, or something about the account changed since it was made.
    .next = Ask for a new link where you got this one, and open the newest mail.
problem-sign-out = You have not been signed out
    .why = The request to sign you out could not be trusted: it is not clear which application sent it, or where it wants to send you afterwards.
    .next = Sign out in the application itself, or close the browser.
problem-not-found = There is nothing at this address
    .why = The link may be incomplete, or the page may have moved.
    .next = Check the address, or go back to the application you came from.
problem-method = This page cannot be opened like that
    .why = It answers only to a form or to an application.
    .next = Go back to the application you came from.
problem-too-large = Too much was sent at once
    .why = The request was larger than this server reads, so nothing was done.
    .next = Go back and try again. If it happens again, tell the people who run the application.
problem-too-many = Too many requests
    .why = More came from your network than is usual, so it has to pause.
    .next = { $minutes ->
        [one] Wait a minute, then try again.
       *[other] Wait { $minutes } minutes, then try again.
    }
problem-address = This server has another address
    .why = Sign-in works only at its own address, so that nobody can pretend to be it.
    .next = Continue at { $address }
problem-no-pool = Nobody can sign in here yet
    .why = This server is new: nothing is set up for people yet.
    .next = Come back later. If you run this server, set it up with the command “usher pool create NAME”.
problem-internal = Something went wrong here
    .why = It is our mistake, not yours, and it has been written down.
    .next = Try again in a moment. If it happens again, tell support the number below.
problem-unavailable = Sign-in is not available at the moment
    .why = A part that this server needs cannot be reached. Your account is safe.
    .next = Wait a minute, then try again.

form-post = One moment
form-post-lead = You are being taken back to the application.
form-post-noscript = Scripts are off in this browser, so one more step is needed.
form-post-continue = Continue
web-message = One moment
web-message-lead = The answer goes to the application that opened this page. This window can be closed.
web-message-noscript = Scripts are off in this browser, and this application needs them. Switch them on, then try again.

advisor = Which sign-in mode?
advisor-lead = A few questions lead to the way in which an application should sign in.
advisor-answers = Your answers
advisor-no-answers = None yet.
advisor-change = Change the answer to “{ $question }”
advisor-start = Start again
advisor-map = The whole way
advisor-tokens = What the application gets
advisor-access-token = Access token
advisor-id-token = ID token
advisor-refresh-token = Refresh token
advisor-storage = What to keep where
advisor-practice = Today’s best practice
advisor-cost = What it costs to turn this on
    .why = This mode is off until an administrator turns it on. Whoever does so takes this on:
advisor-settings = Settings to apply
advisor-command = On the command line
advisor-declaration = Or in usher.toml
advisor-samples = Code to copy

account-places = Your account
account-overview = Your account
account-overview-lead = What { $pool } knows about you, and who may use it.
account-profile = Profile
    .about = Your name and what else you say about yourself.
account-password = Password
    .about = Choose another password.
account-sessions = Sessions
    .about = Where you are signed in, and how to end it there.
account-applications = Applications
    .about = What you have allowed, and how to take it back.
account-switch = Use another account
account-more = Show more
account-save = Save
account-notice-saved = Your profile is saved.
account-notice-address-mail = Saved. A mail is on its way to the new address: follow its link, and the address is yours. Until then nothing changes about it. An address that had several mails within the hour gets no more.
account-notice-address-too-many = The email address stays as it is: too many mails were asked for. Wait an hour, then try again.
account-notice-address-withdrawn = Done. Your email address stays as it is, and the link to the other one does not work any more.
account-notice-password-changed = Your password is changed. You were signed out everywhere else, and applications have to ask you again.
account-notice-sessions-ended = Done. Nobody is signed in there any more.
account-notice-access-removed = Done. The application cannot use your account any more.
account-notice-stale = Nothing was changed: the page had been open too long, or something changed meanwhile. Look at it, then press the button once more.
account-notice-signed-in-again = Thank you for signing in again. Nothing is changed yet: press the button once more.
account-notice-gone = Nothing was changed: it is not there any more.
account-profile-lead = Applications see this only where you allow it.
account-profile-fixed = To change this, ask the people who run { $pool }.
account-profile-waiting = { $email } becomes your email address once you follow the link that was sent there.
account-profile-withdraw = Take this back
account-profile-nothing = The people who run { $pool } keep this for you. Ask them to change it.
account-password-lead = Choose one that you use nowhere else.
account-password-ends = You stay signed in here. Everywhere else you are signed out, and applications have to ask you again.
account-password-button = Change password
own-password-present = Present password
own-password-problem-present = That is not your present password. Type it once more.
account-sessions-lead = Each is a browser in which you signed in.
account-sessions-note = An application that keeps its access while you are away is not ended with a session: see Applications. If you do not know one of these, end it and change your password.
session-browser-on-system = { $browser } on { $system }
session-unknown = A browser
session-current = This is where you are now
session-began = Signed in
session-proved = Signed in again
session-seen = Last used
session-method = Signed in by
session-method-name = { $method ->
    [pwd] password
   *[other] { $method }
}
session-remembered = stays signed in
session-end = Sign out there
session-end-others = Sign out everywhere else
account-applications-lead = These applications may use your account.
account-applications-none = You have allowed no application to use your account.
application-since = Since
application-used = Last used
application-items = What { $application } may see and do
application-offline = It keeps this access while you are away.
application-remove = Remove access
ago = { $unit ->
    [minutes] { $count ->
        [0] just now
        [one] a minute ago
       *[other] { $count } minutes ago
    }
    [hours] { $count ->
        [one] an hour ago
       *[other] { $count } hours ago
    }
   *[days] { $count ->
        [one] a day ago
       *[other] { $count } days ago
    }
}
claim = { $claim ->
    [name] Full name
    [given_name] Given name
    [middle_name] Middle name
    [family_name] Family name
    [nickname] Nickname
    [preferred_username] Name in applications
    [email] Email
    [phone_number] Phone number
    [gender] Gender
    [birthdate] Date of birth
    [locale] Language
    [zoneinfo] Time zone
    [website] Website
    [profile] Profile page
    [picture] Picture
    [address] Postal address
    [street_address] Street and number
    [postal_code] Postal code
    [locality] City
    [region] Region
    [country] Country
    [formatted] Address as it is written on a letter
   *[other] { $claim }
}
claim-hint-birthdate = For example 1990-04-23. Without the year: 0000-04-23.
claim-hint-locale = For example en-GB or zh-CN.
claim-hint-zoneinfo = For example Europe/Paris or Asia/Shanghai.
claim-hint-phone-number = With the country’s code, for example +44 20 7946 0018.
claim-hint-web-address = The whole address, with https:// in front.
claim-hint-formatted = Fill this in only where the fields above do not fit.
claim-problem-too-long = That is longer than is kept. Shorten it.
claim-problem-control = It has a character that cannot be shown. Type it again.
claim-problem-email = That is no email address. Write it like name@example.com.
claim-problem-phone = That is no phone number with its country’s code. Write it like +44 20 7946 0018.
claim-problem-date = That is no date. Write it like 1990-04-23.
claim-problem-web-address = That is no web address. Write all of it, beginning with https://.
claim-problem-language = That is no language tag. Write it like en-GB or zh-CN.
claim-problem-time-zone = That is no time zone. Write it like Europe/Paris.
claim-problem-needed = You sign in with this, so it cannot be empty.
