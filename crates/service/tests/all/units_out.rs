//! Taking units out, and taking them in again: another house then knows the same, and this one nothing new.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use domain::registry::{DisclosureForm, ExportScope, Grid, LoadRefusal, UnitContent, UnitStatus};
use hla::Release;
use hla::sample::World;
use service::Ctx;
use service::registry::disclose::{ExportRequest, Exported, UnitsFormat, units_export};
use service::registry::load::{LoadKind, LoadReport};
use testbed::inventory::{BEGIN, END, cbu};
use testbed::{TestDb, databases};

use crate::support::assert_books_hold;
use crate::units_in::{load, request, units};

/// Even draws, the same for the same seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) % n
    }

    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len() as u64) as usize]
    }

    /// A figure, now and then finer than the registry keeps it, zero, or none.
    fn figure(&mut self, most: u64) -> String {
        match self.below(8) {
            0 => String::new(),
            1 => "0".to_owned(),
            2 => format!("{}.{:06}", self.below(most), self.below(1_000_000)),
            3 => format!("+{}.50", self.below(most)),
            _ => format!("{}.{:03}", self.below(most), self.below(1000)),
        }
    }
}

/// Texts that break what is written without care.
const HARD: [&str; 12] = [
    "=HYPERLINK(\"http://x\")",
    "'已有",
    "a<b & c>\"d\"'",
    "?> <!-- ]]> -->",
    "行一\n行二\tTab\rCR",
    "\u{1}\u{2}",
    "x\u{FFFE}y",
    "&amp; &#13; %41",
    "{\"a\":1}",
    "a,b;c",
    "\u{FEFF}bom",
    "Ω😀",
];

/// Where a bank puts what our own fields do not have; not all of it can be an element of XML.
const PLACES: [&str; 14] = [
    "BAG_TYPE",
    "BIRTH_DATE",
    "IDM/CMV",
    "IDM/HIV_1_2",
    "IDM",
    "MAT/HLA/A/DNA/FIELD1",
    "MAT_ID",
    "HLA/X/DNA/FIELD1",
    "KIR/@note",
    "@id",
    "民族 2",
    "SPARK/OTHER",
    "SPARK/DETAILS",
    "a b/<c>",
];

fn heading() -> Vec<String> {
    let mut heading: Vec<String> = [
        "registry_id",
        "din",
        "grid",
        "bag_id",
        "local_id",
        "status",
        "status_reason",
        "ownership",
        "hla",
        "hla_typed_on",
        "abo",
        "rhesus",
        "sex",
        "ethnicity",
        "collected_on",
        "processed_on",
        "frozen_on",
        "volume_ml",
        "VOL",
        "tnc_e8",
        "cd34_e6",
        "mnc_e6",
        "viability_percent",
        "segments",
        "bacterial",
        "fungal",
        "haemoglobin",
        "markers",
        "compartments",
        "details",
    ]
    .map(str::to_owned)
    .to_vec();
    for number in 1..=5 {
        heading.extend(
            ["volume_", "tnc_", "cd34_", "tank_", "rack_", "box_", "slot_"].map(|n| format!("{n}{number}")),
        );
    }
    heading
}

/// A unit as a bank of little discipline writes it.
fn row(world: &World, draw: &mut Draw, n: u64) -> Vec<String> {
    let status = draw.of(&["AV", "AV", "AV", "TU", "RS", "DE"]);
    let gone = status == "DE" && draw.below(2) == 0;
    let mut details: BTreeMap<&str, String> = BTreeMap::new();
    if draw.below(3) == 0 {
        // The figure before freezing has no column of its own.
        details.insert("TNC", draw.figure(60));
    }
    for _ in 0..draw.below(5) {
        let value = if draw.below(3) == 0 { draw.of(&HARD) } else { draw.of(&["N", "P", "x"]) };
        details.insert(draw.of(&PLACES), value.to_owned());
    }
    let bags = 1 + draw.below(5);
    let (volume, tnc) = (draw.figure(60), draw.figure(30));
    let mut row = vec![
        format!("CN{n:06}"),
        if draw.below(2) == 0 { format!("A999926{n:06}") } else { String::new() },
        if draw.below(3) == 0 {
            Grid::issue("9991", &format!("SD{n:011}")).unwrap().as_str().to_owned()
        } else {
            String::new()
        },
        if draw.below(4) == 0 { format!("袋-{n}") } else { String::new() },
        if draw.below(3) == 0 { draw.of(&HARD).to_owned() } else { String::new() },
        status.to_owned(),
        if status == "AV" { "" } else { draw.of(&["QR", "CD", "qr", ""]) }.to_owned(),
        draw.of(&["donated", "family"]).to_owned(),
        if gone { String::new() } else { world.unit(n).to_string() },
        draw.of(&["", "2024-02-29"]).to_owned(),
        draw.of(&["", "A", "B", "O", "AB"]).to_owned(),
        draw.of(&["", "+", "N"]).to_owned(),
        draw.of(&["", "F", "男"]).to_owned(),
        draw.of(&["", "AS", "汉族", "@SUM(A1)"]).to_owned(),
        draw.of(&["", "2020-02-28"]).to_owned(),
        draw.of(&["", "2020/02/29"]).to_owned(),
        draw.of(&["", "20200301"]).to_owned(),
        volume,
        if draw.below(3) == 0 { draw.figure(60) } else { String::new() },
        tnc,
        draw.figure(9),
        draw.figure(9),
        draw.of(&["", "95.5", "88.125", "0"]).to_owned(),
        draw.of(&["", "Y", "N", "0", "3"]).to_owned(),
        draw.of(&["", "N", "P", "ND"]).to_owned(),
        draw.of(&["", "N", "ND"]).to_owned(),
        draw.of(&["", "N", "T", "P", "D"]).to_owned(),
        draw.of(&["", "clear", "reactive"]).to_owned(),
        if bags == 1 { String::new() } else { bags.to_string() },
        serde_json::to_string(&details).unwrap(),
    ];
    for number in 1..=5 {
        if number > bags || draw.below(4) == 0 {
            row.extend(vec![String::new(); 7]);
        } else {
            // Small parts: together they never hold more than the unit does, whatever it holds.
            let part = |draw: &mut Draw| draw.of(&["", "0", "0.001", "0.0019"]).to_owned();
            row.extend([part(draw), part(draw), part(draw)]);
            row.extend(["T1", "", draw.of(&["B1", "=B"]), "1"].map(str::to_owned));
        }
    }
    row
}

/// A sheet of `n` units.
pub fn sheet(seed: u64, n: u64) -> Vec<u8> {
    let (world, mut draw) = (World::new(&Release::none(), seed), Draw(seed));
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(heading()).unwrap();
    for number in 0..n {
        out.write_record(row(&world, &mut draw, number)).unwrap();
    }
    out.into_inner().unwrap()
}

/// A house on a database of the same kind, where nothing is yet. Its ids are others.
async fn another(db: &TestDb) -> (TestDb, Ctx) {
    static SEED: AtomicU64 = AtomicU64::new(2);
    let other = databases().await.into_iter().find(|other| other.kind == db.kind).unwrap();
    let ctx = testbed::bare_house(&other, SEED.fetch_add(1, Ordering::Relaxed)).await;
    (other, ctx)
}

pub fn wish(path: PathBuf, format: UnitsFormat, scope: ExportScope) -> ExportRequest {
    let form =
        DisclosureForm {
            purpose: "检索".into(), receiver: "演示登记处".into(), ..DisclosureForm::default()
        };
    ExportRequest { path, format, scope, bank: None, form }
}

async fn export(ctx: &Ctx, path: &Path, format: UnitsFormat, scope: ExportScope) -> Exported {
    units_export(ctx, wish(path.to_owned(), format, scope), &mut |_| {}).await.unwrap()
}

/// What every house must agree on: numbers and content.
async fn known(ctx: &Ctx) -> Vec<([Option<String>; 4], UnitContent)> {
    let all = units(ctx).await.into_iter().filter(|(_, version)| !version.withdrawn);
    all.map(|(unit, version)| {
        ([Some(unit.registry_id), unit.din, unit.grid, Some(unit.local_id)], version.content().unwrap())
    })
    .collect()
}

fn counts(report: &LoadReport) -> (i64, i64, i64, i64, i64) {
    (report.added, report.changed, report.unchanged, report.withdrawn, report.refused)
}

/// Loads a file that lies there.
async fn load_file(ctx: &Ctx, db: &TestDb, path: &Path) -> LoadReport {
    let name = format!("again-{}", path.file_name().unwrap().to_string_lossy());
    let (done, refused) = load(ctx, request(db, &name, std::fs::read(path).unwrap())).await;
    assert_eq!(refused, [], "{}", path.display());
    done.unwrap()
}

#[tokio::test]
async fn what_is_taken_out_is_taken_in_as_it_was() {
    for db in databases().await {
        for seed in 1..=3 {
            let (place, ctx) = another(&db).await;
            let (done, refused) = load(&ctx, request(&place, "a.csv", sheet(seed, 400))).await;
            let loaded = done.unwrap();
            // Few of the invented units contradict themselves; those that are refused are no matter of this test.
            assert!(loaded.added > 300, "{} of {refused:?}", loaded.added);
            let before = known(&ctx).await;
            assert!(
                before
                    .iter()
                    .any(|(_, content)| content.status == UnitStatus::Gone && content.hla.is_empty())
            );
            for (format, name) in [(UnitsFormat::Wmda, "units.xml"), (UnitsFormat::Csv, "units.csv")] {
                let path = place.dir.path().join(name);
                let done = export(&ctx, &path, format, ExportScope::Own).await;
                assert_eq!((done.disclosure.units, done.left_out, done.too_long), (loaded.added, 0, 0));
                let (other, there) = another(&db).await;
                let report = load_file(&there, &other, &path).await;
                assert_eq!(counts(&report), (loaded.added, 0, 0, 0, 0), "{}: {name}", db.kind);
                for (ours, theirs) in before.iter().zip(known(&there).await) {
                    assert_eq!(*ours, theirs, "{}: {name}", db.kind);
                }
                let report = load_file(&ctx, &place, &path).await;
                assert_eq!(counts(&report), (0, 0, loaded.added, 0, 0), "{}: {name}", db.kind);
                assert_books_hold(&there).await;
            }
            assert_books_hold(&ctx).await;
        }
    }
}

#[tokio::test]
async fn an_inventory_goes_through_every_format_and_keeps_its_content() {
    for db in databases().await {
        let (place, ctx) = another(&db).await;
        let text = format!("{BEGIN}{}{END}", (0..900).map(|n| cbu(5, n)).collect::<String>());
        load(&ctx, request(&place, "a.xml", text)).await.0.unwrap();
        let before = known(&ctx).await;
        let (mut at, mut house) = (place, ctx);
        for (format, name) in
            [(UnitsFormat::Csv, "b.csv"), (UnitsFormat::Wmda, "c.xml"), (UnitsFormat::Csv, "d.csv")]
        {
            let path = at.dir.path().join(name);
            export(&house, &path, format, ExportScope::Own).await;
            let (next, there) = another(&db).await;
            assert_eq!(counts(&load_file(&there, &next, &path).await), (900, 0, 0, 0, 0));
            (at, house) = (next, there);
        }
        assert_eq!(known(&house).await, before, "{}", at.kind);
    }
}

#[tokio::test]
async fn what_goes_to_others_does_not_overwrite_what_the_registry_knows() {
    for db in databases().await {
        let (place, ctx) = another(&db).await;
        load(&ctx, request(&place, "a.csv", sheet(9, 100))).await.0.unwrap();
        let before = known(&ctx).await;
        let path = place.dir.path().join("others.csv");
        let done = export(&ctx, &path, UnitsFormat::Csv, ExportScope::Shared).await;
        let mut back = request(&place, "back.csv", std::fs::read(&path).unwrap());
        back.kind = Some(LoadKind::Differential);
        let (report, refused) = load(&ctx, back).await;
        let report = report.unwrap();
        assert_eq!((report.added, report.changed, report.withdrawn), (0, 0, 0));
        assert_eq!(report.unchanged + report.refused, done.disclosure.units);
        assert!(report.refused > 10, "{report:?}");
        assert!(refused.iter().all(|unit| unit.reason == LoadRefusal::RemainsOnly), "{refused:?}");
        assert_eq!(known(&ctx).await, before);
        // Another house takes the same file in.
        let (other, there) = another(&db).await;
        assert_eq!(load_file(&there, &other, &path).await.added, done.disclosure.units);
        assert!(done.left_out > 10, "families' own stay out: {done:?}");
    }
}
