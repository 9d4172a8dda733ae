//! From the trail's rows, sums and reports to what is shown of them.

use crate::outcome::{AuditReportView, AuditRowView, BrokenView, RefusalView, moment};
use serde_json::Value;
use usher_core::trail::verify::{Compared, Report};
use usher_store::tables::{AuditRow, RefusalSum};

pub(super) fn row(row: &AuditRow) -> AuditRowView {
    AuditRowView {
        id: row.id.to_string(),
        at: moment(row.at),
        event: row.event.clone(),
        actor: row.actor.clone(),
        target: row.target.clone(),
        client_id: row.client_id.clone(),
        user_id: row.user_id.map(|id| id.to_string()),
        network: row.network.clone(),
        request_id: row.request_id.map(|id| id.to_string()),
        outcome: if row.cause.is_some() { "refused" } else { "done" }.to_owned(),
        cause: row.cause.clone(),
        detail: serde_json::from_str(&row.detail).unwrap_or_else(|_| Value::from(row.detail.as_str())),
        number: row.number,
    }
}

pub(super) fn refusal(sum: RefusalSum) -> RefusalView {
    RefusalView {
        minute: moment(sum.minute),
        times: sum.times,
        cause: sum.cause,
        client_id: sum.client_id,
        network: sum.network,
    }
}

pub(super) fn report(pool: &str, report: Report) -> AuditReportView {
    AuditReportView {
        pool: pool.to_owned(),
        intact: report.broken.is_none(),
        begins_with: report.begins.map(|b| b.after_number.saturating_add(1)),
        removed_at: report.begins.map(|b| moment(b.removed_at)),
        sealed_until: report.sealed.map(|s| s.number),
        sealed_at: report.sealed.map(|s| moment(s.at)),
        unsealed: report.waiting.rows,
        oldest_unsealed_at: report.waiting.oldest_at.map(moment),
        unmarked: report.unmarked,
        refusals_sealed_until: report.sums.and_then(|s| s.sealed_until).map(moment),
        refusals_unsealed: report.sums.map_or(0, |s| s.waiting.sums),
        oldest_unsealed_refusal_at: report.sums.and_then(|s| s.waiting.oldest).map(moment),
        checkpoint: report.checkpoint.map(|compared| match compared {
            Compared::Same => "same".to_owned(),
            Compared::Removed => "removed".to_owned(),
        }),
        broken: report.broken.map(|b| BrokenView { number: b.number, what: b.what }),
    }
}
