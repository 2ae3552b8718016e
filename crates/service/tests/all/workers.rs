//! The workers themselves, on two nodes at once: prompt, once, and gone when they are told to go.

use std::time::Duration;

use domain::giving::GiftForm;
use domain::money::Fen;
use service::giving::refund_request;
use service::work::Workers;
use tokio_util::sync::CancellationToken;

use crate::outside::{open, outsides};
use crate::providers::state;
use crate::smtp::Smtp;
use crate::support::{assert_books_hold, balance, form, payment, pledge};

/// Waits until `done` says so; fails after ten seconds.
async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..200 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited in vain: {what}");
}

#[tokio::test]
async fn two_nodes_work_together_and_stop_in_good_order() {
    for outside in outsides().await {
        let smtp = Smtp::start().await;
        let (one, two) = (outside.with_smtp(2, &smtp.url).await, outside.with_smtp(3, &smtp.url).await);
        let stop = CancellationToken::new();
        let nodes =
            [&one, &two].map(|ctx| Workers::start(ctx.house.clone(), outside.worker_clock(), stop.clone()));
        let mut gifts = Vec::new();
        for key in 1..=6 {
            let ctx = outside.ctx();
            let named = GiftForm {
                name: format!("捐赠人{key}"),
                email: format!("donor{key}@example.cn"),
                consent: "on".into(),
                ..form(key, "100.50")
            };
            let pledged = pledge(&ctx, &named).await;
            open(&ctx, pledged.token).await;
            outside.pay(&payment(&ctx, pledged.gift_id).await.out_trade_no, "lost", 0).await;
            gifts.push(pledged.gift_id);
        }
        outside.clock.advance(11);
        for gift in &gifts {
            until("paid", async || state(&outside.ctx(), *gift).await == "paid").await;
        }
        until("thanks", async || smtp.mails().len() == 6).await;
        refund_request(&outside.ctx(), gifts[0], Fen(5_000), "多付", outside.ctx().token()).await.unwrap();
        until("refunded", async || state(&outside.ctx(), gifts[0]).await == "partly_refunded").await;
        until("told", async || smtp.mails().len() == 7).await;
        let before = std::time::Instant::now();
        stop.cancel();
        for workers in nodes {
            workers.ended().await;
        }
        assert!(before.elapsed() < Duration::from_secs(5), "{}", outside.db.kind);
        assert_eq!(smtp.mails().len(), 7, "each letter once");
        let kept = balance(&outside.ctx(), "spark").await;
        assert_eq!((kept.gifts, kept.received_fen, kept.refunded_fen), (6, 60_300, 5_000));
        assert_books_hold(&outside.ctx()).await;
    }
}
