//! What a search found: the counts by class, and each unit with its loci as signs, its doses and its reason.

use domain::access::Action;
use domain::registry::DoseVerdict;
use domain::registry::matching::{ClassTotal, Doses, LocusResult, MatchGrade, MatchHit, MatchResult};
use leptos::prelude::*;
use words::{Lang, match_desk as say, matching};

use crate::ui::{Button, ButtonKind, EmptyState, Icon, Notice, Tag, Tone, fact};
use crate::{Page, PageContext};

/// What the page of a report shows.
#[derive(Debug, Clone)]
pub struct ReportView {
    /// Its id, as its address has it.
    pub id: String,
    /// Its number on paper.
    pub number: String,
    /// When it was made.
    pub made_at: String,
    /// Who signed it, and when.
    pub signed: Option<(String, String)>,
    /// The code under which the patient is known.
    pub patient_code: Option<String>,
    /// What was found.
    pub found: MatchResult,
    /// Places of the units that stand side by side, from 0.
    pub compare: Vec<usize>,
}

/// The page of a report: the result of a search as it was found, a draft until a technician signs it.
#[must_use]
pub fn page(context: &PageContext, view: ReportView) -> Page {
    let lang = context.lang;
    let state = match view.signed {
        Some((name, at)) => view! {
            <Notice tone=Tone::Good role="status">
                <p>{matching::paper_signed(lang, &at, &name)}</p>
            </Notice>
        }
        .into_any(),
        None => draft(context, &view.id),
    };
    let papers = ["zh", "en"].map(|paper| {
        let label = if paper == "zh" { say::pdf_zh(lang) } else { say::pdf_en(lang) };
        view! { <a href=format!("/console/reports/{}/{paper}", view.id)>{label}</a> }
    });
    let title = say::report_title(lang, &view.number);
    let made = say::made(lang, &view.made_at, view.patient_code.as_deref().unwrap_or("—"));
    let body = view! {
        <header class="desk-head">
            <h1>{title.clone()}</h1>
            <p class="desk-sentence">{made}</p>
        </header>
        {state}
        <p class="match-papers">{papers.collect_view()}<a href="/console/match">{say::again(lang)}</a></p>
        {found(lang, &view.id, view.found, &view.compare)}
    };
    Page::console(title, body)
}

fn draft(context: &PageContext, id: &str) -> AnyView {
    let lang = context.lang;
    let sign = context.may(Action::SignReports).then(|| {
        view! {
            <form method="post" action=format!("/console/reports/{id}/sign")>
                <p>{say::sign_help(lang)}</p>
                <Button label=say::sign(lang) icon=Icon::Check />
            </form>
        }
    });
    view! {
        <Notice tone=Tone::Heed title=matching::paper_draft(lang).to_owned() role="status">
            <p>{say::draft(lang)}</p>
            {sign}
        </Notice>
    }
    .into_any()
}

fn found(lang: Lang, id: &str, found: MatchResult, compare: &[usize]) -> AnyView {
    let total: u64 = found.totals.iter().map(|t| t.certain + t.potential).sum();
    let no_release = found.release.is_none().then(|| {
        view! {
            <Notice tone=Tone::Heed role="status">
                <p>{matching::no_release(lang)}</p>
            </Notice>
        }
    });
    let understood = understood(lang, &found);
    if found.hits.is_empty() {
        return view! {
            {no_release}
            {understood}
            <EmptyState text=say::nothing(lang) icon=Icon::Inbox />
        }
        .into_any();
    }
    let counts = counts(lang, &found);
    let shown = say::shown(lang, found.hits.len(), total);
    let foot = say::foot(lang, found.registry_number, found.release.as_deref().unwrap_or("—"));
    let side_by_side = (compare.len() > 1).then(|| beside(lang, &found, compare));
    let class = found.class.class;
    let cards = found
        .hits
        .iter()
        .enumerate()
        .map(|(place, hit)| {
            let why = words::why_rank(lang, class, hit);
            let matches = words::matches_in_words(lang, class, hit.matches);
            card(lang, place, hit, class.of(), &matches, why, compare.contains(&place))
        })
        .collect_view();
    view! {
        {no_release}
        {understood}
        {counts}
        {side_by_side}
        <form method="get" action=format!("/console/reports/{id}#compare") class="match-found">
            <p class="desk-sentence">{shown}</p>
            {legend(lang)}
            <ol class="match-hits">{cards}</ol>
            <div class="match-acts">
                <Button label=say::compare(lang) />
                <button
                    type="submit"
                    class=ButtonKind::Primary.class()
                    formmethod="post"
                    formaction=format!("/console/reports/{id}/chosen")
                >
                    <span>{say::report(lang)}</span>
                </button>
            </div>
            <p class="match-foot">{foot}</p>
        </form>
    }
    .into_any()
}

fn understood(lang: Lang, found: &MatchResult) -> impl IntoView + use<> {
    let gl = found.patient.gl.clone();
    let missing = found.patient.missing.iter().map(|locus| locus.as_str()).collect::<Vec<_>>().join("、");
    let missing = (!missing.is_empty()).then(|| say::missing(lang, missing));
    let unchecked = (!found.antibodies_unchecked.is_empty())
        .then(|| say::antibodies_unchecked(lang, found.antibodies_unchecked.join("、")));
    view! {
        <dl class="facts match-understood">
            {fact(say::understood(lang), view! { <span class="code">{gl}</span> })}
        </dl>
        {missing.map(|text| view! { <p class="field-help">{text}</p> })}
        {unchecked.map(|text| view! { <p class="field-help">{text}</p> })}
    }
}

fn counts(lang: Lang, found: &MatchResult) -> impl IntoView + use<> {
    let of = found.class.class.of();
    let rows = found
        .totals
        .iter()
        .map(|ClassTotal { matches, certain, potential }| {
            view! {
                <tr>
                    <th scope="row">{format!("{matches}/{of}")}</th>
                    <td class="number">{*certain}</td>
                    <td class="number">{*potential}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="table table-dense match-counts">
            <caption class="hidden">{say::counts(lang)}</caption>
            <thead>
                <tr>
                    <th scope="col">{say::class(lang)}</th>
                    <th scope="col" class="number">
                        {say::certain(lang)}
                    </th>
                    <th scope="col" class="number">
                        {say::potential(lang)}
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

const GRADES: [MatchGrade; 6] = [
    MatchGrade::Allele,
    MatchGrade::Potential,
    MatchGrade::Antigen,
    MatchGrade::PotentialAntigen,
    MatchGrade::Mismatch,
    MatchGrade::Unknown,
];

fn sign(lang: Lang, grade: MatchGrade) -> AnyView {
    let word = words::match_grade(lang, grade);
    view! {
        <span class="match-sign" data-grade=grade.as_str() title=word>
            <span aria-hidden="true">{grade.symbol()}</span>
            <span class="hidden">{word}</span>
        </span>
    }
    .into_any()
}

fn legend(lang: Lang) -> impl IntoView + use<> {
    let signs = GRADES.map(|grade| {
        view! {
            <li>
                <span class="match-sign" data-grade=grade.as_str() aria-hidden="true">
                    {grade.symbol()}
                </span>
                {words::match_grade(lang, grade)}
            </li>
        }
    });
    view! { <ul class="match-legend">{signs.collect_view()}</ul> }
}

fn locus(lang: Lang, result: &LocusResult) -> AnyView {
    let unit = if result.unit.is_empty() { "—".to_owned() } else { result.unit.clone() };
    let name = result.locus.as_str();
    let lines = unit.split('+').map(|part| {
        let short =
            part.trim_start_matches("HLA-").trim_start_matches(name).trim_start_matches('*').to_owned();
        view! { <span>{short}</span> }
    });
    view! {
        <div class="match-locus">
            <span class="match-locus-name">{name}</span>
            <span class="match-signs">{result.grades.map(|grade| sign(lang, grade)).collect_view()}</span>
            <span class="match-locus-unit code">{lines.collect_view()}</span>
        </div>
    }
    .into_any()
}

/// `3.24`: what is counted in hundredths; a dash where nothing was counted.
fn hundredths(value: Option<u32>) -> String {
    value.map_or("—".to_owned(), |value| format!("{}.{:02}", value / 100, value % 100))
}

fn doses(lang: Lang, doses: &Doses) -> AnyView {
    let Some(dose) = doses.per_kg else { return say::dose_no_weight(lang).into_any() };
    let text = say::dose(lang, hundredths(dose.cd34_e3), hundredths(dose.tnc_e5));
    let (tone, verdict) = match doses.single {
        Some(DoseVerdict::Enough) => ("good", matching::paper_dose_enough(lang)),
        Some(DoseVerdict::TooLow) => ("heed", matching::paper_dose_low(lang)),
        _ => ("plain", matching::paper_dose_unknown(lang)),
    };
    view! {
        {text}
        " "
        <span class="match-dose" data-tone=tone>
            {verdict}
        </span>
    }
    .into_any()
}

fn card(
    lang: Lang,
    place: usize,
    hit: &MatchHit,
    of: u8,
    matches: &str,
    why: String,
    chosen: bool,
) -> impl IntoView + use<> {
    let href = format!("/console/units/{}", hit.unit);
    let name = format!("unit_{place}");
    let label = say::choose(lang, &hit.registry_id);
    let compared = match of {
        6 => hit.of6,
        8 => hit.of8,
        _ => hit.of10,
    };
    let loci = hit.loci.iter().map(|result| locus(lang, result)).collect_view();
    let abo = hit.abo.map_or("—", |abo| abo.as_str());
    let warnings = hit
        .antibodies
        .iter()
        .map(|antibody| {
            let text = if antibody.certain {
                matching::paper_antibody(lang, &antibody.against)
            } else {
                matching::paper_antibody_maybe(lang, &antibody.against)
            };
            view! { <p class="match-warning">{text}</p> }
        })
        .collect_view();
    view! {
        <li class="match-hit">
            <div class="match-hit-head">
                <label class="match-choose">
                    <input type="checkbox" name=name value="on" checked=chosen aria-label=label />
                    <span class="match-class">{format!("{}/{of}", hit.matches)}</span>
                </label>
                <span class="match-hit-title">
                    <a class="code" href=href>
                        {hit.registry_id.clone()}
                    </a>
                    <span class="match-in-words">{matches.to_owned()}</span>
                </span>
                {hit.own.then(|| view! { <Tag word=say::own(lang) /> })}
            </div>
            <div class="match-loci">{loci}</div>
            <dl class="facts facts-dense">
                {fact(say::doses(lang), doses(lang, &hit.doses))}
                {fact("GvH / HvG", format!("{} / {}", compared.gvh, compared.hvg))}
                {fact(say::abo(lang), format!("{abo} · {}", words::abo_fit(lang, hit.abo_fit)))}
                {fact(say::compartments(lang), hit.compartments.len().to_string())}
            </dl>
            {warnings}
            <p class="match-why">{why}</p>
        </li>
    }
}

/// The chosen units as columns: what differs is seen at a glance.
fn beside(lang: Lang, found: &MatchResult, chosen: &[usize]) -> AnyView {
    let hits: Vec<&MatchHit> = chosen.iter().filter_map(|place| found.hits.get(*place)).collect();
    let heads = hits
        .iter()
        .map(|hit| {
            let href = format!("/console/units/{}", hit.unit);
            view! {
                <th scope="col">
                    <a class="code" href=href>
                        {hit.registry_id.clone()}
                    </a>
                </th>
            }
        })
        .collect_view();
    let row = |name: String, cell: &dyn Fn(&MatchHit) -> AnyView| {
        let cells = hits.iter().map(|hit| view! { <td>{cell(hit)}</td> }).collect_view();
        view! {
            <tr>
                <th scope="row">{name}</th>
                {cells}
            </tr>
        }
        .into_any()
    };
    let class = found.class.class;
    let mut rows = vec![row(say::class(lang).to_owned(), &|hit| {
        words::matches_in_words(lang, class, hit.matches).into_any()
    })];
    for place in 0..5 {
        let name = hits.first().and_then(|hit| hit.loci.get(place)).map_or("", |l| l.locus.as_str());
        rows.push(row(name.to_owned(), &|hit| {
            hit.loci.get(place).map(|result| locus(lang, result)).into_any()
        }));
    }
    rows.push(row(say::doses(lang).to_owned(), &|hit| doses(lang, &hit.doses)));
    rows.push(row("GvH / HvG".to_owned(), &|hit| format!("{} / {}", hit.of6.gvh, hit.of6.hvg).into_any()));
    rows.push(row(say::abo(lang).to_owned(), &|hit| words::abo_fit(lang, hit.abo_fit).into_any()));
    rows.push(row(say::compartments(lang).to_owned(), &|hit| hit.compartments.len().to_string().into_any()));
    view! {
        <section class="desk-part" id="compare">
            <h2>{say::compared(lang)}</h2>
            <div class="table-frame">
                <table class="table match-beside">
                    <thead>
                        <tr>
                            <td></td>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
