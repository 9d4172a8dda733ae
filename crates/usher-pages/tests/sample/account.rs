//! Samples of the pages of a person's own account.

use super::{Change, account, form};
use usher_types::Locale;
use usher_types::page::{
    AccountContent, AccountNotice, AccountPage, AccountPassword, AccountPlace, Ago, ApplicationItem,
    ClaimField, ConsentItem, Content, FieldProblem, NewPasswordProblem, OwnApplications, OwnPasswordProblem,
    OwnProfile, OwnSessions, SessionItem,
};

/// Each page in every state that looks different.
pub(super) fn contents(locale: Locale, change: Change<'_>) -> Vec<(String, Content)> {
    let mut contents = vec![
        ("overview", None, AccountContent::Overview),
        ("profile", Some(AccountNotice::Saved), AccountContent::Profile(profile(locale, None, change))),
        ("profile-wrong", None, AccountContent::Profile(profile(locale, Some(FieldProblem::Date), change))),
        (
            "profile-fixed",
            None,
            AccountContent::Profile(OwnProfile { fields: Vec::new(), ..profile(locale, None, change) }),
        ),
        (
            "profile-waiting",
            Some(AccountNotice::AddressMail),
            AccountContent::Profile(OwnProfile {
                waiting: Some(change("arden@northwind.example")),
                ..profile(locale, None, change)
            }),
        ),
        ("sessions", None, AccountContent::Sessions(sessions(3, change))),
        ("sessions-many", Some(AccountNotice::SessionsEnded), AccountContent::Sessions(sessions(21, change))),
        ("sessions-one", Some(AccountNotice::Gone), AccountContent::Sessions(sessions(1, change))),
        ("applications", None, AccountContent::Applications(applications(locale, 2, change))),
        (
            "applications-many",
            Some(AccountNotice::AccessRemoved),
            AccountContent::Applications(applications(locale, 20, change)),
        ),
        (
            "applications-none",
            Some(AccountNotice::SignedInAgain),
            AccountContent::Applications(applications(locale, 0, change)),
        ),
        ("password-changed", Some(AccountNotice::PasswordChanged), password(&[])),
        ("password-stale", Some(AccountNotice::Stale), password(&[])),
    ];
    for (name, problem) in [
        ("password-present", OwnPasswordProblem::Present),
        ("password-tries", OwnPasswordProblem::TooManyTries { minutes: 12 }),
        ("password-short", OwnPasswordProblem::New(NewPasswordProblem::TooShort)),
        ("password-different", OwnPasswordProblem::New(NewPasswordProblem::Different)),
        ("password-busy", OwnPasswordProblem::New(NewPasswordProblem::Busy)),
    ] {
        contents.push((name, None, password(&[problem])));
    }
    let all = [
        OwnPasswordProblem::Present,
        OwnPasswordProblem::New(NewPasswordProblem::TooShort),
        OwnPasswordProblem::New(NewPasswordProblem::Different),
    ];
    contents.push(("password-all", None, password(&all)));
    contents
        .into_iter()
        .map(|(name, notice, content)| (name.to_owned(), page(locale, notice, content, change)))
        .collect()
}

fn page(
    locale: Locale,
    notice: Option<AccountNotice>,
    content: AccountContent,
    change: Change<'_>,
) -> Content {
    let way = |place: AccountPlace| (place, change(&format!("/staff{}?session=1", place.endpoint().path())));
    Content::Account(Box::new(AccountPage {
        account: account(locale, change),
        ways: AccountPlace::ALL.map(way).to_vec(),
        choose: change("/staff/account?choose=1"),
        sign_out: change("/staff/account"),
        notice,
        form: form("account/sessions", change),
        content,
    }))
}

fn password(problems: &[OwnPasswordProblem]) -> AccountContent {
    AccountContent::Password(AccountPassword { least: 15, problems: problems.to_vec() })
}

fn profile(locale: Locale, problem: Option<FieldProblem>, change: Change<'_>) -> OwnProfile {
    let name = match locale {
        Locale::English => "Alice Moreau",
        Locale::SimplifiedChinese => "李晓雯",
    };
    let field = |name: &str, value: &str, problem| ClaimField {
        name: name.to_owned(),
        value: change(value),
        problem,
    };
    OwnProfile {
        fields: vec![
            field("name", name, None),
            field("nickname", "Ali", None),
            field("birthdate", "23.04.1990", problem),
            field("locale", "en-GB", None),
            field("zoneinfo", "Europe/Paris", None),
            field("website", "https://alice.example", None),
            field("address.street_address", "1 Rue de Rivoli", None),
            field("address.locality", "Paris", problem.map(|_| FieldProblem::Control)),
        ],
        fixed: vec![("email".to_owned(), change("alice@northwind.example"))],
        waiting: None,
    }
}

fn sessions(number: usize, change: Change<'_>) -> OwnSessions {
    let one = |n: usize| SessionItem {
        id: change("01939f3a-0000-7000-8000-000000000002"),
        current: n == 0,
        browser: (n % 4 != 3).then(|| change("Firefox")),
        system: (n % 3 != 2).then(|| change("Linux")),
        began: Ago { unit: "days", count: i64::try_from(n).unwrap_or(0) + 1 },
        proved: Ago { unit: "hours", count: 1 },
        seen: Ago { unit: "minutes", count: i64::try_from(n).unwrap_or(0) },
        methods: vec!["pwd".to_owned()],
        remembered: n.is_multiple_of(2),
    };
    OwnSessions {
        sessions: (0..number).map(one).collect(),
        next: (number > 20).then(|| change("/staff/account/sessions?session=1&after=2")),
        others: number > 1,
    }
}

fn applications(locale: Locale, number: usize, change: Change<'_>) -> OwnApplications {
    let name = match locale {
        Locale::English => "Photo Studio",
        Locale::SimplifiedChinese => "照片工坊",
    };
    let one = |n: usize| ApplicationItem {
        client_id: change("photos"),
        name: change(name),
        since: Ago { unit: "days", count: 40 },
        used: (n.is_multiple_of(2)).then_some(Ago { unit: "hours", count: 3 }),
        offline: n.is_multiple_of(2),
        items: vec![
            ConsentItem::Identity,
            ConsentItem::Profile,
            ConsentItem::Claim { name: "birthdate".to_owned() },
            ConsentItem::Scope { name: change("photos:read"), description: None },
        ],
    };
    OwnApplications {
        applications: (0..number).map(one).collect(),
        next: (number > 19).then(|| change("/staff/account/applications?session=1&after=photos")),
    }
}
