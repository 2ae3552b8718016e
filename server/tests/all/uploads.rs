//! A file of units sent to the running program: its limit, a kill in the middle of its reading, and an orderly end.

use std::path::Path;
use std::time::{Duration, Instant as Stopwatch};

use reqwest::{Method, StatusCode};

use crate::spark::{Place, SentFile, Visitor};

/// A file of so many units.
fn file(units: usize) -> SentFile {
    let mut text = String::from("registry_id,ownership,status,hla,collected_on,tnc_e8,cd34_e6\n");
    for n in 0..units {
        let hla = "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54";
        text.push_str(&format!("U{n:06},donated,available,{hla},2020-02-28,12.5,4.2\n"));
    }
    SentFile { field: "file", name: "units.csv", bytes: text.into_bytes() }
}

async fn send(visitor: &Visitor, bank: &str, file: &SentFile) -> crate::spark::Got {
    let form = [("new_bank", bank), ("mode", "load")];
    let sent = visitor
        .ask_with("same-origin", Method::POST, "/console/loads", &form, std::slice::from_ref(file))
        .await;
    sent.expect("an answer")
}

async fn started(visitor: &Visitor, bank: &str, file: &SentFile) {
    let got = send(visitor, bank, file).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.beginning());
    // It has read some, and is far from its end.
    let watch = Stopwatch::now();
    loop {
        let state = visitor.get(&format!("{}/state", got.location)).await;
        let told: serde_json::Value = serde_json::from_str(&state.body).expect("a state");
        assert_eq!(told["state"], "running", "{told}");
        if told["percent"].as_u64().is_some_and(|percent| percent > 2) {
            return;
        }
        assert!(watch.elapsed() < Duration::from_secs(60), "{told}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn left(place: &Path) -> usize {
    std::fs::read_dir(place.join("data/uploads")).map_or(0, Iterator::count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_leaves_nothing_behind_however_the_program_ends() {
    for test in testbed::databases().await {
        let place = Place::of(&test);
        place.run(&["demo", "--gifts", "1", "--units", "0"]);
        std::fs::write(place.dir.join("spark.toml"), "upload_max_mib = 8\n").expect("settings");
        let mut spark = place.serve();
        spark.ready(&format!("{}/readyz", place.base())).await;
        let visitor = Visitor::new(&place, "192.0.2.1").sign_in("registry").await;

        let got = send(&visitor, "BIG", &file(90_000)).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.beginning());
        assert!(got.body.contains("8 MiB"), "{}", got.beginning());
        assert_eq!(left(&place.dir), 0, "a file that is too large does not stay");

        let large = file(60_000);
        started(&visitor, "KILLED", &large).await;
        assert_eq!(left(&place.dir), 1);
        spark.kill();
        assert_eq!(left(&place.dir), 1);
        let mut spark = place.serve();
        spark.ready(&format!("{}/readyz", place.base())).await;
        assert_eq!(left(&place.dir), 0, "{}", spark.said());

        started(&visitor, "STOPPED", &large).await;
        let watch = Stopwatch::now();
        spark.stop();
        assert!(watch.elapsed() < Duration::from_secs(20), "{:?}", watch.elapsed());
        assert_eq!(left(&place.dir), 0);
        place.verify();
        // Nothing of either is in the registry.
        let db = store::Db::open(&test.address).await.expect("the database");
        let mut reader = db.read().await.expect("a reader");
        let head = store::unit_list::head_with_time(&mut reader.conn()).await.expect("a number");
        assert_eq!(head, None);
    }
}
