//! Units as FHIR R4 in NDJSON: on each line a `Bundle` with the unit as `BiologicallyDerivedProduct` and what is known of
//! it as `Observation`s, whose `focus` is the product, since no person is told.
//!
//! R4 has no place for a unit's typing of its own: each locus is an observation "Genotype display name" (LOINC 84413-4)
//! with its gene (48018-6, by HGNC) and a GL String as text, as HL7's guide to genomics reporting writes them.

use std::io::{self, Write};

use domain::registry::{Figures, UnitContent, UnitStatus, unscaled};
use hla::Locus;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::typing::Parts;
use super::{Head, Outgoing};

const LOINC: &str = "http://loinc.org";
const UCUM: &str = "http://unitsofmeasure.org";
const HGNC: &str = "http://www.genenames.org/geneId";
const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

/// Writes units as lines.
pub(in crate::registry) struct FhirOut<W: Write> {
    out: W,
    made_at: String,
    parts: Parts,
}

impl<W: Write> FhirOut<W> {
    pub(super) fn new(out: W, head: &Head) -> Self {
        Self { out, made_at: head.made_at.rfc3339(), parts: Parts::new() }
    }

    pub(super) fn unit(&mut self, unit: &Outgoing<'_>) -> io::Result<()> {
        let content = &unit.leaving.content;
        let product_url = url(&unit.unit.registry_id, "product");
        let mut entries = vec![json!({ "fullUrl": product_url, "resource": product(unit) })];
        let observed = self.typings(content).into_iter().chain([
            blood_group(content, "abo"),
            blood_group(content, "rhesus"),
            counts(content),
            results(content),
        ]);
        for (name, mut observation) in observed.flatten() {
            observation["resourceType"] = "Observation".into();
            observation["status"] = "final".into();
            observation["category"] = json!([{ "coding": [{ "system": CATEGORY, "code": "laboratory" }] }]);
            observation["focus"] = json!([{ "reference": product_url }]);
            let full_url = url(&unit.unit.registry_id, &name);
            entries.push(json!({ "fullUrl": full_url, "resource": observation }));
        }
        let bundle = json!({
            "resourceType": "Bundle",
            "type": "collection",
            "timestamp": self.made_at,
            "entry": entries,
        });
        serde_json::to_writer(&mut self.out, &bundle)?;
        self.out.write_all(b"\n")
    }

    /// One observation for DNA and one for serology of each locus; a typing that can't be parted is one as it stands.
    fn typings(&mut self, content: &UnitContent) -> Vec<Option<(String, Value)>> {
        let hla = content.hla.as_str();
        let texts: Vec<&str> = if hla.is_empty() { Vec::new() } else { hla.split('^').collect() };
        let mut observations = Vec::new();
        for text in &texts {
            let part = self.parts.part(text);
            let Some(locus) = part.locus else {
                return vec![Some(("hla".to_owned(), typing(content, None, false, hla)))];
            };
            let kind = if part.serology { "serology" } else { "dna" };
            let name = format!("hla {} {kind}", locus.name());
            observations.push(Some((name, typing(content, Some(locus), part.serology, text))));
        }
        observations
    }

    pub(super) fn finish(self) -> io::Result<W> {
        Ok(self.out)
    }
}

/// An address of its own for each resource, the same in every file: made from the number on the unit alone.
fn url(registry_id: &str, name: &str) -> String {
    let digest = Sha256::new_with_prefix(registry_id).chain_update([0_u8]).chain_update(name).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    format!("urn:uuid:{}", uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

fn product(outgoing: &Outgoing<'_>) -> Value {
    let (unit, content) = (outgoing.unit, &outgoing.leaving.content);
    let numbers = [
        ("registry", Some(unit.registry_id.as_str())),
        ("GRID", unit.grid.as_deref()),
        ("ISBT 128 DIN", unit.din.as_deref()),
        ("bank", Some(unit.local_id.as_str())),
    ];
    let numbers = numbers.into_iter().filter_map(|(kind, number)| {
        number
            .filter(|number| !number.is_empty())
            .map(|number| json!({ "type": { "text": kind }, "value": number }))
    });
    let available = content.status == UnitStatus::Available;
    let mut product = json!({
        "resourceType": "BiologicallyDerivedProduct",
        "identifier": numbers.collect::<Vec<_>>(),
        "productCategory": "cells",
        "productCode": { "text": "Cord blood" },
        "status": if available { "available" } else { "unavailable" },
        "quantity": content.compartments.len(),
    });
    if let Some(day) = content.collected_on {
        product["collection"] = json!({ "collectedDateTime": day.to_string() });
    }
    let steps = [("Processing", content.processed_on), ("Freezing", content.frozen_on)];
    let steps: Vec<Value> = steps
        .into_iter()
        .filter_map(|(step, day)| {
            day.map(|day| json!({ "description": step, "timeDateTime": day.to_string() }))
        })
        .collect();
    if !steps.is_empty() {
        product["processing"] = steps.into();
    }
    product
}

fn loinc(code: &str, display: &str) -> Value {
    json!({ "coding": [{ "system": LOINC, "code": code, "display": display }] })
}

fn typing(content: &UnitContent, locus: Option<Locus>, serology: bool, text: &str) -> Value {
    let mut observation = if serology {
        json!({ "code": { "text": "HLA serological typing" } })
    } else {
        json!({ "code": loinc("84413-4", "Genotype display name") })
    };
    // GL Strings bear the gene's whole name.
    let text = match locus.filter(|_| !serology) {
        Some(locus) => text.replace(&format!("{}*", locus.name()), &format!("HLA-{}*", locus.name())),
        None => text.to_owned(),
    };
    observation["valueCodeableConcept"] = json!({ "text": text });
    if let Some(locus) = locus.filter(|_| !serology) {
        let gene = json!({
            "coding": [{ "system": HGNC, "code": gene(locus), "display": format!("HLA-{}", locus.name()) }],
        });
        observation["component"] =
            json!([{ "code": loinc("48018-6", "Gene studied [ID]"), "valueCodeableConcept": gene }]);
    }
    if let Some(day) = content.hla_typed_on {
        observation["effectiveDateTime"] = day.to_string().into();
    }
    observation
}

/// The gene's number at the HUGO Gene Nomenclature Committee.
const fn gene(locus: Locus) -> &'static str {
    match locus {
        Locus::A => "HGNC:4931",
        Locus::B => "HGNC:4932",
        Locus::C => "HGNC:4933",
        Locus::Drb1 => "HGNC:4948",
        Locus::Drb3 => "HGNC:4951",
        Locus::Drb4 => "HGNC:4952",
        Locus::Drb5 => "HGNC:4953",
        Locus::Dqa1 => "HGNC:4942",
        Locus::Dqb1 => "HGNC:4944",
        Locus::Dpa1 => "HGNC:4938",
        Locus::Dpb1 => "HGNC:4940",
    }
}

fn blood_group(content: &UnitContent, kind: &str) -> Option<(String, Value)> {
    let (code, value) = match kind {
        "abo" => (loinc("883-9", "ABO group [Type] in Blood"), content.abo?.as_str()),
        _ => (loinc("10331-7", "Rh [Type] in Blood"), content.rhesus?.as_str()),
    };
    Some((kind.to_owned(), json!({ "code": code, "valueCodeableConcept": { "text": value } })))
}

/// A figure of the registry as a decimal of its common unit; none for one that is not known.
fn quantity(name: &str, value: u32, decimals: usize, unit: &str, code: &str) -> Option<Value> {
    let number: f64 = unscaled(value, decimals).parse().ok().filter(|_| value > 0)?;
    let quantity = json!({ "value": number, "unit": unit, "system": UCUM, "code": code });
    Some(json!({ "code": { "text": name }, "valueQuantity": quantity }))
}

fn counts(content: &UnitContent) -> Option<(String, Value)> {
    let Figures { volume_ul, tnc_e5, cd34_e3 } = content.figures;
    let viability = content.viability_permille.unwrap_or(0).into();
    let counts: Vec<Value> = [
        quantity("Volume as frozen", volume_ul, 3, "mL", "mL"),
        quantity("Total nucleated cells as frozen", tnc_e5, 3, "10^8", "10*8"),
        quantity("CD34-positive cells as frozen", cd34_e3, 3, "10^6", "10*6"),
        quantity("Mononucleated cells as frozen", content.mnc_e5, 1, "10^6", "10*6"),
        quantity("Viability", viability, 1, "%", "%"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let code = json!({ "text": "Cord blood unit counts" });
    (!counts.is_empty()).then(|| ("counts".to_owned(), json!({ "code": code, "component": counts })))
}

fn results(content: &UnitContent) -> Option<(String, Value)> {
    let tests = &content.tests;
    let results: Vec<Value> = [
        ("Bacterial culture", tests.bacterial.map(|result| result.as_str())),
        ("Fungal culture", tests.fungal.map(|result| result.as_str())),
        ("Haemoglobin screening", tests.haemoglobin.map(|result| result.as_str())),
        ("Infectious disease markers", tests.markers.map(|result| result.as_str())),
    ]
    .into_iter()
    .filter_map(|(name, result)| {
        result.map(|result| json!({ "code": { "text": name }, "valueCodeableConcept": { "text": result } }))
    })
    .collect();
    let code = json!({ "text": "Cord blood unit tests" });
    (!results.is_empty()).then(|| ("tests".to_owned(), json!({ "code": code, "component": results })))
}
