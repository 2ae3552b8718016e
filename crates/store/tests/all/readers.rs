//! What readers leave behind when they are given up.

use store::Db;
use testbed::databases;

use crate::units::bank;

/// More than the pool holds.
const MANY: usize = 20;

#[tokio::test]
async fn a_snapshot_that_is_given_up_holds_no_later_reader_in_its_moment() {
    for test in databases().await {
        let db = Db::open(&test.address).await.expect("reads");
        for _ in 0..MANY {
            let mut reader = db.read().await.expect("reads");
            reader.snapshot().await.expect("reads");
            assert_eq!(store::bank::banks(&mut reader.conn()).await.expect("reads"), vec![]);
        }
        bank(&test).await;
        for _ in 0..MANY {
            let mut reader = db.read().await.expect("reads");
            assert_eq!(store::bank::banks(&mut reader.conn()).await.expect("reads").len(), 1);
            reader.snapshot().await.expect("reads");
            reader.snapshot_end().await.expect("reads");
        }
        db.close().await;
    }
}
