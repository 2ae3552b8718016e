//! `spark reconcile`: a provider's bill against the books.

use std::process::ExitCode;

use domain::giving::Channel;
use domain::time::Date;
use service::bills::bill_reconcile;

use crate::config::Config;

/// Compare a provider's bill of one day with the books.
///
/// What the provider settled and we never heard of is booked, as its notification would have been; what does not agree
/// is listed here and in the console. The day must be over (Asia/Shanghai). `spark serve` does this by itself for each
/// day, shortly after midnight; doing it again changes nothing that has not changed.
///
/// Exit status: 0 they agree; 3 they differ; 1 the provider does not answer.
///
/// Example: spark reconcile sandbox 2026-11-21
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The provider.
    #[arg(value_parser = channel)]
    channel: Channel,
    /// The day, YYYY-MM-DD.
    #[arg(value_parser = day)]
    day: Date,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn channel(text: &str) -> Result<Channel, &'static str> {
    Channel::from_word(text).ok_or("expected a provider, such as sandbox")
}

pub(super) fn day(text: &str) -> Result<Date, &'static str> {
    text.parse().map_err(|_| "expected a day as YYYY-MM-DD")
}

/// Compares and prints.
///
/// # Errors
/// As the use case.
pub async fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    let Args { channel, day, json } = args;
    let done = super::in_existing_house(config, async |ctx, _| {
        bill_reconcile(&ctx, channel, day).await.map_err(super::in_words)
    })
    .await?;
    let fen = |sum: Option<domain::money::Fen>| sum.map(|sum| sum.0);
    if json {
        let differences: Vec<_> = done
            .differences
            .iter()
            .map(|found| {
                serde_json::json!({
                    "kind": found.kind.as_str(), "number": found.number, "gift": found.gift.map(|id| id.to_string()),
                    "ours_fen": fen(found.ours), "theirs_fen": fen(found.theirs),
                })
            })
            .collect();
        let report = serde_json::json!({
            "payments": done.payments, "refunds": done.refunds, "net_fen": done.net.0,
            "payments_booked": done.payments_booked, "refunds_booked": done.refunds_booked,
            "differences": differences,
        });
        println!("{report}");
    } else {
        println!("payments {}, refunds {}, net {}", done.payments, done.refunds, done.net);
        println!("booked now: payments {}, refunds {}", done.payments_booked, done.refunds_booked);
        for found in &done.differences {
            let side = |sum: Option<domain::money::Fen>| sum.map_or("-".to_owned(), |sum| sum.to_string());
            println!(
                "{}  {}  ours {}  theirs {}",
                found.number,
                found.kind.as_str(),
                side(found.ours),
                side(found.theirs)
            );
        }
    }
    Ok(ExitCode::from(if done.differences.is_empty() { 0 } else { 3 }))
}
