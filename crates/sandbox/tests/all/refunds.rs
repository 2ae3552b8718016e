//! Refunds: never more than was paid, never twice, the fee with them.

use serde_json::json;

use crate::harness::Sandbox;
use crate::listener::Listener;

#[tokio::test]
async fn refunds_add_up_to_what_was_paid_and_no_further() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let mut listener = Listener::start().await;
    client.open("G1", &listener.url).await;
    let refund = |number: &str, fen: i64| json!({ "out_refund_no": number, "out_trade_no": "G1", "amount_fen": fen, "reason": "donor asked" });
    let refused = client.post("/v1/refunds", &refund("R1", 100)).await;
    assert_eq!(refused.refusal(), (409, "payment_not_paid"));
    client.pay("G1", json!({})).await;
    assert_eq!(listener.next().await.event(), "payment.paid");

    let first = client.post("/v1/refunds", &refund("R1", 5_000)).await.ok(201);
    assert_eq!((&first["status"], &first["fee_returned_fen"]), (&json!("succeeded"), &json!(30)));
    assert_eq!(client.post("/v1/refunds", &refund("R1", 5_000)).await.ok(200), first, "the same again");
    assert_eq!(client.get("/v1/refunds/R1").await.ok(200), first);
    assert_eq!(client.post("/v1/refunds", &refund("R1", 5_001)).await.refusal(), (409, "refund_conflict"));
    assert_eq!(client.status("G1").await, "partially_refunded");

    assert_eq!(
        client.post("/v1/refunds", &refund("R2", 5_051)).await.refusal(),
        (409, "refund_exceeds_paid")
    );
    assert_eq!(client.get("/v1/refunds/R2").await.refusal(), (404, "refund_not_found"));
    client.post("/v1/refunds", &refund("R3", 5_050)).await.ok(201);
    assert_eq!(client.post("/v1/refunds", &refund("R4", 1)).await.refusal(), (409, "refund_exceeds_paid"));

    let payment = client.get("/v1/payments/G1").await.ok(200);
    assert_eq!(payment["status"], "refunded");
    assert_eq!((&payment["fee_fen"], &payment["fee_returned_fen"]), (&json!(60), &json!(60)));
    for (number, sum) in [("R1", 5_000), ("R3", 10_050)] {
        let heard = listener.next().await;
        assert_eq!(
            (heard.event(), &heard.json["refund"]["out_refund_no"]),
            ("refund.succeeded", &json!(number))
        );
        assert_eq!(heard.json["refunded_fen"], sum);
        assert!(heard.signed_by(&client.provider));
    }
    listener.quiet(200).await;
}

#[tokio::test]
async fn refunds_at_once_do_not_overdraw() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    client.open("G1", "http://127.0.0.1:9/notify").await;
    client.pay("G1", json!({ "mode": "lost" })).await;
    let mut given = 0;
    let body = |number: &str| json!({ "out_refund_no": number, "out_trade_no": "G1", "amount_fen": 4_000, "reason": "r" });
    let bodies = ["R1", "R2", "R3", "R4"].map(body);
    let [a, b, c, d] = &bodies;
    let target = "/v1/refunds";
    let answers = tokio::join!(
        client.post(target, a),
        client.post(target, b),
        client.post(target, c),
        client.post(target, d)
    );
    for answer in [answers.0, answers.1, answers.2, answers.3] {
        given += usize::from(answer.status == 201);
    }
    assert_eq!(given, 2, "two of ¥40 fit into ¥100.50, three do not");
    assert_eq!(client.get("/v1/payments/G1").await.ok(200)["refunded_fen"], 8_000);
}

#[tokio::test]
async fn wrong_refunds_are_named_and_the_fee_may_stay() {
    let sandbox = Sandbox::start_with(|config| config.refund_returns_fee = false).await;
    let client = sandbox.merchant().await;
    client.open("G1", "http://127.0.0.1:9/notify").await;
    client.pay("G1", json!({ "mode": "lost" })).await;
    let good = json!({ "out_refund_no": "R1", "out_trade_no": "G1", "amount_fen": 10_050, "reason": "r" });
    for (field, wrong) in [
        ("out_refund_no", json!("")),
        ("amount_fen", json!(0)),
        ("reason", json!("")),
        ("out_trade_no", json!("?")),
    ] {
        let mut body = good.clone();
        body[field] = wrong;
        let refused = client.post("/v1/refunds", &body).await;
        assert_eq!(
            (refused.refusal(), refused.json["field"].as_str()),
            ((422, "field_invalid"), Some(field))
        );
    }
    let mut unknown = good.clone();
    unknown["out_trade_no"] = json!("G9");
    assert_eq!(client.post("/v1/refunds", &unknown).await.refusal(), (404, "payment_not_found"));
    assert_eq!(client.post("/v1/refunds", &good).await.ok(201)["fee_returned_fen"], 0);
}
