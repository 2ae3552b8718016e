//! An acknowledgement leaves only after what it acknowledges is on the disk: seen in the system calls of the program.

use std::collections::HashMap;
use std::process::Command;

use domain::giving::GiftForm;
use reqwest::StatusCode;

use crate::spark::{Place, Visitor, borrowed, gift_key, pairs};

/// Gifts that are given, one after the other.
const GIFTS: usize = 10;

/// The calls that write the log, bring it onto the disk, and answer a client.
const CALLS: &str = "trace=pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg";

/// What a trace shows, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// The database's log was written.
    Wrote,
    /// The database's log is on the disk.
    Synced,
    /// A client was answered 303.
    Answered,
}

/// Reads `strace -f -y`. A call that another thread interrupts stands in two lines: it counts where it ends, but a write
/// where it begins.
fn read(trace: &str) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut begun: HashMap<&str, Seen> = HashMap::new();
    for line in trace.lines() {
        let (thread, call) = line.split_once(' ').unwrap_or_default();
        let call = call.trim_start();
        let log = call.contains("-wal>");
        if call.starts_with("<... ") {
            if let Some(ended) = begun.remove(thread).filter(|_| call.ends_with("= 0")) {
                seen.push(ended);
            }
        } else if call.starts_with("pwrite64(") && log {
            seen.push(Seen::Wrote);
        } else if (call.starts_with("fdatasync(") || call.starts_with("fsync(")) && log {
            if call.ends_with("= 0") {
                seen.push(Seen::Synced);
            } else if call.ends_with("<unfinished ...>") {
                begun.insert(thread, Seen::Synced);
            }
        } else if call.contains("\"HTTP/1.1 303") {
            seen.push(Seen::Answered);
        }
    }
    seen
}

/// How often a client was answered; the first time that it was while something written was not on the disk yet, or
/// while nothing had been written since the answer before.
fn judge(seen: &[Seen]) -> Result<usize, String> {
    let (mut answers, mut wrote, mut synced) = (0, 0, true);
    for (place, what) in seen.iter().enumerate() {
        match what {
            Seen::Wrote => (wrote, synced) = (wrote + 1, false),
            Seen::Synced => synced = true,
            Seen::Answered if wrote == 0 => {
                return Err(format!("answer {answers} at {place}: nothing was written"));
            }
            Seen::Answered if !synced => return Err(format!("answer {answers} at {place}: not on the disk")),
            Seen::Answered => (answers, wrote) = (answers + 1, 0),
        }
    }
    Ok(answers)
}

#[test]
fn a_trace_is_read_rightly() {
    let good = "7 pwrite64(9</d/spark.db-wal>, \"\"..., 24, 0) = 24\n8 fdatasync(9</d/spark.db-wal> <unfinished ...>\n\
                7 write(3</d/x>, \"a\", 1) = 1\n8 <... fdatasync resumed>) = 0\n7 sendto(5<TCP>, \"HTTP/1.1 303 See\"..., 9) = 9\n";
    assert_eq!(read(good), [Seen::Wrote, Seen::Synced, Seen::Answered]);
    assert_eq!(judge(&read(good)), Ok(1));
    let early = good.replace("8 <... fdatasync resumed>) = 0\n", "");
    assert_eq!(judge(&read(&early)), Err("answer 0 at 1: not on the disk".to_owned()));
    let failed = good.replace("resumed>) = 0", "resumed>) = -1 EIO (Input/output error)");
    assert!(judge(&read(&failed)).is_err());
    let other = good.replace("spark.db-wal", "keys.db");
    assert_eq!(judge(&read(&other)), Err("answer 0 at 0: nothing was written".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acknowledged_before_it_is_on_the_disk() {
    let traced = Command::new("strace").args(["-f", "-y", "-o", "/dev/null", "true"]).output();
    if !traced.is_ok_and(|done| done.status.success()) {
        // `scripts/crash-test.sh` sets up strace and says that there is no way around it.
        assert!(std::env::var_os("SPARK_CRASH_TRACE").is_none(), "strace is missing or may not trace");
        println!("skipped: strace is missing or may not trace");
        return;
    }
    let test = testbed::databases().await.into_iter().find(|test| test.kind == "sqlite").unwrap();
    let place = Place::of(&test);
    place.run(&["demo", "--gifts", "0", "--units", "0"]);
    let trace = place.dir.join("trace");
    let trace = trace.to_str().expect("a path");
    // `-D`: the program stays our own child, and the tracer follows it.
    let mut spark = place.serve_under(&["strace", "-D", "-f", "-y", "-s", "16", "-e", CALLS, "-o", trace]);
    spark.ready(&format!("{}/readyz", place.base())).await;
    let donor = Visitor::new(&place, "192.0.2.1");
    for _ in 0..GIFTS {
        let form = GiftForm {
            gift_key: gift_key(),
            target: "spark".into(),
            amount: "10".into(),
            channel: "bank_transfer".into(),
            ..GiftForm::default()
        };
        let got = donor.post("/donate", &borrowed(&pairs(&form))).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    }
    spark.stop();
    let seen = read(&std::fs::read_to_string(trace).expect("a trace"));
    assert_eq!(judge(&seen), Ok(GIFTS), "{seen:?}");
    place.verify();
}
