//! Bad units and bad files: each is a clear refusal of exactly that unit or file, and nothing is half-loaded.

use std::io::{BufRead, Read};

use domain::registry::{LoadFileRefusal, LoadRefusal, UnitContentError};
use service::registry::load::LoadError;
use service::registry::units_in::WmdaReader;
use testbed::inventory::{BEGIN, END, cbu};
use testbed::{databases, house, tamper};

use crate::support::assert_books_hold;
use crate::units_in::{inventory, load, request, units};

const DINS: [&str; 2] = ["G123498654321", "G123498654322"];

/// A unit with a bag number.
fn with_bag(n: u64, bag: &str) -> String {
    cbu(1, n).replace("<STATUS>", &format!("<BAG_ID>{bag}</BAG_ID><STATUS>"))
}

fn typing(field: &str, fault: &str) -> impl Fn(&LoadRefusal) -> bool {
    let (field, fault) = (field.to_owned(), fault.to_owned());
    move |refusal| matches!(refusal, LoadRefusal::Typing { field: f, fault: of, .. } if *f == field && *of == fault)
}

#[tokio::test]
async fn a_unit_that_cannot_be_right_stays_out_alone() {
    for db in databases().await {
        let ctx = house(&db).await;
        let good = [with_bag(0, DINS[0]), cbu(1, 1)];
        load(&ctx, request(&db, "a.xml", inventory(good.clone()))).await.0.expect("a load");
        let field = |n: u64, from: &str, to: &str| {
            let unit = cbu(1, n);
            assert!(unit.contains(from), "{unit}");
            unit.replacen(from, to, 1)
        };
        let a = |n: u64| {
            let unit = cbu(1, n);
            unit[unit.find("<A>").expect("A")..unit.find("</A>").expect("A") + 4].to_owned()
        };
        type Expected = Box<dyn Fn(&LoadRefusal) -> bool>;
        let is = |wanted: LoadRefusal| -> Expected { Box::new(move |found| *found == wanted) };
        let bad: Vec<(String, Expected)> = vec![
            // Without a release names are taken on trust; what is no name is seen all the same.
            (
                field(20, &a(20), "<A><DNA><FIELD1>02:AB</FIELD1></DNA></A>"),
                Box::new(typing("HLA/A/DNA/FIELD1", "no_code_table")),
            ),
            (
                field(21, &a(21), "<A><DNA><FIELD1>02-01</FIELD1></DNA></A>"),
                Box::new(typing("HLA/A/DNA/FIELD1", "malformed")),
            ),
            (field(22, &a(22), ""), is(LoadRefusal::LocusMissing { locus: "A".into() })),
            (
                with_bag(23, DINS[0]),
                is(LoadRefusal::NumberTaken { field: "DIN".into(), other: "CN00000000".into() }),
            ),
            (with_bag(0, DINS[1]), is(LoadRefusal::NumberDiffers { field: "DIN".into() })),
            (
                with_bag(24, "G123498654321I"),
                is(LoadRefusal::Number {
                    field: "BAG_ID".into(),
                    error: domain::registry::NumberError::Check,
                }),
            ),
            (
                field(25, "<STATUS>AV", "<STATUS>XX"),
                is(LoadRefusal::WordUnknown { field: "STATUS".into(), value: "XX".into() }),
            ),
            (
                field(26, "<BACT_CULT>N", "<BACT_CULT>?"),
                is(LoadRefusal::WordUnknown { field: "BACT_CULT".into(), value: "?".into() }),
            ),
            (field(27, "<ID>CN00000027</ID>", ""), is(LoadRefusal::IdMissing)),
            (
                field(28, "<ATT_SEG>3", "<ATT_SEG>-3"),
                is(LoadRefusal::FigureUnreadable { field: "ATT_SEG".into(), value: "-3".into() }),
            ),
            (
                field(29, "<VIABILITY>", "<VIABILITY>9"),
                is(LoadRefusal::Content { error: UnitContentError::Viability }),
            ),
            (
                field(30, "</COLL_DATE>", "x</COLL_DATE>"),
                Box::new(|r| matches!(r, LoadRefusal::DateUnreadable { field, .. } if field == "COLL_DATE")),
            ),
            (field(31, "<FREEZE_DATE>", "<FREEZE_DATE>1999-01-01</FREEZE_DATE><X>"), Box::new(|_| true)),
            (field(32, "<SEX>", "<SEX>F</SEX><SEX>"), is(LoadRefusal::FieldTwice { field: "SEX".into() })),
        ];
        let mut list: Vec<String> = bad.iter().map(|(unit, _)| unit.replace("<X>", "<X></X><X>")).collect();
        list[12] = {
            let unit = cbu(1, 31);
            let at = unit.find("<FREEZE_DATE>").expect("a day") + 13;
            format!("{}1999-01-01{}", &unit[..at], &unit[at + 10..])
        };
        list.push(cbu(1, 40));
        let text = inventory(list).replace("\"FULL\"", "\"DIFF\"");
        let (done, refused) = load(&ctx, request(&db, "b.xml", text)).await;
        let report = done.expect("a load");
        assert_eq!((report.added, report.refused), (1, bad.len() as i64), "{refused:#?}");
        for (place, (_, expected)) in bad.iter().enumerate() {
            let unit = refused.iter().find(|unit| unit.line == 4 + place as i64).expect("each has its line");
            assert!(expected(&unit.reason), "{place}: {unit:?}");
        }
        assert_eq!(
            refused.iter().find(|u| u.line == 16).expect("a line").reason,
            LoadRefusal::Content { error: UnitContentError::DatesOutOfOrder }
        );
        // What the registry had stands.
        let all = units(&ctx).await;
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].0.din.as_deref(), Some(DINS[0]));
        let mut reader = ctx.house.db.read().await.expect("a reader");
        let kept =
            store::unit_load::load_refusals(&mut reader.conn(), report.load.expect("a load"), 0, 100).await;
        assert_eq!(kept.expect("refusals").len(), bad.len());
        drop(reader);
        assert_books_hold(&ctx).await;

        // A full load in which a known unit is refused does not withdraw it: it is there, only badly described.
        let full = inventory([good[0].replace("<SEX>", "<SEX>?"), good[1].clone(), cbu(1, 40)]);
        let report = load(&ctx, request(&db, "c.xml", full)).await.0.expect("a load");
        assert_eq!((report.refused, report.withdrawn, report.unchanged), (1, 0, 2));
    }
}

/// Under a release, alleles that it does not have and serology that contradicts the DNA are seen.
#[tokio::test]
async fn contradictions_are_seen_under_a_release() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/imgt-3.58.0");
    if !folder.exists() {
        eprintln!("skipped: {} is absent", folder.display());
        return;
    }
    let release = std::sync::Arc::new(hla::Release::load(&folder).expect("a release"));
    for db in databases().await {
        let ctx = house(&db).await;
        let a = |n: u64, inner: &str| {
            let unit = cbu(1, n);
            let (from, to) = (unit.find("<A>").expect("A") + 3, unit.find("</A>").expect("A"));
            format!("{}{inner}{}", &unit[..from], &unit[to..])
        };
        let list = [
            a(
                0,
                "<DNA><FIELD1>02:01</FIELD1><FIELD2>24:02</FIELD2></DNA><SER><FIELD1>2</FIELD1><FIELD2>11</FIELD2></SER>",
            ),
            a(1, "<DNA><FIELD1>02:01</FIELD1><FIELD2>24:09</FIELD2></DNA>"),
            a(2, "<DNA><FIELD1>02:9999</FIELD1></DNA>"),
            a(3, "<SER><FIELD1>2</FIELD1><FIELD2>24</FIELD2></SER>"),
            a(4, "<DNA><FIELD1>0201</FIELD1><FIELD2>A*24:02:01:02L</FIELD2></DNA>"),
        ];
        let mut under = request(&db, "a.xml", inventory(list));
        under.rules.release = std::sync::Arc::clone(&release);
        let (done, refused) = load(&ctx, under).await;
        let report = done.expect("a load");
        assert_eq!(
            (report.added, report.refused, report.release.as_deref()),
            (2, 3, Some("3.58.0")),
            "{refused:#?}"
        );
        assert!(typing("HLA/A", "contradiction")(&refused[0].reason), "{refused:?}");
        assert!(
            matches!(&refused[1].reason, LoadRefusal::Typing { fault, suggestion: Some(s), .. } if fault == "other_suffix" && s.contains("24:09N")),
            "{refused:?}"
        );
        assert!(typing("HLA/A/DNA/FIELD1", "unknown_allele")(&refused[2].reason), "{refused:?}");
        let all = units(&ctx).await;
        assert_eq!(all[0].1.content().expect("a content").hla_method, "mixed");
        assert!(all[1].1.content().expect("a content").hla.starts_with("A*02:01+A*24:02:01:02L^B*"));
    }
}

#[tokio::test]
async fn what_is_ours_counts_more_than_the_file() {
    for db in databases().await {
        let ctx = house(&db).await;
        let family = "<?spark OWNERSHIP family?><STATUS>";
        let list = [
            cbu(1, 0).replace("<STATUS>", family),
            cbu(1, 1)
                .replace("<BAGS>", "<BAGS>1</BAGS><X>")
                .replace("<X>1</BAGS>", "")
                .replace("<X>2</BAGS>", "")
                .replace("<X>3</BAGS>", "")
                .replace("<X>4</BAGS>", "")
                .replace("<X>5</BAGS>", ""),
            cbu(1, 2).replace("<STATUS>AV<", "<STATUS>DE</STATUS><STAT_REASON>DS</STAT_REASON><Y><"),
        ];
        let list = list.map(|unit| unit.replace("<Y></STATUS>", ""));
        let (done, refused) = load(&ctx, request(&db, "a.xml", inventory(list.clone()))).await;
        assert_eq!(done.expect("a load").added, 3, "{refused:?}");
        let all = units(&ctx).await;
        let id = all[1].0.id;
        let unit = if db.kind == "postgres" { format!("'{id}'") } else { format!("x'{}'", id.simple()) };
        tamper(&db, &format!("insert into compartment_state (unit_id, compartment, state, event_chain, event_seq) values ({unit}, 1, 'shipped', 1, 1)")).await;

        // The family's unit is given to all, a shipped one is offered again, a distributed one comes back.
        let again = [cbu(1, 0), list[1].replace("<ATT_SEG>3", "<ATT_SEG>2"), cbu(1, 2), cbu(1, 3)];
        let (done, refused) = load(&ctx, request(&db, "b.xml", inventory(again))).await;
        let report = done.expect("a load");
        assert_eq!((report.added, report.withdrawn), (1, 0));
        let reasons: Vec<&LoadRefusal> = refused.iter().map(|unit| &unit.reason).collect();
        assert_eq!(
            reasons,
            [
                &LoadRefusal::FamilyTurnedDonated,
                &LoadRefusal::ReleasedPutAvailable,
                &LoadRefusal::ReleasedPutAvailable
            ]
        );
        assert_eq!(
            units(&ctx).await[0].1.content().expect("a content").ownership,
            domain::registry::Ownership::Family
        );

        // Another bank can't take a unit over.
        let mut other = request(&db, "c.xml", inventory([cbu(1, 1), cbu(1, 9)]));
        other.bank = Some("CN02".into());
        let (done, refused) = load(&ctx, other).await;
        assert_eq!((done.expect("a load").added, &refused[0].reason), (1, &LoadRefusal::OtherBank));
    }
}

#[tokio::test]
async fn a_bad_file_changes_nothing() {
    let whole = inventory((0..1300).map(|n| cbu(1, n)));
    let cut = &whole[..whole.len() - 300];
    let bomb = format!(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\n{}",
        &whole[whole.find("<INVENTORIES>").expect("a root")..]
    );
    let long = whole.replacen("<ETHN>AS", &format!("<ETHN>{}", "A".repeat(70_000)), 1);
    let deep = format!("{BEGIN}{}{END}", "<X>".repeat(40));
    type Expected = Box<dyn Fn(&LoadFileRefusal) -> bool>;
    let files: Vec<(&str, Vec<u8>, Expected)> = vec![
        (
            "cut",
            cut.as_bytes().to_vec(),
            Box::new(|r| matches!(r, LoadFileRefusal::CutOff { line } if *line > 1200)),
        ),
        ("bomb", bomb.into_bytes(), Box::new(|r| *r == LoadFileRefusal::EntitiesDeclared { line: 2 })),
        (
            "entity",
            whole.replace("AS</ETHN>", "&a;</ETHN>").into_bytes(),
            Box::new(|r| matches!(r, LoadFileRefusal::EntityUnknown { .. })),
        ),
        ("long", long.into_bytes(), Box::new(|r| *r == LoadFileRefusal::limit("text", 4))),
        ("deep", deep.into_bytes(), Box::new(|r| *r == LoadFileRefusal::limit("depth", 4))),
        (
            "crossed",
            whole.replacen("</SEX>", "</XES>", 1).into_bytes(),
            Box::new(|r| matches!(r, LoadFileRefusal::Malformed { line: 4 })),
        ),
        (
            "donors",
            whole.replace("\"CBU\"", "\"DONOR\"").into_bytes(),
            Box::new(|r| *r == LoadFileRefusal::NotUnits),
        ),
        ("nothing", b"<a></a>".to_vec(), Box::new(|r| *r == LoadFileRefusal::NoInventory)),
        (
            "not utf-8",
            whole
                .replacen("AS</ETHN>", "@</ETHN>", 1)
                .into_bytes()
                .into_iter()
                .map(|b| if b == b'@' { 0xC3 } else { b })
                .collect(),
            Box::new(|r| {
                matches!(
                    r,
                    LoadFileRefusal::CharsetUnknown { line: 4 } | LoadFileRefusal::Malformed { line: 4 }
                )
            }),
        ),
        ("empty csv", b"registry_id,status\n".to_vec(), Box::new(|_| false)),
        (
            "open quote",
            b"registry_id,status,a1\n\"CN1,AV,02:01\nCN2,AV,02:01\n".to_vec(),
            Box::new(|r| matches!(r, LoadFileRefusal::CutOff { .. })),
        ),
        (
            "no column",
            b"registry_id,a1\nCN1,02:01\n".to_vec(),
            Box::new(|r| matches!(r, LoadFileRefusal::ColumnMissing { field } if field == "status")),
        ),
        (
            "twice",
            b"registry_id,id,status\nCN1,1,AV\n".to_vec(),
            Box::new(|r| matches!(r, LoadFileRefusal::ColumnTwice { .. })),
        ),
    ];
    for db in databases().await {
        let ctx = house(&db).await;
        for (name, text, expected) in &files {
            let (done, _) = load(&ctx, request(&db, name, text)).await;
            match done {
                Err(LoadError::File(refusal)) => assert!(expected(&refusal), "{name}: {refusal:?}"),
                Ok(report) => assert_eq!((*name, report.read), ("empty csv", 0)),
                Err(other) => panic!("{name}: {other}"),
            }
            assert!(units(&ctx).await.is_empty(), "{name}");
            let mut reader = ctx.house.db.read().await.expect("a reader");
            let known =
                store::unit_batch::units_known(&mut reader.conn(), &["CN00000000", "CN1"], &[], &[]).await;
            assert_eq!(known.expect("a read"), [], "{name} leaves nothing staged");
        }
        assert_books_hold(&ctx).await;
        load(&ctx, request(&db, "whole.xml", &whole)).await.0.expect("the whole file loads after all that");
        assert_eq!(units(&ctx).await.len(), 1300);
    }
}

/// A line without end, of which nobody could keep even a part.
struct Endless {
    head: Vec<u8>,
    given: u64,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let given = self.fill_buf()?;
        let length = given.len().min(into.len());
        into[..length].copy_from_slice(&given[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Endless {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        assert!(self.given < 1 << 20, "the reader gives up long before 1 MiB");
        if self.head.is_empty() {
            self.head = vec![b'A'; 8192];
        }
        Ok(&self.head)
    }

    fn consume(&mut self, amount: usize) {
        self.given += amount as u64;
        self.head.drain(..amount);
    }
}

#[test]
fn a_line_of_gigabytes_is_refused_at_its_first_kilobytes() {
    for head in
        ["", "<", "<INVENTORY ", "<INVENTORY A=\"", "<!-- ", "<!DOCTYPE ", "<![CDATA[", "<?spark ", "&"]
    {
        let head = format!("{BEGIN}<CBU><ID>{head}").into_bytes();
        let mut reader = WmdaReader::new(Endless { head, given: 0 });
        let refusal = reader.next_record().expect_err("refused");
        assert!(
            matches!(
                refusal,
                LoadFileRefusal::LimitPassed { .. }
                    | LoadFileRefusal::Malformed { .. }
                    | LoadFileRefusal::EntitiesDeclared { .. }
            ),
            "{refusal:?}"
        );
    }
}
