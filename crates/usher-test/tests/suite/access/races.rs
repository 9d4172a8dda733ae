//! Things that happen at the same moment, on both engines: whatever is minted while an access key ends is dead afterwards.

use super::support::{Change, assert_inactive, at_once, change, nightly, pool, server, token};
use usher_store::Engine;

const MINTS: usize = 64;

async fn mint_and_disable(engine: Engine) {
    for format in ["jwt", "opaque"] {
        for end in [Change::Disable, Change::Delete] {
            let settings = format!("access_token_format = \"{format}\"");
            let t = server(engine).application("web", &settings).start().await;
            let (web, app, key) = (t.application("web"), t.app.clone(), nightly(&t));
            let answers = at_once(MINTS + 1, |number| {
                let (app, key) = (app.clone(), key.clone());
                async move {
                    if number == MINTS / 2 {
                        // It waits for a token of its own, so that it comes somewhere between the others.
                        let first = key.client_credentials("customers").await;
                        change(app, "ak-nightly", end).await;
                        return first;
                    }
                    key.client_credentials("customers").await
                }
            })
            .await;
            let (mut minted, mut refused) = (0, 0);
            for answer in answers {
                if answer.status == 200 {
                    minted += 1;
                    assert_inactive(&web, &answer.tokens().access).await;
                } else {
                    refused += 1;
                    answer.refused("invalid_client");
                }
            }
            assert_eq!(minted + refused, MINTS + 1);
            key.client_credentials("customers").await.refused("invalid_client");
            println!("{engine:?}, {format}: {minted} were minted before the key ended, {refused} refused");
        }
    }
}

async fn many_revocations_of_one_token(engine: Engine) {
    let t = server(engine).start().await;
    let (key, web) = (nightly(&t), t.application("web"));
    let access = token(&key, "customers").await;
    let answers = at_once(MINTS, |number| {
        let (caller, access) = (if number % 2 == 0 { key.clone() } else { web.clone() }, access.clone());
        async move { caller.revoke(&access).await }
    })
    .await;
    assert!(answers.iter().all(|a| a.status == 200));
    assert_inactive(&web, &access).await;
    let rows = t.app.store.audit_trail(pool(&t)).await.unwrap();
    assert_eq!(rows.iter().filter(|r| r.event == "token_revoked").count(), 1);
}

everywhere! { mint_and_disable many_revocations_of_one_token }
