//! Tests of what several applications declare by one name.

use super::load::{Clash, declare};
use crate::client::OwnScope;
use std::collections::HashMap;

fn scopes(declared: serde_json::Value) -> Vec<OwnScope> {
    serde_json::from_value(declared).unwrap()
}

#[test]
fn one_scope_for_two_apis_is_noticed_and_the_first_counts() {
    let mut audiences = HashMap::new();
    let shelf = scopes(serde_json::json!([{ "name": "orders", "audience": "https://shelf.test" }]));
    assert_eq!(declare(&mut audiences, &shelf), []);
    assert_eq!(declare(&mut audiences, &shelf), [], "the same API twice is no contradiction");
    let others = scopes(serde_json::json!([
        { "name": "orders" },
        { "name": "stock", "audience": "https://shelf.test" },
        { "name": "orders", "audience": "https://orders.test" },
    ]));
    let clash = Clash {
        scope: "orders".to_owned(),
        api: "https://orders.test".to_owned(),
        first: "https://shelf.test".to_owned(),
    };
    assert_eq!(declare(&mut audiences, &others), [clash]);
    assert_eq!(audiences["orders"], "https://shelf.test");
}
