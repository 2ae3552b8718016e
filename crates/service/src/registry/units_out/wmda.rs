//! Units as WMDA inventory XML: elements where the format has one, else processing instructions, which every other
//! reader passes over.

use std::collections::BTreeMap;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::escape::escape;
use quick_xml::events::{BytesDecl, BytesEnd, BytesPI, BytesStart, BytesText, Event};

use super::fields::{DIN, Fields, HLA, fields};
use super::typing::Parts;
use super::{Head, Outgoing};
use crate::registry::units_in::{DETAILS, MAX_PIECE, OWN};

/// Bytes of one value as it is written. A longer one would be refused wherever it is read, and its file with it.
const MAX_WRITTEN: usize = MAX_PIECE - 1024;

/// Elements inside a unit's own, and attributes of it: fewer than a reader allows.
const MAX_DEPTH: usize = 24;
const MAX_ATTRIBUTES: usize = 24;

/// The order of elements, as inventories have it; what is not named comes behind.
const ORDER: [&str; 71] = [
    "ID",
    "GRID",
    "LOCAL_ID",
    "BAG_ID",
    "BANK_MANUF_ID",
    "BANK_DISTRIB_ID",
    "STATUS",
    "STAT_REASON",
    "STAT_END_DATE",
    "BIRTH_DATE",
    "SEX",
    "ABO",
    "RHESUS",
    "ETHN",
    "CCR5",
    "HLA",
    "KIR",
    "IDM",
    "COLL_DATE",
    "PROC_DATE",
    "PROC_METH",
    "PROC_METH_TYPE",
    "FREEZE_DATE",
    "FREEZE_METH",
    "PROD_MOD",
    "BAG_TYPE",
    "BAGS",
    "BACT_CULT",
    "FUNG_CULT",
    "HEMO_STATUS",
    "VOL",
    "VOL_FRZN",
    "TNC",
    "TNC_FRZN",
    "RED_BC_FRZN",
    "MNC_FRZN",
    "CD34PC",
    "CD34PC_FRZN",
    "CFU_FRZN",
    "VIABILITY",
    "VIABILITY_DATE",
    "VIABILITY_CELLS",
    "VIABILITY_METHOD",
    "ATT_SEG",
    "DNA_SMPL",
    "OTH_SMPL",
    "CT_COMPLETE_DATE",
    "CT_SMPL_TYPE",
    "AL_RED_BC",
    "AL_SER",
    "SER_QUANT",
    "AL_PLA",
    "PLA_QUANT",
    "MAT_ID",
    "MAT_ID_BANK",
    "MAT",
    "A",
    "B",
    "C",
    "DRB1",
    "DRB3",
    "DRB4",
    "DRB5",
    "DQA1",
    "DQB1",
    "DPA1",
    "DPB1",
    "DNA",
    "SER",
    "FIELD1",
    "FIELD2",
];

/// Writes units as elements.
pub(in crate::registry) struct WmdaOut<W: Write> {
    xml: Writer<W>,
    parts: Parts,
}

/// A value with the rest of its path.
type Item<'f> = (Vec<&'f str>, &'f str);

impl<W: Write> WmdaOut<W> {
    pub(super) fn new(out: W, head: &Head) -> io::Result<Self> {
        let mut xml = Writer::new(out);
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        line(&mut xml)?;
        xml.write_event(Event::Start(BytesStart::new("INVENTORIES")))?;
        line(&mut xml)?;
        let mut inventory = BytesStart::new("INVENTORY");
        let made_at = head.made_at.rfc3339();
        inventory.push_attribute(("CREATION_TIME", made_at.as_str()));
        inventory.push_attribute(("LISTING_ORGANIZATION", head.bank_code.as_str()));
        inventory.push_attribute(("CONTENT_TYPE", "CBU"));
        inventory.push_attribute(("UPDATE_MODE", "FULL"));
        inventory.push_attribute(("SCHEMA_VERSION", "2.4"));
        xml.write_event(Event::Start(inventory))?;
        line(&mut xml)?;
        Ok(Self { xml, parts: Parts::new() })
    }

    pub(super) fn unit(&mut self, unit: &Outgoing<'_>) -> io::Result<i64> {
        let fields = self.elements_of(fields(unit));
        let attributes = fields.keys().filter(|path| path.contains('@')).count();
        let (mut items, mut rest, mut left_out) = (Vec::new(), Vec::new(), 0);
        for (path, value) in &fields {
            let parts: Vec<&str> = path.split('/').collect();
            if escape(value.as_str()).len() > MAX_WRITTEN {
                left_out += 1;
            } else if !path.starts_with(OWN) && is_clean(value) && is_element(&parts, attributes) {
                items.push((parts, value.as_str()));
            } else {
                rest.push((path, value));
            }
        }
        self.xml.write_event(Event::Start(start("CBU", &items)))?;
        self.inside(&items)?;
        for (path, value) in rest {
            self.instruction(path, value)?;
        }
        self.xml.write_event(Event::End(BytesEnd::new("CBU")))?;
        line(&mut self.xml)?;
        Ok(left_out)
    }

    /// Puts the typing into the elements of its loci, and the donation number where the format has the bag's.
    fn elements_of(&mut self, mut fields: Fields) -> Fields {
        if let Some(hla) = fields.remove(HLA) {
            let split = self.parts.split(&hla);
            fields.extend(split.fields);
            if !split.rest.is_empty() {
                fields.insert(HLA.to_owned(), split.rest);
            }
        }
        if !fields.contains_key("BAG_ID")
            && let Some(din) = fields.remove(DIN)
        {
            fields.insert("BAG_ID".to_owned(), din);
        }
        fields
    }

    /// What stands inside an element: elements, then text.
    fn inside(&mut self, items: &[Item<'_>]) -> io::Result<()> {
        let mut groups: BTreeMap<(usize, &str), Vec<Item<'_>>> = BTreeMap::new();
        for (path, value) in items {
            if let Some((name, rest)) = path.split_first().filter(|(name, _)| !name.starts_with('@')) {
                let place = ORDER.iter().position(|known| known == name).unwrap_or(ORDER.len());
                groups.entry((place, name)).or_default().push((rest.to_vec(), value));
            }
        }
        for ((_, name), items) in groups {
            self.xml.write_event(Event::Start(start(name, &items)))?;
            self.inside(&items)?;
            self.xml.write_event(Event::End(BytesEnd::new(name)))?;
        }
        for (_, value) in items.iter().filter(|(path, _)| path.is_empty()) {
            self.xml.write_event(Event::Text(BytesText::new(value)))?;
        }
        Ok(())
    }

    /// `<?spark NAME value?>` for a field of our own, else `<?spark DETAILS {"path":"value"}?>`.
    fn instruction(&mut self, path: &str, value: &str) -> io::Result<()> {
        let own = path.strip_prefix(OWN).filter(|name| {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '-');
            path != DETAILS && !name.is_empty() && name.chars().all(plain) && is_clean(value)
        });
        let content = match own {
            Some(name) => format!("spark {name} {}", escape(value)),
            None => {
                // JSON writes all control characters that XML can't have as escapes of its own, but for these two.
                let json = serde_json::to_string(&BTreeMap::from([(path, value)]))?;
                let json = json.replace('\u{FFFE}', "\\ufffe").replace('\u{FFFF}', "\\uffff");
                format!("spark DETAILS {}", escape(json))
            }
        };
        self.xml.write_event(Event::PI(BytesPI::new(content)))
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        for name in ["INVENTORY", "INVENTORIES"] {
            self.xml.write_event(Event::End(BytesEnd::new(name)))?;
            line(&mut self.xml)?;
        }
        Ok(self.xml.into_inner())
    }
}

fn line<W: Write>(xml: &mut Writer<W>) -> io::Result<()> {
    xml.get_mut().write_all(b"\n")
}

/// The opening tag with its attributes.
fn start<'n>(name: &'n str, items: &[Item<'_>]) -> BytesStart<'n> {
    let mut tag = BytesStart::new(name);
    for (path, value) in items {
        if let [attribute] = path[..]
            && let Some(attribute) = attribute.strip_prefix('@')
        {
            tag.push_attribute((attribute, *value));
        }
    }
    tag
}

/// Whether XML 1.0 can have all of it, and every reader gives it back as it is.
fn is_clean(value: &str) -> bool {
    value.chars().all(|c| c >= ' ' && !matches!(c, '\u{FFFE}' | '\u{FFFF}'))
}

/// Whether a path is one of elements, perhaps with an attribute at its end.
fn is_element(path: &[&str], attributes: usize) -> bool {
    let name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
    };
    let (last, before) = path.split_last().map_or(("", &[][..]), |(last, before)| (*last, before));
    let attribute = last.strip_prefix('@').filter(|_| attributes <= MAX_ATTRIBUTES);
    path.len() <= MAX_DEPTH && before.iter().all(|part| name(part)) && name(attribute.unwrap_or(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_xml_can_name_becomes_an_element() {
        let is = |path: &str, attributes| is_element(&path.split('/').collect::<Vec<_>>(), attributes);
        for path in ["IDM/CMV", "A", "MAT/HLA/A/DNA/FIELD1", "IDM/@note", "@id", "a.b-c_d"] {
            assert!(is(path, 1), "{path}");
        }
        for path in ["", "IDM/", "/IDM", "1A", "a b", "a<b", "@", "IDM/@a/b", "民族", "a:b"] {
            assert!(!is(path, 1), "{path}");
        }
        assert!(!is("@id", 25) && is("A", 25));
        assert!(!is(&["A"; 25].join("/"), 0));
        assert!(is_clean("a\u{7f}中 b") && !is_clean("a\tb") && !is_clean("a\rb") && !is_clean("\u{FFFE}"));
    }
}
