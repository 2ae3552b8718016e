//! What leaves of a registry that is in use, who may take it out, and what is kept of it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use domain::access::Role;
use domain::id::{BankId, UnitId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{DisclosureField, ExportScope, Ownership, Place};
use serde_json::Value;
use service::registry::consents::{consent_record, consent_withdraw, family_name};
use service::registry::disclose::{ExportError, Exported, UnitsFormat, disclosures, units_export};
use service::registry::holds::hold_make;
use service::registry::storage::{Warm, bag_move, excursion_record};
use service::{Ctx, ServiceError};
use store::bank::BankRow;
use store::disclosure::DisclosureRow;
use testbed::{databases, noon, tamper, try_sql};
use uuid::Uuid;

use crate::support::{assert_books_hold, checks};
use crate::units_out::wish as file_wish;
use crate::units_support::{BANK, Registry, later, wish};

async fn export(
    ctx: &Ctx,
    path: PathBuf,
    format: UnitsFormat,
    scope: ExportScope,
) -> Result<Exported, ExportError> {
    units_export(ctx, file_wish(path, format, scope), &mut |_| {}).await
}

impl Registry {
    fn file(&self, name: &str) -> PathBuf {
        self.db.dir.path().join(name)
    }

    /// Units in every standing: donated, a family's, shared, held in part, held whole, warm.
    async fn in_use(&self) -> [UnitId; 6] {
        let ctx = &self.ctx;
        let mut units = [UnitId(Uuid::nil()); 6];
        for (n, unit) in (1..).zip(&mut units) {
            let family = n == 2 || n == 3;
            let ownership = if family { Ownership::Family } else { Ownership::Donated };
            *unit = self.unit(n, ownership, if n == 5 { 1 } else { 3 }).await;
        }
        let patient = self.patient("P-1").await;
        family_name(ctx, units[1], patient, "户口簿（演示）").await.unwrap();
        consent_record(ctx, units[2], ctx.now.date(), "档案 1").await.unwrap();
        hold_make(ctx, wish(patient, &[(units[3], 2)])).await.unwrap();
        hold_make(ctx, wish(patient, &[(units[4], 1)])).await.unwrap();
        let place = Place { tank: "T9".into(), rack: "1".into(), box_: "1".into(), slot: "1".into() };
        bag_move(ctx, units[5], 1, &place).await.unwrap();
        let now = later(ctx, 60);
        let (began_at, ended_at) = (ctx.now, Some(now.now));
        let (bank, tank, note) = (BankId(BANK), "T9".into(), "断电".into());
        let warm = Warm { bank, tank, began_at, ended_at, warmest_dc: -1400, note };
        excursion_record(&now, warm).await.unwrap();
        units
    }
}

/// Numbers of the units in a sheet with some of their cells.
fn cells(path: &PathBuf, columns: &[&str]) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
    let heading = reader.headers().unwrap().clone();
    let places: Vec<usize> =
        columns.iter().map(|name| heading.iter().position(|cell| cell == *name).unwrap()).collect();
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| places.iter().map(|place| row[*place].to_owned()).collect()).collect()
}

#[tokio::test]
async fn others_get_what_they_may_find_and_the_bank_all_of_its_own() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        registry.in_use().await;
        let ctx = &registry.ctx;
        let (others, own) = (registry.file("others.csv"), registry.file("own.csv"));
        let done = export(ctx, others.clone(), UnitsFormat::Csv, ExportScope::Shared).await.unwrap();
        assert_eq!((done.disclosure.units, done.left_out), (4, 2), "{}", registry.db.kind);
        let rows = cells(&others, &["registry_id", "status", "compartments", "tnc_e8", "remains"]);
        let (bank, _) = (Uuid::from_u128(0xBA), ());
        let row = |cells: [&str; 4], remains: &str| {
            let mut row = cells.map(str::to_owned).to_vec();
            row.push(format!("{remains} {bank}"));
            row
        };
        let expected = [
            row(["CN000001", "AV", "3", "12"], "1,2,3/3"),
            row(["CN000003", "AV", "3", "12"], "1,2,3/3"),
            row(["CN000004", "AV", "2", "8"], "1,3/3"),
            row(["CN000006", "TU", "3", "12"], "1,2,3/3"),
        ];
        assert_eq!(rows, expected, "{}", registry.db.kind);
        let text = std::fs::read_to_string(&others).unwrap();
        for secret in ["P-1", "档案", "白血病", "T9"] {
            assert!(!text.contains(secret), "{secret} is in the file");
        }
        export(ctx, own.clone(), UnitsFormat::Csv, ExportScope::Own).await.unwrap();
        let rows = cells(&own, &["registry_id", "compartments", "remains", "ownership"]);
        let numbers: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(numbers, ["CN000001", "CN000002", "CN000003", "CN000004", "CN000005", "CN000006"]);
        assert!(rows.iter().all(|row| row[2].is_empty()), "what is held is still in the bank");

        // A consent that is withdrawn, and a hold that has run out, count at once.
        let after = later(ctx, 8 * 86_400);
        consent_withdraw(&after, UnitId(Uuid::from_u128(0xD003))).await.unwrap();
        let again = registry.file("again.csv");
        export(&after, again.clone(), UnitsFormat::Csv, ExportScope::Shared).await.unwrap();
        let rows = cells(&again, &["registry_id", "compartments"]);
        let numbers: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(numbers, ["CN000001", "CN000004", "CN000005", "CN000006"]);
        assert_eq!(rows[1][1], "3");
        assert_books_hold(ctx).await;
    }
}

#[tokio::test]
async fn a_file_leaves_only_with_its_disclosure() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        registry.unit(1, Ownership::Donated, 2).await;
        let manager = registry.staff(Role::RegistryManager).await;
        let path = registry.file("units.xml");
        let done = export(&manager, path.clone(), UnitsFormat::Wmda, ExportScope::Shared).await.unwrap();
        let row = done.disclosure;
        let bytes = std::fs::read(&path).unwrap();
        let digest = domain_sha256(&bytes);
        assert_eq!((row.file_digest.as_slice(), row.units, row.registry_number), (&digest[..], 1, 1));
        assert_eq!(
            (row.bank_code.as_str(), row.scope.as_str(), row.format.as_str()),
            ("CN01", "shared", "wmda")
        );
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!((row.made_by.clone(), row.made_at), (manager.actor.word(), noon().0));
        let mut reader = registry.ctx.house.db.read().await.unwrap();
        let events = store::audit::events_after(&mut reader.conn(), 1, row.event_seq - 1, 1).await.unwrap();
        assert_eq!((events[0].kind.as_str(), events[0].subject_id), ("units.exported", row.id));
        assert!(!events[0].detail.contains("演示登记处"), "events hold no names: {}", events[0].detail);
        drop(reader);

        // A file that is there is left alone, and so is the registry.
        let again = export(&manager, path.clone(), UnitsFormat::Csv, ExportScope::Shared).await;
        assert!(matches!(again, Err(ExportError::Io(_))), "{again:?}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        let nowhere = registry.file("no/such/folder/units.csv");
        assert!(matches!(
            export(&manager, nowhere, UnitsFormat::Csv, ExportScope::Shared).await,
            Err(ExportError::Io(_))
        ));
        let listed = disclosures(&manager, Uuid::max(), 10).await.unwrap();
        let (name, kept): (Vec<_>, Vec<DisclosureRow>) =
            listed.into_iter().map(|(row, name)| (name, row)).unzip();
        assert_eq!(kept, std::slice::from_ref(&row));
        assert!(name[0].as_deref().unwrap().starts_with("registry_manager"), "{name:?}");
        assert_eq!(disclosures(&manager, row.id, 10).await.unwrap(), []);
        let left: Vec<_> =
            std::fs::read_dir(registry.db.dir.path()).unwrap().flatten().map(|e| e.file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".spark-")), "{left:?}");
        assert_books_hold(&registry.ctx).await;
    }
}

fn domain_sha256(bytes: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).to_vec()
}

#[tokio::test]
async fn who_may_not_who_says_too_little_and_who_names_no_bank_takes_nothing_out() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        registry.unit(1, Ownership::Donated, 2).await;
        let path = registry.file("units.csv");
        let mut readers = Vec::new();
        for role in Role::ALL {
            let ctx = registry.staff(role).await;
            if disclosures(&ctx, Uuid::max(), 1).await.is_ok() {
                readers.push(role);
            }
            let taken = export(&ctx, path.clone(), UnitsFormat::Csv, ExportScope::Shared).await;
            if role == Role::RegistryManager {
                assert!(taken.is_ok());
                std::fs::remove_file(&path).unwrap();
            } else {
                let refused =
                    matches!(taken, Err(ExportError::Service(ServiceError::Refused(Refusal::NotAllowed))));
                assert!(refused, "{role:?}: {taken:?}");
            }
        }
        assert_eq!(readers, [Role::Manager, Role::Auditor, Role::RegistryManager]);

        let ctx = &registry.ctx;
        let ask = async |change: &dyn Fn(&mut service::registry::disclose::ExportRequest)| {
            let mut request = file_wish(path.clone(), UnitsFormat::Csv, ExportScope::Shared);
            change(&mut request);
            units_export(ctx, request, &mut |_| {}).await
        };
        let lacks = |asked: Result<Exported, ExportError>, field: DisclosureField, refusal: Refusal| {
            let error = asked.expect_err("lacks something");
            assert!(matches!(&error, ExportError::Field(f, r) if *f == field && *r == refusal), "{error:?}");
        };
        lacks(ask(&|r| r.form.purpose = " ".into()).await, DisclosureField::Purpose, Refusal::Required);
        lacks(ask(&|r| r.form.receiver.clear()).await, DisclosureField::Receiver, Refusal::Required);
        let filing = DisclosureField::FilingNumber;
        lacks(ask(&|r| r.form.abroad = true).await, filing, UnitRefusal::FilingNeeded.into());
        let unknown = ask(&|r| r.bank = Some("XX".into())).await;
        assert!(matches!(unknown, Err(ExportError::BankUnknown)), "{unknown:?}");

        // A bank abroad gets its own copy under the filing that stands in its row.
        let mut second = BankRow {
            id: Uuid::from_u128(0xBB),
            number: 0,
            code: "US01".to_owned(),
            name_zh: "境外库".to_owned(),
            name_en: "Bank abroad".to_owned(),
            abroad: true,
            filing_number: String::new(),
        };
        service::registry::load::bank_set(ctx, second.clone()).await.unwrap();
        assert!(matches!(ask(&|_| ()).await, Err(ExportError::BankNeeded)));
        let own = |r: &mut service::registry::disclose::ExportRequest| {
            (r.scope, r.bank) = (ExportScope::Own, Some("US01".to_owned()));
        };
        lacks(ask(&own).await, filing, UnitRefusal::FilingNeeded.into());
        second.filing_number = "演示备案 9".to_owned();
        service::registry::load::bank_set(ctx, second).await.unwrap();
        let row = ask(&own).await.unwrap().disclosure;
        assert_eq!(
            (row.receiver.as_str(), row.abroad, row.filing_number.as_str()),
            ("US01", true, "演示备案 9")
        );
        assert_eq!(row.units, 0, "the other bank's units are not in it");
        assert_books_hold(ctx).await;
    }
}

#[tokio::test]
async fn verify_names_a_disclosure_that_was_changed_or_removed() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        registry.unit(1, Ownership::Donated, 2).await;
        let path = registry.file("units.csv");
        export(&registry.ctx, path, UnitsFormat::Csv, ExportScope::Shared).await.unwrap();
        for sql in ["update registry_disclosure set units = 0", "delete from registry_disclosure"] {
            let refused = try_sql(&registry.db, sql).await.unwrap_err();
            assert!(refused.contains("append only"), "{}: {sql}: {refused}", registry.db.kind);
        }
        let drop = match registry.db.kind {
            "postgres" => "drop trigger registry_disclosure_stays on registry_disclosure",
            _ => "drop trigger registry_disclosure_stays; drop trigger registry_disclosure_kept",
        };
        tamper(&registry.db, drop).await;
        let wrong = async || {
            let found = checks(&registry.ctx).await;
            found.into_iter().find(|check| check.name == "events_equal_rows").unwrap().wrong
        };
        let changes = [
            "receiver = receiver || 'x'",
            "purpose = 'x'",
            "units = units + 1",
            "scope = 'own'",
            "bank_code = 'XX'",
            "registry_number = 0",
            "filing_number = 'x'",
            "made_by = 'x'",
            "file_digest = substr(file_digest, 2)",
        ];
        for change in changes {
            tamper(&registry.db, "create table kept as select * from registry_disclosure").await;
            tamper(&registry.db, &format!("update registry_disclosure set {change}")).await;
            let seen = wrong().await.unwrap_or_else(|| panic!("{}: {change} is not seen", registry.db.kind));
            assert!(seen.contains("units.exported"), "{seen}");
            tamper(
                &registry.db,
                "delete from registry_disclosure; insert into registry_disclosure select * from kept; drop table kept",
            )
            .await;
            assert_eq!(wrong().await, None);
        }
        tamper(&registry.db, "delete from registry_disclosure").await;
        assert!(wrong().await.is_some());
    }
}

#[tokio::test]
async fn fhir_has_a_bundle_of_each_unit_with_its_typing() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        registry.unit(1, Ownership::Donated, 2).await;
        registry.unit(2, Ownership::Donated, 1).await;
        let path = registry.file("units.ndjson");
        export(&registry.ctx, path.clone(), UnitsFormat::Fhir, ExportScope::Shared).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        let bundle = &lines[0];
        assert_eq!((&bundle["resourceType"], &bundle["type"]), (&"Bundle".into(), &"collection".into()));
        let entries = bundle["entry"].as_array().unwrap();
        let urls: std::collections::BTreeSet<&str> =
            entries.iter().map(|entry| entry["fullUrl"].as_str().unwrap()).collect();
        assert_eq!(urls.len(), entries.len());
        assert!(urls.iter().all(|url| Uuid::parse_str(url.strip_prefix("urn:uuid:").unwrap()).is_ok()));
        let product = &entries[0]["resource"];
        assert_eq!(product["resourceType"], "BiologicallyDerivedProduct");
        assert_eq!((&product["productCategory"], &product["status"]), (&"cells".into(), &"available".into()));
        assert_eq!(product["identifier"][0]["value"], "CN000001");
        assert_eq!(
            (&product["quantity"], &product["collection"]["collectedDateTime"]),
            (&2.into(), &"2020-02-01".into())
        );
        let of = |code: &str| -> Vec<&Value> {
            let all = entries.iter().map(|entry| &entry["resource"]);
            all.filter(|resource| resource["code"]["coding"][0]["code"] == code).collect()
        };
        let typings = of("84413-4");
        let texts: Vec<&Value> =
            typings.iter().map(|typing| &typing["valueCodeableConcept"]["text"]).collect();
        assert_eq!(
            texts,
            ["HLA-A*02:01+HLA-A*24:02", "HLA-B*15:01+HLA-B*46:01", "HLA-DRB1*09:01+HLA-DRB1*14:54"]
        );
        assert_eq!(typings[2]["component"][0]["valueCodeableConcept"]["coding"][0]["code"], "HGNC:4948");
        for entry in &entries[1..] {
            let observation = &entry["resource"];
            assert_eq!(observation["resourceType"], "Observation");
            assert_eq!(observation["focus"][0]["reference"], entries[0]["fullUrl"]);
            assert!(observation.get("subject").is_none(), "no person is told");
        }
        let counts =
            entries.iter().find(|entry| entry["resource"]["code"]["text"] == "Cord blood unit counts");
        let counts = counts.unwrap()["resource"]["component"].as_array().unwrap();
        let figures: Vec<String> =
            counts.iter().map(|count| count["valueQuantity"]["value"].to_string()).collect();
        assert_eq!(figures, ["10.0", "8.0", "3.0"]);
        // The same unit has the same addresses in every file.
        let again = registry.file("again.ndjson");
        export(&registry.ctx, again.clone(), UnitsFormat::Fhir, ExportScope::Shared).await.unwrap();
        assert_eq!(std::fs::read_to_string(again).unwrap(), text);
    }
}
