//! Findings about how long codes and tokens live.

use super::super::kit::Setting;
use super::{Finding, Rule};
use crate::client::{ApplicationType, ClientSettings, GrantType};
use serde_json::{Value, json};
use usher_types::limits;

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

pub(super) fn look(settings: &ClientSettings, findings: &mut Vec<Finding>) {
    let mut find = |rule, setting, value| {
        findings.push(Finding::new(rule, setting, vec![Setting::new(setting, value)]));
    };
    for (rule, setting, value, most) in [
        (Rule::LongCode, "code_lifetime", settings.code_lifetime, MINUTE),
        (Rule::LongAccessToken, "access_token_lifetime", settings.access_token_lifetime, HOUR),
        (Rule::LongIdToken, "id_token_lifetime", settings.id_token_lifetime, HOUR),
        (Rule::LongRefresh, "refresh_token_idle_lifetime", settings.refresh_token_idle_lifetime, 90 * DAY),
        (
            Rule::LongRefresh,
            "refresh_token_absolute_lifetime",
            settings.refresh_token_absolute_lifetime,
            365 * DAY,
        ),
        (Rule::LongGrace, "refresh_token_grace", settings.refresh_token_grace, MINUTE / 2),
    ] {
        if value.is_some_and(|v| v > most) {
            // The default is below each of these bounds.
            find(rule, setting, Value::Null);
        }
    }
    if !settings.grant_types.contains(&GrantType::RefreshToken) {
        return;
    }
    let idle = settings.refresh_token_idle_lifetime.map_or(limits::REFRESH_IDLE.as_seconds(), i64::from);
    let single_page = settings.application_type == ApplicationType::SinglePage;
    if single_page && idle > i64::from(7 * DAY) && idle <= i64::from(90 * DAY) {
        find(Rule::LongRefreshInBrowser, "refresh_token_idle_lifetime", json!(DAY));
    }
    if !settings.refresh_token_rotation {
        find(Rule::RotationOff, "refresh_token_rotation", json!(true));
    }
}
