//! Invented WMDA inventories of any size, the same for the same seed.

use std::io::{Result, Write};

/// Alleles that are common among Han Chinese, two at a locus for a unit; all of them stand in release 3.58.0.
const LOCI: [(&str, &[&str]); 5] = [
    ("A", &["02:01", "02:03", "02:06", "02:07", "11:01", "24:02", "26:01", "30:01", "33:03", "01:01"]),
    ("B", &["13:01", "13:02", "15:01", "15:02", "35:01", "40:01", "46:01", "51:01", "54:01", "58:01"]),
    ("C", &["01:02", "03:02", "03:03", "03:04", "06:02", "07:02", "08:01", "12:02", "14:02", "15:02"]),
    ("DRB1", &["03:01", "04:05", "07:01", "08:03", "09:01", "11:01", "12:02", "13:02", "14:54", "15:01"]),
    ("DQB1", &["02:01", "02:02", "03:01", "03:02", "03:03", "04:01", "05:01", "05:02", "06:01", "06:02"]),
];

/// Antigens of [`LOCI`]' A alleles in the same order.
const A_ANTIGENS: [&str; 10] = ["2", "203", "2", "2", "11", "24", "26", "30", "33", "1"];

fn mix(seed: u64, n: u64) -> u64 {
    let x = seed.wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) ^ (x >> 31)
}

/// One unit as an element of an inventory; `n` begins at 0.
#[must_use]
pub fn cbu(seed: u64, n: u64) -> String {
    let draw = |salt: u64, below: u64| mix(seed ^ salt, n) % below;
    let year = 2010 + draw(1, 14);
    let day = format!("{year}-{:02}-{:02}", 1 + draw(2, 12), 1 + draw(3, 28));
    let mut hla = String::new();
    for (place, (locus, alleles)) in LOCI.iter().enumerate() {
        let salt = 10 + 2 * place as u64;
        let (one, two) = (draw(salt, 10) as usize, draw(salt + 1, 10) as usize);
        hla.push_str(&format!(
            "<{locus}><DNA><FIELD1>{}</FIELD1><FIELD2>{}</FIELD2></DNA>",
            alleles[one], alleles[two]
        ));
        if place == 0 && draw(40, 5) == 0 {
            let (one, two) = (A_ANTIGENS[one], A_ANTIGENS[two]);
            hla.push_str(&format!("<SER><FIELD1>{one}</FIELD1><FIELD2>{two}</FIELD2></SER>"));
        }
        hla.push_str(&format!("</{locus}>"));
    }
    let (volume, tnc, cd34) = (20 + draw(4, 10), 500 + draw(5, 1500), 1000 + draw(6, 5000));
    format!(
        "<CBU><ID>CN{n:08}</ID><STATUS>AV</STATUS><BIRTH_DATE>{day}</BIRTH_DATE><SEX>{}</SEX><ABO>{}</ABO><RHESUS>P</RHESUS>\
         <ETHN>AS</ETHN><HLA>{hla}</HLA><COLL_DATE>{day}</COLL_DATE><PROC_DATE>{day}</PROC_DATE><FREEZE_DATE>{day}</FREEZE_DATE>\
         <BAG_TYPE>P2</BAG_TYPE><BAGS>{}</BAGS><BACT_CULT>N</BACT_CULT><FUNG_CULT>N</FUNG_CULT><VOL_FRZN>{volume}</VOL_FRZN>\
         <TNC_FRZN>{}.{:02}</TNC_FRZN><CD34PC_FRZN>{}.{:03}</CD34PC_FRZN><VIABILITY>9{}.5</VIABILITY><ATT_SEG>3</ATT_SEG>\
         <IDM><CMV>P</CMV><HIV_1_2>N</HIV_1_2><HBS_AG>N</HBS_AG><ANTI_HCV>N</ANTI_HCV><SYPHILIS>N</SYPHILIS></IDM></CBU>\n",
        ["F", "M"][draw(7, 2) as usize],
        ["O", "A", "B", "AB"][draw(8, 4) as usize],
        1 + draw(9, 5),
        tnc / 100,
        tnc % 100,
        cd34 / 1000,
        cd34 % 1000,
        draw(31, 9),
    )
}

/// What stands before the units.
pub const BEGIN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<INVENTORIES>\n<INVENTORY LISTING_ORGANIZATION=\"9991\" \
     CONTENT_TYPE=\"CBU\" UPDATE_MODE=\"FULL\" SCHEMA_VERSION=\"2.3\">\n";

/// What stands behind them.
pub const END: &str = "</INVENTORY>\n</INVENTORIES>\n";

/// Writes an inventory of so many units.
///
/// # Errors
/// Those of `out`.
pub fn inventory(seed: u64, units: u64, out: &mut dyn Write) -> Result<()> {
    out.write_all(BEGIN.as_bytes())?;
    for n in 0..units {
        out.write_all(cbu(seed, n).as_bytes())?;
    }
    out.write_all(END.as_bytes())
}
