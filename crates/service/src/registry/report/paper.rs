//! A report on paper: worded in one language, drawn by `papers`; a draft says so across every page.

use domain::id::ReportId;
use domain::registry::DoseVerdict;
use domain::registry::matching::{MatchGrade, MatchHit, MatchLocus, MatchResult};
use hla::{Reader, Release, Typing};
use papers::{MatchPaper, PaperGrade, PaperLang, PaperLocus, PaperUnit, match_report_pdf};
use words::matching as say;
use words::{Lang, match_grade, matches_in_words};

use super::{MatchReport, report_get};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// The report as PDF. Until a technician has signed it, 未经复核，不得用于临床 stands across every page.
///
/// # Errors
/// As [`report_get`].
pub async fn report_pdf(ctx: &Ctx, id: ReportId, lang: Lang) -> Answer<Vec<u8>> {
    let report = report_get(ctx, id).await?;
    let demo = ctx.house.settings.demo;
    let drawn = tokio::task::spawn_blocking(move || match_report_pdf(&paper(&report, lang, demo)));
    let drawn = drawn.await.map_err(|error| ServiceError::Paper(error.to_string()))?;
    drawn.map_err(|error| ServiceError::Paper(error.to_string()))
}

fn paper(report: &MatchReport, lang: Lang, demo: bool) -> MatchPaper {
    let result = &report.content.result;
    let signature = match &report.signed {
        Some((name, at)) => vec![say::paper_signed(lang, at.minute(), name)],
        None => vec![say::paper_unsigned(lang).to_owned()],
    };
    let mut notes = vec![say::paper_note(lang).to_owned(), say::paper_directions(lang).to_owned()];
    notes.extend(result.patient.notices.iter().map(|notice| words::typing_notice(lang, notice)));
    if !result.antibodies_unchecked.is_empty() {
        notes.push(say::antibodies_unchecked(lang, result.antibodies_unchecked.join(", ")));
    }
    if demo {
        notes.insert(0, say::paper_demo(lang).to_owned());
    }
    MatchPaper {
        lang: match lang {
            Lang::Zh => PaperLang::Zh,
            Lang::En => PaperLang::En,
        },
        title: say::paper_title(lang).to_owned(),
        number: report.number.clone(),
        watermark: report.signed.is_none().then(|| say::paper_draft(lang).to_owned()),
        particulars: particulars(report, lang),
        patient: patient(&result.patient.gl, lang),
        headings: [say::paper_patient(lang).to_owned(), say::paper_units(lang).to_owned()],
        totals: totals(result, lang),
        units: (1..).zip(&result.hits).map(|(rank, hit)| unit(result, hit, rank, lang)).collect(),
        legend: MATCH_GRADES.map(|(grade, on_paper)| (on_paper, match_grade(lang, grade).to_owned())),
        notes,
        signature,
        created: report.made_at.timestamp(),
    }
}

const MATCH_GRADES: [(MatchGrade, PaperGrade); 6] = [
    (MatchGrade::Allele, PaperGrade::Allele),
    (MatchGrade::Potential, PaperGrade::Potential),
    (MatchGrade::Antigen, PaperGrade::Antigen),
    (MatchGrade::PotentialAntigen, PaperGrade::PotentialAntigen),
    (MatchGrade::Mismatch, PaperGrade::Mismatch),
    (MatchGrade::Unknown, PaperGrade::Unknown),
];

fn on_paper(grade: MatchGrade) -> PaperGrade {
    let found = MATCH_GRADES.iter().find(|(known, _)| *known == grade);
    found.map_or(PaperGrade::Unknown, |(_, on_paper)| *on_paper)
}

fn particulars(report: &MatchReport, lang: Lang) -> Vec<(String, String)> {
    let result = &report.content.result;
    let none = || words::common::none(lang).to_owned();
    let policy =
        result.policy.as_ref().map_or_else(none, |p| format!("{} {}: {}", p.code, p.version, p.source));
    let release = result.release.as_ref().map(|version| format!("IPD-IMGT/HLA {version}"));
    let rows = [
        (say::paper_date(lang), report.made_at.minute()),
        (say::paper_code(lang), report.content.patient_code.clone().unwrap_or_else(none)),
        (say::paper_weight(lang), result.weight.map_or_else(none, |weight| format!("{weight} kg"))),
        (say::paper_abo(lang), result.abo.map_or_else(none, |abo| abo.as_str().to_owned())),
        (say::paper_antibodies(lang), listed(&result.antibodies).unwrap_or_else(none)),
        (say::paper_class(lang), format!("≥{}", result.class)),
        (say::paper_release(lang), release.unwrap_or_else(|| say::no_release(lang).to_owned())),
        (say::paper_registry(lang), result.registry_number.to_string()),
        (say::paper_policy(lang), policy),
    ];
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn listed(texts: &[String]) -> Option<String> {
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// The patient's typing, locus by locus, as it was understood. DR52 and DR53 are no DRB1, though they begin like it.
fn patient(gl: &str, lang: Lang) -> [(String, String); 5] {
    // What was understood once reads again without any table.
    let release = Release::none();
    let reading = Reader::new(&release).of_stored().typing(gl);
    let typing = reading.map(|reading| reading.typing).unwrap_or_default();
    let mut loci = MatchLocus::ALL.iter();
    std::array::from_fn(|_| {
        let locus = loci.next().copied().unwrap_or(MatchLocus::A);
        let mut alone = Typing::default();
        alone.set(locus.hla(), typing.get(locus.hla()).cloned().unwrap_or_default());
        let typed = if alone.is_empty() {
            words::match_grade(lang, MatchGrade::Unknown).to_owned()
        } else {
            broken(&alone.to_string())
        };
        (format!("HLA-{}", locus.as_str()), typed)
    })
}

/// A typing with room to break between its two calls.
fn broken(typing: &str) -> String {
    typing.replace('+', " + ").replace('/', "/ ").replace('^', " ^ ").replace('|', " | ")
}

fn totals(result: &MatchResult, lang: Lang) -> Vec<String> {
    let of = result.class.class.of();
    let mut lines: Vec<String> = result
        .totals
        .iter()
        .map(|total| say::paper_total(lang, total.certain, total.matches, of, total.potential))
        .collect();
    if lines.is_empty() {
        lines.push(say::paper_nothing(lang).to_owned());
    }
    lines
}

fn unit(result: &MatchResult, hit: &MatchHit, rank: usize, lang: Lang) -> PaperUnit {
    let class = result.class.class;
    let in_class = hit.in_class(class);
    let matches = format!(
        "{} · GvH {} · HvG {} · 6: {} · 8: {} · 10: {}",
        matches_in_words(lang, class, hit.matches),
        in_class.gvh,
        in_class.hvg,
        hit.of6.matches,
        hit.of8.matches,
        hit.of10.matches
    );
    let mut loci = hit.loci.iter();
    let loci = std::array::from_fn(|_| match loci.next() {
        Some(at) => {
            // What can't be read stands there as it is stored, and the warning below says what that means.
            let typed = [at.unit.as_str(), at.unread.as_str()].into_iter().find(|text| !text.is_empty());
            PaperLocus {
                typing: typed.map_or_else(|| "—".to_owned(), broken),
                grades: at.grades.map(on_paper),
            }
        }
        None => PaperLocus { typing: "—".to_owned(), grades: [PaperGrade::Unknown; 2] },
    });
    let warnings = hit.antibodies.iter().map(|antibody| match antibody.certain {
        true => say::paper_antibody(lang, &antibody.against),
        false => say::paper_antibody_maybe(lang, &antibody.against),
    });
    PaperUnit {
        title: format!("{rank}. {} · {}", hit.registry_id, hit.bank),
        matches,
        lines: lines(hit, lang),
        warnings: warnings.chain(words::unfit_typings(lang, result.release.as_deref(), hit)).collect(),
        why: words::why_rank(lang, class, hit),
        loci,
    }
}

fn lines(hit: &MatchHit, lang: Lang) -> Vec<String> {
    let unknown = || words::common::unknown(lang).to_owned();
    let per_kg = hit.doses.per_kg;
    // Counts stand in 10⁵ and 10³; on paper in 10⁷ and 10⁵ per kg, as policies write them.
    let shown = |count: Option<u32>| count.map_or_else(unknown, hundredths);
    let verdict = match hit.doses.single {
        Some(DoseVerdict::Enough) => say::paper_dose_enough(lang),
        Some(DoseVerdict::TooLow) => say::paper_dose_low(lang),
        Some(DoseVerdict::Unknown) | None => say::paper_dose_unknown(lang),
    };
    let compartments: Vec<String> = hit.compartments.iter().map(u8::to_string).collect();
    vec![
        say::paper_doses(
            lang,
            shown(per_kg.and_then(|dose| dose.cd34_e3)),
            shown(per_kg.and_then(|dose| dose.tnc_e5)),
            verdict,
        ),
        say::paper_facts(
            lang,
            hit.abo.map_or_else(unknown, |abo| abo.as_str().to_owned()),
            hit.collected_on.map_or_else(unknown, |day| day.to_string()),
            compartments.join(", "),
            words::abo_fit(lang, hit.abo_fit),
            hit.segments,
        ),
    ]
}

/// 345 as 3.45.
fn hundredths(count: u32) -> String {
    format!("{}.{:02}", count / 100, count % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn antigens_of_other_genes_stay_out_of_the_row_of_drb1() {
        let gl = "A2/A*02:XX+A24^DRB1*04:05+DRB1*14:54^DR4+DR14^DR52^DR53^DRB4*01:01";
        let rows = patient(gl, Lang::En);
        assert_eq!(rows[0], ("HLA-A".to_owned(), "A2/ A*02:XX + A24".to_owned()));
        assert_eq!(rows[3], ("HLA-DRB1".to_owned(), "DRB1*04:05 + DRB1*14:54 ^ DR4 + DR14".to_owned()));
        assert_eq!(rows[1].1, words::match_grade(Lang::En, MatchGrade::Unknown));
        assert_eq!(patient("A*02:01^DR53", Lang::En)[3].1, words::match_grade(Lang::En, MatchGrade::Unknown));
    }
}
