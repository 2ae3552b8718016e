//! `spark match`: units for a patient, ranked, on the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use domain::refusal::Refusal;
use domain::registry::Abo;
use domain::registry::matching::{ClassWanted, Grams, HlaTyped, MatchResult, SearchAsked, SearchProblem};
use service::registry::live::build_once;
use service::registry::search::{policies, search};
use words::Lang;

use crate::config::Config;

/// Search units for a patient.
///
/// FILE is JSON: {"hla": "A*02:01+A*24:02^B*15:01+B*46:01^…", "weight_kg": 18.5, "abo": "A"}. "hla" is one text in any
/// notation or a list of typings, one a locus; "weight_kg", "abo" and "antibodies" may be left out.
///
/// Example: spark match --patient patient.json --class 4/6 --json
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The patient.
    #[arg(long, value_name = "FILE")]
    patient: PathBuf,
    /// The class and the fewest matches in it: 4/6, 8/8, 7/10 …
    #[arg(long, value_parser = class)]
    class: ClassWanted,
    /// How many of the best are told in full.
    #[arg(long, default_value_t = 50)]
    top: usize,
    /// The policy of doses.
    #[arg(long, default_value = "malignant")]
    policy: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn class(text: &str) -> Result<ClassWanted, &'static str> {
    text.parse().map_err(|_| "expected a class as 4/6, 8/8 or 7/10, with at least half of it")
}

/// The patient's file.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PatientFile {
    hla: HlaTyped,
    #[serde(default)]
    weight_kg: Option<Decimal>,
    #[serde(default)]
    abo: Option<Abo>,
    #[serde(default)]
    antibodies: String,
}

/// A decimal as it is written: as a number or as a text.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Decimal {
    Number(serde_json::Number),
    Text(String),
}

impl Decimal {
    fn grams(&self) -> Result<Grams, Refusal> {
        match self {
            // Prints the shortest digits that mean this number, which are those that were written.
            Self::Number(number) => Grams::read_kg(&number.to_string()),
            Self::Text(text) => Grams::read_kg(text),
        }
    }
}

/// Searches.
///
/// # Errors
/// When the file cannot be read, or as the use case.
pub async fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    let name = args.patient.display().to_string();
    let text = std::fs::read_to_string(&args.patient).with_context(|| format!("cannot read {name}"))?;
    let file: PatientFile = serde_json::from_str(&text).with_context(|| format!("{name} is no patient"))?;
    let weight = file.weight_kg.as_ref().map(Decimal::grams).transpose();
    let weight = weight.map_err(|refusal| anyhow!("{name}: weight_kg: {refusal}"))?;
    let mut asked = SearchAsked::new(file.hla, args.class);
    (asked.weight, asked.abo, asked.antibodies, asked.top) = (weight, file.abo, file.antibodies, args.top);
    let result = super::in_existing_house(config, async |ctx, _| {
        let policies = policies(&ctx).await.map_err(super::in_words)?;
        let policy = policies.into_iter().find(|policy| policy.code == args.policy);
        asked.policy = Some(policy.ok_or_else(|| anyhow!("there is no policy of doses {:?}", args.policy))?);
        build_once(&ctx).await.map_err(super::in_words)?;
        search(&ctx, &asked).await.map_err(super::in_words)
    })
    .await?;
    let result = match result {
        Ok(result) => result,
        Err(SearchProblem::Hla(problem)) => bail!("hla: {}", words::typing_problem(Lang::En, &problem)),
        Err(SearchProblem::Antibodies(problem)) => {
            bail!("antibodies: {}", words::typing_problem(Lang::En, &problem))
        }
    };
    if args.json {
        println!("{}", serde_json::to_string(&result)?);
    } else {
        print(&result);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(result: &MatchResult) {
    println!("patient     {}", result.patient.gl);
    match &result.release {
        Some(release) => println!("release     {release}"),
        None => println!("release     {}", words::matching::no_release(Lang::En)),
    }
    for notice in &result.patient.notices {
        println!("            {}", words::typing_notice(Lang::En, notice));
    }
    if !result.antibodies_unchecked.is_empty() {
        println!(
            "            {}",
            words::matching::antibodies_unchecked(Lang::En, result.antibodies_unchecked.join(", "))
        );
    }
    println!("registry    {}", result.registry_number);
    for total in &result.totals {
        let of = result.class.class.of();
        println!(
            "{:>2}/{of:<2}       {:>7} certain {:>7} potential",
            total.matches, total.certain, total.potential
        );
    }
    for (rank, hit) in (1..).zip(&result.hits) {
        let loci: Vec<String> = hit
            .loci
            .iter()
            .map(|at| format!("{} {}{}", at.locus.as_str(), at.grades[0].symbol(), at.grades[1].symbol()))
            .collect();
        let dose = hit.doses.per_kg.and_then(|dose| dose.tnc_e5);
        let dose = dose.map_or_else(|| "-".to_owned(), |dose| format!("{dose}e5/kg"));
        println!("{rank:>3}  {:<20} {}  TNC {dose}", hit.registry_id, loci.join("  "));
        println!("     {}", words::why_rank(Lang::En, result.class.class, hit));
        for antibody in &hit.antibodies {
            let said = if antibody.certain {
                words::matching::paper_antibody
            } else {
                words::matching::paper_antibody_maybe
            };
            println!("     {}", said(Lang::En, &antibody.against));
        }
        for line in words::unfit_typings(Lang::En, result.release.as_deref(), hit) {
            println!("     {line}");
        }
    }
}
