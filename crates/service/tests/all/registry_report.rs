//! Match reports: kept with what they rest on, derived again later, signed once; and a release of the nomenclature that
//! comes into use while searches go on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use domain::access::{Actor, Role};
use domain::id::UserId;
use domain::refusal::{Refusal, ReleaseFault, UnitRefusal};
use domain::registry::matching::{Grams, MatchGrade, MatchHit};
use service::Ctx;
use service::registry::live::{build_once, follow};
use service::registry::nomenclature::{folder_files, nomenclature_list, nomenclature_load};
use service::registry::report::{report_get, report_make, report_pdf, report_replay, report_sign};
use testbed::{bare_house, databases, tamper};
use tokio_util::sync::CancellationToken;
use words::Lang;

use crate::registry_support::*;
use crate::support::{assert_books_hold, refusal};

/// The folder with a real release, which only some machines have.
fn release_folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/imgt-3.58.0");
    if !folder.exists() {
        eprintln!("skipped: no release at ../shared/data/imgt-3.58.0");
        return None;
    }
    Some(folder)
}

async fn technician(ctx: &Ctx) -> Ctx {
    let roles = [Role::HlaTechnician];
    let user = service::staff::user_create(ctx, "hla", "冯技师", &roles, "a long password").await.unwrap();
    as_staff(ctx, user, Role::HlaTechnician)
}

fn as_staff(ctx: &Ctx, user_id: UserId, role: Role) -> Ctx {
    Ctx { actor: Actor::Staff { user_id, roles: vec![role] }, ..ctx.clone() }
}

#[tokio::test]
async fn a_report_can_be_derived_again_whatever_the_registry_says_today() {
    for db in databases().await {
        bank(&db).await;
        let ctx = bare_house(&db, 1).await;
        let serology = "A2 A24^B62 B46^DRB1*09:01+DRB1*14:54";
        for (n, content) in [(1, donated(PATIENT, 9000)), (2, donated(serology, 9000))] {
            publish(&ctx, vec![(n, content)], None, true).await;
        }
        build_once(&ctx).await.unwrap();
        let technician = technician(&ctx).await;
        let mut asked = asked();
        asked.weight = Some(Grams(18_500));
        asked.antibodies = "A24".into();
        let id = report_make(&technician, &asked, &[]).await.unwrap().unwrap();
        let report = report_get(&technician, id).await.unwrap();
        assert_eq!((report.number.as_str(), report.content.result.hits.len()), ("HLA2026000001", 2));
        assert_eq!(report.signed, None);
        assert!(report_replay(&technician, id).await.unwrap().same);

        // The registry goes on; the report stands on its own day.
        publish(&ctx, vec![(1, donated("A*11:01+A*24:02^B*15:01+B*46:01^DRB1*09:01", 100))], None, false)
            .await;
        assert_eq!(report_replay(&technician, id).await.unwrap().differing, Vec::<String>::new());
        let second = report_make(&technician, &asked, &[unit(2)]).await.unwrap().unwrap();
        let second = report_get(&technician, second).await.unwrap();
        assert_eq!((second.number.as_str(), second.content.result.hits.len()), ("HLA2026000002", 1));
        for lang in [Lang::Zh, Lang::En] {
            let draft = report_pdf(&technician, id, lang).await.unwrap();
            assert!(draft.starts_with(b"%PDF-"));
        }

        assert_eq!(refusal(report_sign(&ctx, id).await), Refusal::NotAllowed, "no person, no signature");
        let laboratory = as_staff(&ctx, UserId(uuid::Uuid::from_u128(7)), Role::Laboratory);
        assert_eq!(refusal(report_sign(&laboratory, id).await), Refusal::NotAllowed);
        let doctor = as_staff(&ctx, UserId(uuid::Uuid::from_u128(7)), Role::Doctor);
        assert_eq!(refusal(report_get(&doctor, id).await), Refusal::NotFound, "somebody else's search");
        // A signature that the database does not take is no signature that stands.
        let nobody = as_staff(&ctx, UserId(uuid::Uuid::from_u128(8)), Role::HlaTechnician);
        let lost = report_sign(&nobody, id).await;
        assert!(matches!(lost, Err(service::ServiceError::Store(_))), "{lost:?}");
        report_sign(&technician, id).await.unwrap();
        let signed = report_get(&technician, id).await.unwrap().signed.unwrap();
        assert_eq!(signed.0, "冯技师");
        let again = refusal(report_sign(&technician, id).await);
        assert_eq!(again, UnitRefusal::ReportAlreadySigned.into());
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_report_that_somebody_changed_is_not_signed() {
    for db in databases().await {
        bank(&db).await;
        let ctx = bare_house(&db, 1).await;
        publish(&ctx, vec![(1, donated(PATIENT, 9000))], None, true).await;
        build_once(&ctx).await.unwrap();
        let technician = technician(&ctx).await;
        let id = report_make(&technician, &asked(), &[]).await.unwrap().unwrap();
        let (off, on) = match db.kind {
            "sqlite" => ("drop trigger match_report_stays", "select 1"),
            _ => (
                "alter table match_report disable trigger match_report_stays",
                "alter table match_report enable trigger match_report_stays",
            ),
        };
        tamper(&db, off).await;
        tamper(
            &db,
            "update match_report set content = replace(content, '\"tnc_e5\":9000', '\"tnc_e5\":9001')",
        )
        .await;
        tamper(&db, on).await;
        let replay = report_replay(&technician, id).await.unwrap();
        assert_eq!(replay.differing, ["content", "CN000001"]);
        assert_eq!(refusal(report_sign(&technician, id).await), UnitRefusal::ReportDiffers.into());
        let wrong = crate::support::checks(&ctx).await.into_iter().find(|check| check.wrong.is_some());
        assert!(wrong.is_some(), "the proof of the books sees it, too");
    }
}

#[tokio::test]
async fn a_release_comes_into_use_on_every_node_while_searches_go_on() {
    let Some(folder) = release_folder() else { return };
    for db in databases().await {
        bank(&db).await;
        let ctx = bare_house(&db, 1).await;
        // Two fields and a G group of the same protein: without a release that is not known.
        publish(
            &ctx,
            vec![(1, donated("A2 A24^B*15:01:01G+B*46:01^DRB1*09:01+DRB1*14:54", 9000))],
            None,
            true,
        )
        .await;
        publish(
            &ctx,
            vec![(2, donated("A*02:01+A*24:02^B*99:99+B*46:01^DRB1*09:01+DRB1*14:54", 9000))],
            None,
            true,
        )
        .await;
        let other = bare_house(&db, 2).await;
        let stop = CancellationToken::new();
        let _guard = stop.clone().drop_guard();
        for node in [&ctx, &other] {
            tokio::spawn(follow(Arc::clone(&node.house), stop.clone()));
        }
        let watch = Stopwatch::now();
        while other.house.registry.current().is_err() || ctx.house.registry.current().is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let before = searched(&other, &asked()).await;
        assert_eq!((before.release.as_deref(), before.hits.len()), (None, 2));
        let wrong =
            nomenclature_load(&ctx, vec![("hla_nom.txt".into(), b"# version: x\nA*;".to_vec())]).await;
        assert!(matches!(refusal(wrong), Refusal::NotARelease { .. }));
        let files = folder_files(&folder).unwrap();
        let loaded = nomenclature_load(&ctx, files.clone()).await.unwrap();
        assert!(loaded.changed && loaded.missing.is_empty() && loaded.alleles > 30_000, "{loaded:?}");
        let result = loop {
            // No search is turned away meanwhile.
            let result = searched(&other, &asked()).await;
            if result.release.is_some() {
                break result;
            }
            assert!(watch.elapsed() < Duration::from_secs(60));
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(result.release.as_deref(), Some("3.58.0"));
        // Its B is no allele of this release and counts as not typed.
        let view = other.house.registry.current().unwrap();
        assert_eq!((view.made.unread, view.snapshot.len()), (1, 2));
        assert!(!nomenclature_load(&ctx, files).await.unwrap().changed, "the same again");
        let (all, in_use) = nomenclature_list(&ctx).await.unwrap();
        assert_eq!((all.len(), in_use.as_deref()), (1, Some("3.58.0")));
        let id = report_make(&other, &asked(), &[]).await.unwrap().unwrap();
        assert!(report_replay(&ctx, id).await.unwrap().same);
        assert_books_hold(&ctx).await;
    }
}

/// A release of the few alleles and antigens that the tests need.
fn small_release() -> Vec<(String, Vec<u8>)> {
    let alleles = [
        ("A", "02:01", "2"),
        ("A", "24:02", "24"),
        ("A", "11:01", "11"),
        ("B", "15:01", "62"),
        ("B", "46:01", "46"),
        ("DRB1", "09:01", "9"),
        ("DRB1", "14:54", "14"),
    ];
    let text = |rows: Vec<String>| format!("# version: TEST 0.1.0\n{}\n", rows.join("\n")).into_bytes();
    let each =
        |row: &dyn Fn(&str, &str, &str) -> String| alleles.iter().map(|(g, n, s)| row(g, n, s)).collect();
    let mut names: Vec<String> = each(&|gene, name, _| format!("{gene}*;{name};20000101;;;"));
    names.extend(
        ["A;2", "A;9", "A;11", "A;23", "A;24", "DR;53"].map(|antigen| format!("{antigen};20000101;;;")),
    );
    vec![
        ("hla_nom.txt".into(), text(names)),
        ("hla_nom_g.txt".into(), text(each(&|gene, name, _| format!("{gene}*;{name};")))),
        ("hla_nom_p.txt".into(), text(each(&|gene, name, _| format!("{gene}*;{name};")))),
        ("rel_dna_ser.txt".into(), text(each(&|gene, name, antigen| format!("{gene}*;{name};{antigen};;;")))),
        ("rel_ser_ser.txt".into(), text(vec!["A;9;23/24;".into()])),
    ]
}

#[tokio::test]
async fn what_a_release_cannot_read_is_told_and_a_familys_own_unit_never_left_out() {
    for db in databases().await {
        bank(&db).await;
        let ctx = bare_house(&db, 1).await;
        nomenclature_load(&ctx, small_release()).await.unwrap();
        let contradictory = PATIENT.replace("^B*15", "^A2+A11^B*15");
        let unread = PATIENT.replace("B*15:01", "B*99:99");
        let units = [
            donated(PATIENT, 9000),
            donated(&unread, 9000),
            donated(&contradictory, 9000),
            family(&contradictory, 9000),
        ];
        for (n, content) in (1..).zip(units) {
            publish(&ctx, vec![(n, content)], None, true).await;
        }
        let (patient, own) = (sql_id(&db, id(60)), sql_id(&db, id(4)));
        tamper(&db, &format!("insert into patient (id, code, hla, abo, antibodies, created_at, event_chain, event_seq) values ({patient}, 'P60', '', '', '', 1, 1, 1)")).await;
        tamper(&db, &format!("insert into unit_family (unit_id, patient_id, evidence, event_chain, event_seq) values ({own}, {patient}, '', 1, 1)")).await;
        build_once(&ctx).await.unwrap();
        let made = ctx.house.registry.current().unwrap().made;
        assert_eq!((made.unread, made.contradictory), (1, 2));

        let mut asked = asked();
        asked.patient = Some(domain::id::PatientId(id(60)));
        asked.antibodies = "A9 DR53".into();
        let result = searched(&ctx, &asked).await;
        assert_eq!(
            numbers(&result),
            [4, 1, 2],
            "the family's own first; what contradicts itself is offered to nobody else"
        );
        let [own, sure, unread] = &result.hits[..] else { panic!("{}", result.hits.len()) };
        assert!(own.own && own.loci[0].contradictory);
        assert_eq!(own.loci[0].unit, "A*02:01+A*24:02^A2+A11");
        assert_eq!(
            (own.loci[0].grades[0], own.of6.matches.least, own.of6.matches.most),
            (MatchGrade::Unknown, 4, 6)
        );
        assert_eq!(unread.loci[1].unread, "B*99:99+B*46:01");
        assert!(
            sure.matches.is_certain() && sure.loci.iter().all(|at| at.unread.is_empty() && !at.contradictory)
        );
        let against = |hit: &MatchHit| hit.antibodies.iter().map(|a| a.certain).collect::<Vec<_>>();
        assert_eq!((against(sure), against(own)), (vec![true], vec![false]), "A24 is a split of A9");
        assert_eq!(result.antibodies_unchecked, ["DR53"]);

        let technician = technician(&ctx).await;
        let report = report_make(&technician, &asked, &[]).await.unwrap().unwrap();
        assert_eq!(report_replay(&technician, report).await.unwrap().differing, Vec::<String>::new());
        for lang in [Lang::Zh, Lang::En] {
            assert!(report_pdf(&technician, report, lang).await.unwrap().starts_with(b"%PDF-"));
            let said = words::unfit_typings(lang, result.release.as_deref(), unread);
            assert!(
                said.len() == 1 && said[0].contains("B*99:99+B*46:01") && said[0].contains("0.1.0"),
                "{said:?}"
            );
            assert!(words::unfit_typings(lang, None, own)[0].contains("A2+A11"));
        }
    }
}

#[tokio::test]
async fn a_release_without_what_the_rules_need_is_refused() {
    for db in databases().await {
        let ctx = bare_house(&db, 1).await;
        let without =
            |name: &str| small_release().into_iter().filter(|(own, _)| own != name).collect::<Vec<_>>();
        for name in ["hla_nom_p.txt", "rel_dna_ser.txt", "rel_ser_ser.txt"] {
            let wrong = refusal(nomenclature_load(&ctx, without(name)).await);
            assert_eq!(wrong, ReleaseFault::TableMissing { table: name.into() }.into());
        }
        assert_eq!(nomenclature_list(&ctx).await.unwrap(), (vec![], None));
        let loaded = nomenclature_load(&ctx, without("hla_nom_g.txt")).await.unwrap();
        assert_eq!((loaded.missing, loaded.alleles), (vec!["hla_nom_g.txt"], 7));
    }
}
