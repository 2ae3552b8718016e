//! What a search found, in parts that the match desk and a report share: counts, units with their loci as signs, pairs,
//! and units side by side.

use domain::access::Action;
use domain::id::UnitId;
use domain::registry::matching::{
    ClassTotal, LocusResult, MatchClass, MatchGrade, MatchHit, MatchResult, PairFound, TypingNotice,
    TypingUnderstood,
};
use leptos::prelude::*;
use words::{Lang, match_desk as say, matching};

use crate::PageContext;
use crate::ui::{Icon, IconMark, Notice, Tag, Tone, disclosure, fact};
use crate::widgets::{asked_of, cells, count, dose_bars, dose_verdict, hundredths, loci_of};

/// The name of the box by which a unit is chosen.
#[must_use]
pub fn box_of(unit: UnitId) -> String {
    format!("unit_{unit}")
}

/// What the page's reader may open, and which units are chosen.
pub(super) struct Desk<'d> {
    pub(super) lang: Lang,
    pub(super) may_open: bool,
    pub(super) found: &'d MatchResult,
    pub(super) chosen: &'d [UnitId],
}

impl<'d> Desk<'d> {
    pub(super) fn new(context: &PageContext, found: &'d MatchResult, chosen: &'d [UnitId]) -> Self {
        Self { lang: context.lang, may_open: context.may(Action::ReadRegistry), found, chosen }
    }

    const fn class(&self) -> MatchClass {
        self.found.class.class
    }

    /// A unit's number, which opens its passport for whoever may read it.
    fn number(&self, hit: &MatchHit) -> AnyView {
        let number = hit.registry_id.clone();
        if self.may_open {
            view! { <a class="code" href=format!("/console/units/{}", hit.unit)>{number}</a> }.into_any()
        } else {
            view! { <span class="code">{number}</span> }.into_any()
        }
    }
}

/// A typing as it was understood, locus by locus, and what is missing in it.
pub(super) fn understood(lang: Lang, read: &TypingUnderstood) -> AnyView {
    let loci = loci_of(&read.gl)
        .into_iter()
        .map(|(locus, sides)| {
            let head = format!("{locus}*");
            let sides = sides
                .into_iter()
                .map(|side| view! { <span>{side.trim_start_matches("HLA-").trim_start_matches(&head).to_owned()}</span> })
                .collect_view();
            view! {
                <div>
                    <dt>{locus}</dt>
                    <dd class="code">{sides}</dd>
                </div>
            }
        })
        .collect_view();
    let missing = read.missing.iter().map(|locus| locus.as_str()).collect::<Vec<_>>();
    let missing = (!missing.is_empty()).then(|| say::missing(lang, missing.join(lang.pick("、", ", "))));
    view! {
        <dl class="read" aria-label=say::understood(lang)>
            {loci}
        </dl>
        {notices(lang, &read.notices)}
        {missing.map(|text| view! { <p class="field-help">{text}</p> })}
    }
    .into_any()
}

/// What was read other than it was written, or was not told.
fn notices(lang: Lang, notices: &[TypingNotice]) -> Option<AnyView> {
    let items = notices.iter().map(|notice| words::typing_notice(lang, notice));
    let items = items.map(|text| view! { <li>{text}</li> }).collect_view();
    (!notices.is_empty()).then(|| view! { <ul class="field-help read-notices">{items}</ul> }.into_any())
}

/// How many units each class has, as a line of figures.
pub(super) fn counts(lang: Lang, found: &MatchResult) -> AnyView {
    let of = found.class.class.of();
    let rows = found
        .totals
        .iter()
        .map(|ClassTotal { matches, certain, potential }| {
            view! {
                <tr>
                    <th scope="row">{format!("{matches}/{of}")}</th>
                    <td class="number">{count(*certain)}</td>
                    <td class="number">{count(*potential)}</td>
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
    .into_any()
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

/// What the signs mean.
pub(super) fn legend(lang: Lang) -> AnyView {
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
    view! { <ul class="match-legend">{signs.collect_view()}</ul> }.into_any()
}

fn locus(lang: Lang, result: &LocusResult) -> AnyView {
    let typed = [&result.unit, &result.unread].into_iter().find(|text| !text.is_empty());
    let unit = typed.cloned().unwrap_or_else(|| "—".to_owned());
    let name = result.locus.as_str();
    let lines = unit.split('+').map(|part| {
        let short = part.trim_start_matches("HLA-").trim_start_matches(name).trim_start_matches('*');
        // A long list of alleles breaks after its slashes, and is cut: whole under the pointer, and in the passport.
        let broken = short.replace(&format!("/{name}*"), "/").replace('/', "/\u{200b}");
        view! { <span title=(short.len() > 24).then(|| short.to_owned())>{broken}</span> }
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

fn doses(desk: &Desk<'_>, hit: &MatchHit) -> AnyView {
    let lang = desk.lang;
    let Some(dose) = hit.doses.per_kg else {
        return view! { <p class="muted hit-no-dose">{say::dose_no_weight(lang)}</p> }.into_any();
    };
    let asked = desk.found.policy.as_ref().map(|policy| asked_of(policy, 1));
    let verdict = hit.doses.single.map(|verdict| dose_verdict(lang, verdict));
    view! {
        {dose_bars(lang, dose, asked)}
        {verdict.map(|verdict| view! { <p class="hit-verdict">{verdict}</p> })}
    }
    .into_any()
}

fn warnings(lang: Lang, hit: &MatchHit) -> AnyView {
    let against = |certain: bool| {
        let of = hit.antibodies.iter().filter(|antibody| antibody.certain == certain);
        let list: Vec<&str> = of.map(|antibody| antibody.against.as_str()).collect();
        (!list.is_empty()).then(|| list.join(lang.pick("、", ", ")))
    };
    let sure = against(true).map(|list| matching::paper_antibody(lang, list));
    let perhaps = against(false).map(|list| matching::paper_antibody_maybe(lang, list));
    [sure, perhaps]
        .into_iter()
        .flatten()
        .map(|text| {
            view! {
                <p class="match-warning">
                    <IconMark icon=Icon::Alert />
                    <span>{text}</span>
                </p>
            }
        })
        .collect_view()
        .into_any()
}

fn hit(desk: &Desk<'_>, hit: &MatchHit) -> AnyView {
    let lang = desk.lang;
    let class = desk.class();
    let compared = hit.in_class(class);
    let loci = hit.loci.iter().map(|result| locus(lang, result)).collect_view();
    let abo = hit.abo.map_or_else(
        || words::abo_fit(lang, hit.abo_fit).to_owned(),
        |abo| format!("{} · {}", abo.as_str(), words::abo_fit(lang, hit.abo_fit)),
    );
    let chosen = desk.chosen.contains(&hit.unit);
    let mut why = words::unfit_typings(lang, desk.found.release.as_deref(), hit);
    why.push(words::why_rank(lang, class, hit));
    let why = why.join(" ");
    view! {
        <li class="hit">
            <div class="hit-main">
                <div class="hit-head">
                    <label class="hit-choose">
                        <input
                            type="checkbox"
                            name=box_of(hit.unit)
                            value="on"
                            checked=chosen
                            aria-label=say::choose(lang, &hit.registry_id)
                        />
                        <span class="hit-class">{format!("{}/{}", hit.matches, class.of())}</span>
                    </label>
                    <span class="hit-name">{desk.number(hit)}</span>
                    {hit.own.then(|| view! { <Tag word=say::own(lang) /> })}
                </div>
                <div class="match-loci">{loci}</div>
            </div>
            <div class="hit-side">
                {doses(desk, hit)}
                <p class="hit-cells">
                    <span>{say::compartments(lang)}</span>
                    {cells(lang, &hit.compartments)}
                </p>
            </div>
            <div class="hit-foot">
                {warnings(lang, hit)}
                <p class="hit-why">{why}</p>
                <dl class="hit-facts">
                    {fact(say::abo(lang), abo)}
                    {fact("GvH / HvG", format!("{} / {}", compared.gvh, compared.hvg))}
                    {fact(say::collected(lang), hit.collected_on.map_or("—".to_owned(), |day| day.to_string()))}
                    {fact(say::segments(lang), hit.segments.to_string())}
                </dl>
            </div>
        </li>
    }
    .into_any()
}

/// The units, best first.
pub(super) fn hits(desk: &Desk<'_>) -> AnyView {
    let list = desk.found.hits.iter().map(|found| hit(desk, found)).collect_view();
    view! { <ol class="hits">{list}</ol> }.into_any()
}

/// Which registry and which nomenclature this rests on.
pub(super) fn foot(lang: Lang, found: &MatchResult) -> AnyView {
    let text = say::foot(lang, found.registry_number, found.release.as_deref().unwrap_or("—"));
    let policy = found.policy.as_ref().map(|policy| say::policy_source(lang, &policy.source));
    view! {
        <p class="match-foot">
            <span>{text}</span>
            {policy.map(|text| view! { <span>{text}</span> })}
        </p>
    }
    .into_any()
}

/// So many pairs are seen at first.
const PAIRS: usize = 6;

fn pair(desk: &Desk<'_>, pair: &PairFound) -> AnyView {
    let lang = desk.lang;
    let of = desk.class().of();
    let one = |hit: &MatchHit| {
        let dose =
            hit.doses.per_kg.map(|dose| say::dose(lang, hundredths(dose.cd34_e3), hundredths(dose.tnc_e5)));
        view! {
            <span class="pair-unit">
                <strong class="hit-pair-class">{format!("{}/{of}", hit.matches)}</strong>
                {desk.number(hit)}
                {dose.map(|dose| view! { <span class="pair-dose">{dose}</span> })}
            </span>
        }
    };
    let value = format!("{} {}", pair.first.unit, pair.second.unit);
    let label = say::pair_choose(lang, &pair.first.registry_id, &pair.second.registry_id);
    view! {
        <li class="pair">
            <div class="pair-units">{one(&pair.first)} {one(&pair.second)}</div>
            <p class="pair-sum">{say::pair_sum(lang, hundredths(Some(pair.tnc_e5_per_kg)))}</p>
            <button type="submit" class="button" name="pair" value=value aria-label=label>
                <span>{say::pair_take(lang)}</span>
            </button>
        </li>
    }
    .into_any()
}

/// The best pairs, folded away where one unit alone is enough.
pub(super) fn pairs(desk: &Desk<'_>, list: &[PairFound], open: bool) -> Option<AnyView> {
    if list.is_empty() {
        return None;
    }
    let lang = desk.lang;
    let lines = list.iter().take(PAIRS).map(|found| pair(desk, found)).collect_view();
    let inside = view! {
        <p class="field-help">{say::pairs_help(lang)}</p>
        <ol class="pairs">{lines}</ol>
    };
    let aside = say::pairs_count(lang, list.len().min(PAIRS));
    Some(disclosure(say::pairs(lang), Some(aside.into()), open, inside))
}

/// The chosen units as columns: what differs is seen at a glance.
pub(super) fn beside(desk: &Desk<'_>, hits: &[&MatchHit]) -> AnyView {
    let lang = desk.lang;
    if hits.len() < 2 {
        return view! {
            <Notice id="compare" tone=Tone::Heed role="status">
                <p>{say::compare_choose(lang)}</p>
            </Notice>
        }
        .into_any();
    }
    let class = desk.class();
    let heads = hits.iter().map(|hit| view! { <th scope="col">{desk.number(hit)}</th> }).collect_view();
    let row = |name: AnyView, cell: &dyn Fn(&MatchHit) -> AnyView| {
        let cells = hits.iter().map(|hit| view! { <td>{cell(hit)}</td> }).collect_view();
        view! {
            <tr>
                <th scope="row">{name}</th>
                {cells}
            </tr>
        }
        .into_any()
    };
    let typed = loci_of(&desk.found.patient.gl);
    let mut rows = vec![row(say::class(lang).into_any(), &|hit| {
        let matches = words::matches_in_words(lang, class, hit.matches);
        view! {
            <strong class="hit-class">{format!("{}/{}", hit.matches, class.of())}</strong>
            <span class="beside-words">{matches}</span>
        }
        .into_any()
    })];
    for place in 0..5 {
        let name = hits.first().and_then(|hit| hit.loci.get(place)).map_or("", |l| l.locus.as_str());
        let patient = typed.iter().find(|(locus, _)| locus == name).map(|(_, sides)| {
            let head = format!("{name}*");
            sides.iter().map(|side| side.trim_start_matches(&head)).collect::<Vec<_>>().join(" ")
        });
        let name = view! {
            {name}
            {patient.map(|typed| view! { <span class="beside-patient code">{typed}</span> })}
        };
        rows.push(row(name.into_any(), &|hit| {
            hit.loci.get(place).map(|result| locus(lang, result)).into_any()
        }));
    }
    rows.push(row(say::doses(lang).into_any(), &|hit| doses(desk, hit)));
    rows.push(row(say::compartments(lang).into_any(), &|hit| cells(lang, &hit.compartments)));
    rows.push(row("GvH / HvG".into_any(), &|hit| {
        let compared = hit.in_class(class);
        format!("{} / {}", compared.gvh, compared.hvg).into_any()
    }));
    rows.push(row(say::abo(lang).into_any(), &|hit| {
        let abo = hit.abo.map_or("—", |abo| abo.as_str());
        format!("{abo} · {}", words::abo_fit(lang, hit.abo_fit)).into_any()
    }));
    rows.push(row(say::collected(lang).into_any(), &|hit| {
        hit.collected_on.map_or("—".to_owned(), |day| day.to_string()).into_any()
    }));
    rows.push(row(say::segments(lang).into_any(), &|hit| hit.segments.to_string().into_any()));
    view! {
        <section class="desk-part beside" id="compare" tabindex="-1">
            <h2>{say::compared(lang)}</h2>
            <div class="table-frame" tabindex="0" role="region" aria-label=say::compared(lang)>
                <table class="table match-beside">
                    <thead>
                        <tr>
                            <td>{say::patient_typing(lang)}</td>
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
