//! The bill of a day: what was settled between two midnights in Shanghai, fees and total with it.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::client::{Client, order};
use crate::harness::{Sandbox, real_now};

/// Sets both clocks so that it is `at` now.
fn at(sandbox: &Sandbox, client: &mut Client, at: &str) {
    sandbox.world.set(at);
    client.ahead_s = at.parse::<Timestamp>().unwrap().as_second() - real_now().as_second();
}

async fn paid(client: &Client, number: &str, fen: i64) {
    let mut body = order(number, "http://127.0.0.1:9/notify");
    body["amount_fen"] = json!(fen);
    body["expires_at"] = json!("2026-03-05T00:00:00Z");
    client.post("/v1/payments", &body).await.ok(201);
    client.pay(number, json!({ "mode": "lost" })).await;
}

async fn bill(client: &Client, date: &str) -> Vec<Value> {
    let answer = client.get(&format!("/v1/bill?date={date}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_day_begins_and_ends_at_midnight_in_shanghai() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.merchant().await;
    // 23:59:50 on 28 February, 00:00:10 and 23:59:50 on 1 March, 00:00:10 on 2 March, all in Shanghai.
    at(&sandbox, &mut client, "2026-02-28T15:59:50Z");
    paid(&client, "G1", 10_050).await;
    at(&sandbox, &mut client, "2026-02-28T16:00:10Z");
    paid(&client, "G2", 250).await;
    let refund = json!({ "out_refund_no": "R1", "out_trade_no": "G1", "amount_fen": 5_000, "reason": "r" });
    client.post("/v1/refunds", &refund).await.ok(201);
    at(&sandbox, &mut client, "2026-03-01T15:59:50Z");
    paid(&client, "G3", 99).await;
    let open = bill(&client, "2026-03-01").await;
    assert_eq!(open.last().unwrap()["complete"], false, "the day is not over");
    at(&sandbox, &mut client, "2026-03-01T16:00:10Z");
    paid(&client, "G4", 1).await;

    let lines = bill(&client, "2026-03-01").await;
    let seen: Vec<(&str, &str, i64, i64, i64)> = lines[..3]
        .iter()
        .map(|line| {
            let text = |name: &str| line[name].as_str().unwrap();
            let sum = |name: &str| line[name].as_i64().unwrap();
            (text("kind"), text("out_trade_no"), sum("amount_fen"), sum("fee_fen"), sum("net_fen"))
        })
        .collect();
    let expected =
        [("payment", "G2", 250, 2, 248), ("refund", "G1", -5_000, -30, -4_970), ("payment", "G3", 99, 1, 98)];
    assert_eq!(seen, expected);
    assert_eq!(lines[1]["out_refund_no"], "R1");
    let total = json!({ "kind": "total", "date": "2026-03-01", "complete": true, "payments": 2, "refunds": 1,
                        "amount_fen": -4_651, "fee_fen": -27, "net_fen": -4_624 });
    assert_eq!(lines[3], total);
    assert_eq!(lines.len(), 4);

    assert_eq!(bill(&client, "2026-02-28").await[0]["out_trade_no"], "G1");
    let none = bill(&client, "2026-02-27").await;
    assert_eq!((none.len(), &none[0]["payments"]), (1, &json!(0)));
}

#[tokio::test]
async fn a_bill_is_the_merchants_own_and_its_date_a_date() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.merchant().await;
    at(&sandbox, &mut client, "2026-03-01T04:00:00Z");
    paid(&client, "G1", 10_050).await;
    let mut other = Client::new(&sandbox.base, "other", 2).await;
    other.ahead_s = client.ahead_s;
    other.put("/v1/merchants/other", &other.registration("Other")).await.ok(201);
    assert_eq!(bill(&other, "2026-03-01").await.len(), 1);
    assert_eq!(bill(&client, "2026-03-01").await.len(), 2);
    for wrong in
        ["?date=2026-02-30", "?date=2026-3-1", "?date=2026-03-02", "?date=2026-03-01T00:00", "?date=", ""]
    {
        let refused = client.get(&format!("/v1/bill{wrong}")).await;
        assert_eq!(
            (refused.refusal(), refused.json["field"].as_str()),
            ((422, "field_invalid"), Some("date")),
            "{wrong}"
        );
    }
}
